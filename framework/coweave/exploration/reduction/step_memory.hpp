#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "coweave/core/hash.hpp"
#include "coweave/schedule/footprint.hpp"
#include "coweave/schedule/happens_before.hpp"
#include "coweave/task/access_log.hpp"

namespace coweave::detail {

/// Remembers what steps did, by what they had seen: to know what a step would do in another order
/// without executing it. What a step does follows from what its task did before, from what made it
/// ready, and, access by access, from the states of the objects that it has observed so far. The state
/// of an object is named by the steps that changed it, in order, and these by what they had seen in
/// turn. Knows nothing that was not executed: of what is new it says so.
class StepMemory {
 public:
  void forget();
  /// An execution has ended; all its steps are in `order`. O(accesses).
  void learn(const HappensBefore& order, const AccessLog& log);
  /// The footprint that `last`, a step of the execution learnt last, has when it is made after the first
  /// `prefix` steps of that execution and then `between`, which are in an order that happens-before
  /// allows. False: not known. O(steps) for each access.
  [[nodiscard]] bool recall(const HappensBefore& order, std::uint32_t prefix,
                            std::span<const std::uint32_t> between, std::uint32_t last,
                            Footprint& footprint) const;

 private:
  /// The state of one object, or of everything.
  struct State {
    std::uint64_t changed = 0;  // The steps that changed it, in order.
    std::uint64_t counted = 0;  // Those since then whose order does not matter.

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
  /// What comes next in a step that has seen so much.
  struct Next {
    Access access;
    bool is_end = false;
    bool is_universal = false;  // Of an end: the whole step.
  };

  /// What a step has seen after an access.
  [[nodiscard]] static std::uint64_t after(std::uint64_t seen, AccessKind kind, const State& object,
                                           const State& everything);
  [[nodiscard]] State state_of(const HappensBefore& order, std::uint32_t object,
                               std::uint32_t prefix, std::span<const std::uint32_t> between) const;

  std::unordered_map<std::uint64_t, Next> next_;
  // Of the execution learnt last, by step:
  std::vector<std::uint64_t> begins_;  // What a step had seen when it began.
  std::vector<std::uint64_t> ends_;    // And when it had ended: its name.
  // For learn():
  std::vector<std::uint64_t> seen_;    // By the step, before each access and at its end.
  std::vector<State> states_;          // By object.
  std::vector<std::uint64_t> last_of_task_;
};

}  // namespace coweave::detail
