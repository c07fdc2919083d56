#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coweave/core/hash.hpp"
#include "coweave/core/stack.hpp"
#include "coweave/dependence/access.hpp"
#include "coweave/dependence/footprint.hpp"
#include "coweave/dependence/step_set.hpp"

namespace coweave::detail {

/// The happens-before relation of one execution sequence E, step after step. In [DPOR]: e -> e' for
/// the events of E. It is the transitive closure of four orders, each of which puts e first:
///   - task order: e and e' are steps of one task;
///   - enabling: e made the task of e' ready: it spawned or woke it, or returned its permit;
///   - fences: nothing was ready between e and e';
///   - conflict: the footprints of e and e' are dependent().
/// Steps are taken back as from a stack, since the executions of a search share prefixes.
///
/// Worked example (test HappensBefore.HasTheRelationOfItsExample). Task 1 writes x, then y, then x;
/// task 2 writes x; task 3 reads both:
///
///     step  task  accesses          happens before it   races
///     0     1     write x           -                   -
///     1     2     write x           0                   0
///     2     1     write y           0                   -
///     3     3     read x, read y    0 1 2               1 2
///     4     1     write x           0 1 2 3             3
///
/// Step 2 is ordered with step 0 by its task, which no schedule changes: no race. Step 4 conflicts
/// with steps 0, 1 and 3, but 0 and 1 happen before 3: reversing (3, 4) leads to executions whose
/// own races are the others.
///
/// (e, e') is a race if e -> e', there is no e'' such that e -> e'' -> e', and neither task order
/// nor enabling has put e first. Each race is reversible in the sense of [DPOR]: no step of a
/// coroutine disables another, so e' can be executed before e.
///
/// Invariants (check_invariants): -> is transitive and contains the four orders; it goes from
/// earlier to later steps only; races(e') are immediate; the indices by task and by object hold the
/// steps and accesses of E and no others.
///
/// Complexity: one bit for each pair of steps; push() says what a step costs.
/// Source: [DPOR], which ReducedSearch cites in full.
class HappensBefore {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  /// Sets of its steps are for steps below this, a multiple of 64.
  [[nodiscard]] std::size_t step_bound() const { return 64 * words_; }
  /// Forgets all but the first `steps` steps.
  void truncate(std::size_t steps);
  /// Appends the next step: E becomes E.e'. The steps that enabled it are earlier. `objects` are
  /// objects_of() its accesses. Establishes i -> e' for each i that must happen before e', and
  /// races(e'). O(conflicting accesses + steps that happen before e').
  void push(const StepAccesses& step, ObjectBits objects);

  [[nodiscard]] std::uint32_t task(std::size_t step) const { return rows_[step].task; }
  /// The step of the same task before, or none.
  [[nodiscard]] std::uint32_t previous(std::size_t step) const { return rows_[step].previous; }
  [[nodiscard]] FootprintView footprint(std::size_t step) const {
    return {accesses(step), is_opaque(step), objects_[step]};
  }
  [[nodiscard]] bool ends_execution(std::size_t step) const { return rows_[step].ends_execution; }
  [[nodiscard]] bool is_untracked(std::size_t step) const { return rows_[step].is_untracked; }
  /// Whether `first` < `second` happens before it.
  [[nodiscard]] bool before(std::size_t first, std::size_t second) const {
    return (row(second)[first / 64] >> (first % 64) & 1U) != 0;
  }

  /// Sets `steps` to notdep(e, E) for e = `first`: the steps after e that do not happen after it.
  /// O(steps after e).
  void collect_notdep(std::size_t first, StepSet& steps) const;
  /// Whether one of `steps` is dependent() with another step, of the footprint `other`.
  [[nodiscard]] bool any_dependent(StepBits steps, const FootprintView& other) const {
    return !all_steps(steps, [&](std::uint32_t step) { return !depends(step, other); });
  }
  /// Whether a step of notdep(`first`, E) is dependent() with another step, of the footprint
  /// `other`. O(steps after `first`).
  [[nodiscard]] bool any_notdep_dependent(std::size_t first, const FootprintView& other) const;
  /// The first step of `task` among `steps`, a set for steps below step_bound(), or none.
  [[nodiscard]] std::uint32_t first_of(std::uint32_t task, StepBits steps) const {
    if (task >= last_step_.size()) return none;
    const std::uint64_t* const own = of_task_.data() + task * words_;
    for (std::size_t word = 0; word < words_; ++word)
      if (const std::uint64_t both = own[word] & steps[word]; both != 0)
        return static_cast<std::uint32_t>(64 * word +
                                          static_cast<std::size_t>(std::countr_zero(both)));
    return none;
  }
  /// Whether one of `steps`, a set for steps below step_bound(), happens before `step`.
  [[nodiscard]] bool any_before(std::size_t step, StepBits steps) const {
    const std::uint64_t* const clock = row(step);
    for (std::size_t word = 0; word <= step / 64; ++word)
      if ((clock[word] & steps[word]) != 0) return true;
    return false;
  }

