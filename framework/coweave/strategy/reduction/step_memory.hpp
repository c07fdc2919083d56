#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coweave/core/hash.hpp"
#include "coweave/core/stack.hpp"
#include "coweave/dependence/access_log.hpp"
#include "coweave/dependence/footprint.hpp"
#include "coweave/dependence/happens_before.hpp"
#include "coweave/strategy/reduction/footprint_table.hpp"
#include "coweave/strategy/reduction/hash_index.hpp"

namespace coweave::detail {

/// Remembers what steps did, by what they had seen: to know what a step would do in another order
/// without executing it. What a step does follows from what its task did before, from what made it
/// ready, and, access by access, from the states of the objects that it has observed so far. The
/// state of an object is named by the steps that changed it, in order, and these by what they had
/// seen in turn. Knows nothing that was not executed: of what is new it says so.
class StepMemory {
 public:
  void forget();
  /// The next step of an execution. O(its accesses).
  void push(const StepAccesses& step, const AccessLog& log);
  /// The execution has ended: learns what its steps did that were pushed since the last time.
  /// `order` has all of them.
  void learn(const HappensBefore& order);
  /// A probe has found that `last`, a step of the execution learnt last, does `did` when it is made
  /// after the first `prefix` steps of that execution and then those of `between`.
  void learn_reversed(const HappensBefore& order, const AccessLog& log, std::uint32_t prefix,
                      StepBits between, std::uint32_t last, const StepAccesses& did);
  /// Takes all but the first `steps` steps back, but knows what they did.
  void truncate(std::size_t steps);
  /// The footprint that `last`, a step of the execution learnt last, has when it is made after the
  /// first `prefix` steps of that execution and then those of `between`, in their order. False: not
  /// known. O(accesses after the first `prefix` steps) for each access.
  [[nodiscard]] bool recall(const HappensBefore& order, std::uint32_t prefix, StepBits between,
                            std::uint32_t last, Footprint& footprint) const;
  /// What it remembers, in bytes; the execution under way apart.
  [[nodiscard]] std::size_t memory() const { return runs_.memory() + next_.memory(); }

 private:
  /// The state of one object, or of everything.
  struct State {
    std::uint64_t changed = 0;  // The steps that changed it, in order.
    std::uint64_t counted = 0;  // Those since then whose order does not matter.

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
  /// A step of the execution learnt last.
  struct Learnt {
    std::uint64_t begin;     // What it had seen when it began.
    std::uint64_t end;       // And when it had ended: its name.
    std::uint64_t previous;  // The end of the step of the task before, or 0.
    std::uint64_t fenced;    // The ends of the first `fence` steps, summed up.
    State everything;        // Before it.
    std::uint32_t task;
    std::uint32_t fence;
    std::uint32_t first_change;
  };
  /// An access that it made, and what that found.
  struct Change {
    std::uint32_t object;
    State before;
  };

  /// What a step has seen when it has observed an object.
  [[nodiscard]] static std::uint64_t after(std::uint64_t seen, const State& object,
                                           const State& everything) {
    return roll(seen, roll(object.name(), everything.name()));
  }
  /// What a step of the execution under way had seen when it made its last accesses.
  struct LastSeen {
    std::uint64_t seen;
    std::uint32_t step;
  };

  /// States for all objects that the log has numbered.
  void make_room(const AccessLog& log) {
    if (states_.size() < log.object_bound()) states_.resize(log.object_bound());
  }
  /// What a step has seen when it begins; `fenced`: the ends of the steps before its fence, summed
  /// up.
  [[nodiscard]] std::uint64_t begin_of(const StepAccesses& step, std::uint64_t key,
                                       std::uint64_t previous, std::uint64_t fenced) const;
  /// What a step did that had seen `seen` when it began: from each observation to the next.
  /// `state_of`: gives the state in which it found an object.
  template <class StateOf>
  void learn_runs(std::uint64_t seen, const FootprintView& did, const State& everything,
                  StateOf state_of);
  void learn_run(std::uint64_t seen, const FootprintView& run, bool is_end);
  /// That of an object which step `number` accesses, before it.
  [[nodiscard]] const State& state_before(std::uint32_t number, std::uint32_t object) const;
  /// After the first `prefix` steps, and then those of `between`.
  [[nodiscard]] State state_of(const HappensBefore& order, std::uint32_t object,
                               std::uint32_t prefix, StepBits between) const;
  [[nodiscard]] State everything(const HappensBefore& order, std::uint32_t prefix,
                                 StepBits between) const;

  FootprintTable runs_;    // What a step does until it observes something again, or ends.
  HashIndex next_;         // By what it has seen: number of the run twice, plus 1 if it ends.
  Stack<LastSeen> found_;  // To be learnt.
  Stack<Learnt> steps_;
  Stack<Change> changes_;                    // Of all steps, one after the other.
  std::vector<State> states_;                // By object, after the last step.
  std::vector<std::uint64_t> last_of_task_;  // By task: the end of its last step, or 0.
  State everything_;                         // The same of the whole program.
};

}  // namespace coweave::detail
