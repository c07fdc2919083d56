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

/// The happens-before relation of one execution, step after step: the transitive closure of task
/// order, of what made a step possible, and of conflicts in the order in which they happened. Steps
/// are taken back like from a stack, since executions of a search share prefixes.
class HappensBefore {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  /// Sets of its steps are for steps below this, a multiple of 64.
  [[nodiscard]] std::size_t step_bound() const { return 64 * words_; }
  /// Forgets all but the first `steps` steps.
  void truncate(std::size_t steps);
  /// The next step; what enabled it is earlier. One that is unknown or ends the execution conflicts
  /// with every step. `objects`: objects_of() what it did. O(conflicting accesses + steps that
  /// happen before it).
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

  /// The steps after `first` that do not happen after it. O(steps after `first`).
  void collect_notdep(std::size_t first, StepSet& later) const;
  /// Whether one of `steps` is dependent() with another step, of the footprint `other`.
  [[nodiscard]] bool any_dependent(StepBits steps, const FootprintView& other) const {
    return !all_steps(steps, [&](std::uint32_t step) { return !depends(step, other); });
  }
  /// Whether one of collect_notdep() is. O(steps after `first`).
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
  /// Whether one of `steps`, such a set too, happens before `step`.
  [[nodiscard]] bool any_before(std::size_t step, StepBits steps) const {
    const std::uint64_t* const clock = row(step);
    for (std::size_t word = 0; word <= step / 64; ++word)
      if ((clock[word] & steps[word]) != 0) return true;
    return false;
  }

  /// The steps that race with `step`: earlier ones of other tasks that conflict with it, did not
  /// make it possible, and have no step between them and it in the relation.
  [[nodiscard]] std::span<const std::uint32_t> races(std::size_t step) const {
    const std::size_t first = rows_[step].first_race;
    const std::size_t end = step + 1 == rows_.size() ? races_.size() : rows_[step + 1].first_race;
    return races_.range(first, end);
  }
  /// Whether the footprint of `second` would be what it is without `first`, with which it races:
  /// nothing that it observed there can have come from that. For steps whose accesses follow from
  /// what they observe.
  [[nodiscard]] bool is_exact(std::size_t first, std::size_t second) const;

  /// Names a step: the same in all executions in which the same happens before it. `identity_of`:
  /// gives a hash of all else that a step is: its task, its choices, its accesses. O(steps that
  /// happen right before it), once, like the names of all steps before it.
  template <class IdentityOf>
  [[nodiscard]] std::uint64_t name(std::size_t step, IdentityOf identity_of) const {
    while (names_.size() <= step) name_next(identity_of(names_.size()));
    return names_[step].step;
  }
  /// Names the execution up to the order of independent steps.
  template <class IdentityOf>
  [[nodiscard]] std::uint64_t class_name(IdentityOf identity_of) const {
    if (rows_.empty()) return 0;
    static_cast<void>(name(rows_.size() - 1, identity_of));
    return mix(names_.back().sum + rows_.size());
  }

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
  /// Of an entry.
  struct Origin {
    std::uint32_t step;
    std::uint32_t before;  // The entry before of the same object, or none.
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
  void widen();
  /// The clock of the step after the last, empty.
  [[nodiscard]] std::uint64_t* new_row();
  void join(std::uint64_t* clock, std::size_t step) const {
    const std::uint64_t* const other = row(step);
    for (std::size_t word = 0; word < words_; ++word) clock[word] |= other[word];
    clock[step / 64] |= std::uint64_t{1} << (step % 64);
  }
  void add_candidate(std::uint64_t* clock, std::uint32_t step) {
    if ((clock[step / 64] >> (step % 64) & 1U) != 0) return;
    races_.push_back(step);
    join(clock, step);
  }
  /// All steps below `end`, the latest first.
  void add_candidates_below(std::uint64_t* clock, std::uint32_t end);
  void add_conflicts(std::uint64_t* clock, const Access& access);
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
  mutable std::vector<Name> names_;             // Of the first steps, as far as somebody has asked.
  mutable std::vector<std::uint64_t> left_{0};  // For name_next(): `words_` words.
  std::uint32_t last_opaque_ = none;
};

}  // namespace coweave::detail