  /// The steps e that race with e' = `step`: of other tasks, in conflict with e', not among those
  /// that made e' possible, and with no step between them and e' in the relation.
  [[nodiscard]] std::span<const std::uint32_t> races(std::size_t step) const {
    const std::size_t first = rows_[step].first_race;
    const std::size_t end = step + 1 == rows_.size() ? races_.size() : rows_[step + 1].first_race;
    return races_.range(first, end);
  }
  /// Whether e' = `second` would have the same footprint without e = `first`, with which it races:
  /// no access of e' that observes an object conflicts with an access of e. Then e' does in v what
  /// it did in E. Otherwise its footprint in v is not known from E. [DPOR] needs no such question,
  /// since an event there is one access.
  [[nodiscard]] bool is_exact(std::size_t first, std::size_t second) const;

  /// Names a step by its identity and by all that happens before it: the name is equal in all
  /// executions where these are. `identity_of(step)` hashes the task, the choices and the accesses
  /// of a step. O(steps that happen right before it), once for each step.
  template <class IdentityOf>
  [[nodiscard]] std::uint64_t name(std::size_t step, IdentityOf identity_of) const {
    while (names_.size() <= step) name_next(identity_of(names_.size()));
    return names_[step].step;
  }
  /// Names the Mazurkiewicz trace of E, its class: equal for executions that differ in the order of
  /// independent steps only.
  template <class IdentityOf>
  [[nodiscard]] std::uint64_t class_name(IdentityOf identity_of) const {
    if (rows_.empty()) return 0;
    static_cast<void>(name(rows_.size() - 1, identity_of));
    return mix(names_.back().sum + rows_.size());
  }

  /// Aborts if the relation or one of its indices breaks an invariant of the class comment. For
  /// tests and builds with COWEAVE_CHECK_INVARIANTS. O(n^2 * (words of a set + accesses)) for n
  /// steps.
  void check_invariants() const;

 private:
  struct Row {
    std::uint32_t task;
    std::uint32_t previous;      // Step of the same task.
    std::uint32_t nth;           // Of its task.
    std::uint32_t first_access;  // In entries_.
    std::uint32_t accesses;      // So many.
    std::uint32_t first_race;    // In races_.
    std::uint32_t last_opaque;   // The last opaque step before it, or none.
    bool is_untracked;
    bool ends_execution;
  };

  struct Name {
    std::uint64_t step;
    std::uint64_t sum;  // Of the names up to this one.
  };
  /// Where an entry of entries_ comes from.
  struct Origin {
    std::uint32_t step;
    std::uint32_t before;  // The previous entry of the same object, or none.
  };

  [[nodiscard]] const std::uint64_t* row(std::size_t step) const {
    return clocks_.data() + step * words_;
  }
  [[nodiscard]] bool is_opaque(std::size_t step) const {
    return rows_[step].is_untracked || rows_[step].ends_execution;
  }
  [[nodiscard]] std::span<const Access> accesses(std::size_t step) const {
    const std::size_t first = rows_[step].first_access;
    return entries_.range(first, first + rows_[step].accesses);
  }
  [[nodiscard]] bool depends(std::size_t step, const FootprintView& other) const {
    return (objects_[step] & other.objects) != 0 && dependent(footprint(step), other);
  }
  void name_next(std::uint64_t identity) const;
  /// check_invariants() for the steps before one step, and for its races.
  void check_clock(std::size_t step) const;
  void check_indices() const;
  void widen();
  /// Returns the empty clock of the step after the last.
  [[nodiscard]] std::uint64_t* new_row();
  /// Adds `step` and all that happens before it to `clock`.
  void join(std::uint64_t* clock, std::size_t step) const {
    const std::uint64_t* const other = row(step);
    for (std::size_t word = 0; word < words_; ++word) clock[word] |= other[word];
    clock[step / 64] |= std::uint64_t{1} << (step % 64);
  }
  /// Notes `step` as a race of the new step, unless `clock` already has it: then something that
  /// cannot be reversed, or a later race, implies it.
  void add_candidate(std::uint64_t* clock, std::uint32_t step) {
    if ((clock[step / 64] >> (step % 64) & 1U) != 0) return;
    races_.push_back(step);
    join(clock, step);
  }
  /// Adds all steps below `end` as candidates, the latest first.
  void add_candidates_below(std::uint64_t* clock, std::uint32_t end);
  /// Adds the earlier steps that conflict with `access` as candidates.
  void add_conflicts(std::uint64_t* clock, const Access& access);
  /// Drops the races from `first_race` on that another one of them implies.
  void keep_immediate_races(std::uint32_t first_race);

  Stack<Row> rows_;
  Stack<ObjectBits> objects_;  // Of the accesses of each step.
  // `words_` words each:
  std::vector<std::uint64_t> clocks_;   // For each step, what happens before; there may be more.
  std::vector<std::uint64_t> of_task_;  // For each task, its steps.
  std::size_t words_ = 1;
  Stack<Access> entries_;                  // The accesses of all steps, one after the other.
  Stack<Origin> origins_;                  // Of each entry.
  std::vector<std::uint32_t> last_entry_;  // By object.
  std::vector<std::uint32_t> last_step_;   // By task.
  Stack<std::uint32_t> races_;
  mutable std::vector<Name> names_;  // Of the first steps: name() computes them when asked.
  mutable std::vector<std::uint64_t> left_{0};  // For name_next(): `words_` words.
  std::uint32_t last_opaque_ = none;
};

}  // namespace coweave::detail
