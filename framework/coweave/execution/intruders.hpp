#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "coweave/core/operation.hpp"
#include "coweave/runtime/task_control.hpp"
#include "coweave/schedule/scheduling_point.hpp"

namespace coweave::detail {

/// An injection that the executions of a reduced search are to have: made by a task of the search's
/// own, an intruder, in a step of its own. Then all that the search has to know are steps, as if
/// the program did it. Time does not pass while an intruder is ready, so it is one of those that
/// act between two quiet moments, when nothing was ready.
struct Intrusion {
  OperationKind kind = OperationKind::inject_cancel;  ///< Or inject_wake.
  std::uint64_t target = 0;                           ///< Key of a task.
  std::uint32_t quiets = 0;  ///< So many quiet moments come before it in the execution.
  std::uint32_t nth = 0;     ///< Of those that are alike, which act one after the other.
  auto operator<=>(const Intrusion&) const = default;
};

/// Those of one execution after the other. An intruder is ready from the first moment, between its
/// two quiet ones, at which there is something for it to do: it may act at once, or before or after
/// any later step, to no effect if there is nothing to do any more.
class Intruders {
 public:
  /// One that is or was ready in the execution under way.
  struct Intruder {
    Intrusion intrusion;
    TaskControl* task = nullptr;
    TaskControl* target = nullptr;
  };

  /// What the next executions are to have; forgets where there were chances.
  void send(std::vector<Intrusion> intrusions);
  void begin_execution() { admitted_.clear(); }

  /// Something of this kind might happen to `target` now. Gives the intrusion whose intruder is to
  /// become ready, or null. O(log of the chances + intrusions).
  [[nodiscard]] const Intrusion* chance(OperationKind kind, const TaskControl& target,
                                        std::uint32_t quiets);
  /// The next after `done`, of those that are alike; or null.
  [[nodiscard]] const Intrusion* next_after(const Intrusion& done) const;
  void admit(Intruder intruder) { admitted_.push_back(intruder); }
  /// Null for a task of the program.
  [[nodiscard]] const Intruder* find(TaskId task) const;
  /// Whether it is the key of an intruder.
  [[nodiscard]] bool is_key(std::uint64_t key) const;
  /// How many of the first `end` entries are intruders.
  [[nodiscard]] std::size_t count(const ReadyView& ready, std::size_t end) const;
  /// How many intruders have a number of at most `last`.
  [[nodiscard]] std::size_t count_up_to(TaskId last) const;
  /// The id that a task of the program has in an execution without intruders.
  [[nodiscard]] TaskId id_without(TaskId task) const;

  /// Where there were any, in all executions since the last send().
  [[nodiscard]] const std::set<Intrusion>& chances() const { return chances_; }

 private:
  std::vector<Intrusion> intrusions_;
  std::vector<Intruder> admitted_;  // In this execution.
  std::set<Intrusion> chances_;
};

/// The key of the task that makes it.
[[nodiscard]] std::uint64_t intruder_key(const Intrusion& intrusion);

}  // namespace coweave::detail
