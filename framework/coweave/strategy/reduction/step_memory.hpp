#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coweave/core/hash.hpp"
#include "coweave/core/stack.hpp"
#include "coweave/dependence/access_reader.hpp"
#include "coweave/dependence/footprint.hpp"
#include "coweave/dependence/happens_before.hpp"
#include "coweave/strategy/reduction/footprint_table.hpp"
#include "coweave/strategy/reduction/hash_index.hpp"

namespace coweave::detail {

/// Remembers what steps did, by what they had seen: to know the footprint of an inexact e' in v
/// without executing v. [DPOR] has no such thing, since an event there does the same everywhere.
///
/// What a step does follows from what its task did before, from what made it ready, and, access by
/// access, from the states of the objects that it has observed so far. The state of an object is
/// named by the steps that changed it, in order, and a step by all that it had seen when it ended.
/// So a step is a path through `next_`: from what it has seen, to the accesses up to its next
/// observation, to what it has seen then. The memory knows nothing that was not executed.
///
/// Worked example (test StepMemory.RecallsTheStepOfItsExample). Task 1: if x is 0, write y. Task 2:
/// write x. In execution 1, task 1 comes first and finds x in state {}, unchanged:
///
///     step 0  task 1  read x, write y       seen: (task 1)  ->  (task 1, x: {})
///     step 1  task 2  write x               seen: (task 2)
///     learnt: (task 1) -> "read x"; (task 1, x: {}) -> "write y, end"; (task 2) -> "write x, end"
///
/// What would task 1 do after step 1? It reads x again, in state {step 1}: (task 1, x: {step 1}) is
/// not in the memory, so recall() returns false. Execution 2 has that order, and learns that the
/// step ends after its read. From then on recall() knows both.
///
/// Invariants (check_invariants): the changes are those of the steps, each with the state that the
/// object had before; states_ and last_of_task_ are what all steps lead to, so that truncate() can
/// take steps back; each entry of `next_` names a run in runs_; those of FootprintTable and
/// HashIndex.
///
/// Complexity: push() O(accesses); recall() O(accesses after the prefix) for each
/// observation. Some 40 bytes for each different beginning of a step, up to 4 million.
class StepMemory {
 public:
  void forget();
  /// Appends the next step of an execution. O(its accesses).
  void push(const StepAccesses& step, const AccessReader& log);
  /// After an execution: learns what the steps did that were pushed since the last call. `order` is
  /// the relation of that execution.
  void learn(const HappensBefore& order);
  /// Learns from a probe: e' = `last`, a step of the execution that was learnt last, does `did`
  /// when it comes after E, the first `prefix` steps of that execution, and then the steps of
  /// `between`.
  void learn_reversed(const HappensBefore& order, const AccessReader& log, std::uint32_t prefix,
                      StepBits between, std::uint32_t last, const StepAccesses& did);
  /// Takes back all but the first `steps` steps; what was learnt from them stays.
  void truncate(std::size_t steps);
  /// Sets `footprint` to that of e' = `last`, a step of the execution that was learnt last, where
  /// it comes after E, the first `prefix` steps of that execution, and then the steps of `between`
  /// in order. Returns false if that is not known.
  [[nodiscard]] bool recall(const HappensBefore& order, std::uint32_t prefix, StepBits between,
                            std::uint32_t last, Footprint& footprint) const;
  /// The size of what was learnt, in bytes, without the steps of the execution under way.
  [[nodiscard]] std::size_t memory() const { return runs_.memory() + next_.memory(); }
  /// Aborts if an invariant of the class comment is broken. `order` is the relation of the steps
  /// that were pushed and not taken back. For tests and builds with COWEAVE_CHECK_INVARIANTS.
  /// O(accesses + slots of next_).
  void check_invariants(const HappensBefore& order) const;

 private:
  /// The state of one object, or of all objects together, as an opaque step finds it.
  struct State {
    std::uint64_t changed = 0;  // The steps that changed it, in order.
    std::uint64_t counted = 0;  // The steps since then whose order does not matter.

    friend bool operator==(const State&, const State&) = default;
    [[nodiscard]] std::uint64_t name() const { return roll(changed, counted); }
    void apply(AccessKind kind, std::uint64_t step) {
      if (kind == AccessKind::write || kind == AccessKind::exclusive) {
        changed = roll(name(), step);
        counted = 0;
      } else if (kind != AccessKind::read) {
        counted += mix(step + static_cast<std::uint64_t>(kind));
      }
    }
  };
  /// A step of the execution under way.
  struct Learnt {
    std::uint64_t begin;     // What it had seen when it began.
    std::uint64_t end;       // What it had seen when it ended: its name.
    std::uint64_t previous;  // `end` of the previous step of its task, or 0.
    std::uint64_t fenced;    // The sum of `end` of the first `fence` steps.
    State everything;        // The state of all objects before it.
    std::uint32_t task;
    std::uint32_t fence;
    std::uint32_t first_change;
  };
  /// An access of a step, and the state that the access found.
  struct Change {
    std::uint32_t object;
    State before;
  };

  /// What a step has seen once it has observed `object`, if it had seen `seen`.
  [[nodiscard]] static std::uint64_t after(std::uint64_t seen, const State& object,
                                           const State& everything) {
    return roll(seen, roll(object.name(), everything.name()));
  }
  /// What a step of the execution under way had seen when it ended.
  struct LastSeen {
    std::uint64_t seen;
    std::uint32_t step;
  };

  /// Makes room for the states of all objects that the log has numbered.
  void make_room(const AccessReader& log) {
    if (states_.size() < log.object_bound()) states_.resize(log.object_bound());
  }
  /// What a step has seen when it begins. `fenced` is the sum of the ends of the steps before its
  /// fence.
  [[nodiscard]] std::uint64_t begin_of(const StepAccesses& step, std::uint64_t key,
                                       std::uint64_t previous, std::uint64_t fenced) const;
  /// Learns that a step which had seen `seen` when it began did `did`: one run of accesses from
  /// each observation to the next. `state_of(object)` returns the state in which the step found an
  /// object.
  template <class StateOf>
  void learn_runs(std::uint64_t seen, const FootprintView& did, const State& everything,
                  StateOf state_of);
  void learn_run(std::uint64_t seen, const FootprintView& run, bool is_end);
  /// The state of `object`, which step `number` accesses, before that step.
  [[nodiscard]] const State& state_before(std::uint32_t number, std::uint32_t object) const;
  /// The state of `object` after the first `prefix` steps and then those of `between`.
  [[nodiscard]] State state_of(const HappensBefore& order, std::uint32_t object,
                               std::uint32_t prefix, StepBits between) const;
  /// The state of all objects after the first `prefix` steps and then those of `between`.
  [[nodiscard]] State everything(const HappensBefore& order, std::uint32_t prefix,
                                 StepBits between) const;

  FootprintTable runs_;  // What a step does until it observes something again, or ends.
  HashIndex next_;       // By what a step has seen: twice the number of the run, plus 1 if it ends.
  Stack<LastSeen> found_;  // Steps to be learnt from.
  Stack<Learnt> steps_;
  Stack<Change> changes_;                    // Of steps_, in order.
  std::vector<State> states_;                // By object, after the last step.
  std::vector<std::uint64_t> last_of_task_;  // By task: `end` of its last step, or 0.
  State everything_;                         // The state of all objects, after the last step.
};

}  // namespace coweave::detail
