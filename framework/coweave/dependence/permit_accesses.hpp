#pragma once

#include <cstdint>
#include <vector>

#include "coweave/dependence/access.hpp"

namespace coweave::detail {

class AccessLog;

/// The writer of AccessLog for a lock, or anything else that has one permit and hands it to tasks
/// in the order in which they asked. A reference to the log, as short-lived as the expression that
/// makes it.
///
/// Asking and returning *commute* as long as nobody looks at the lock: the k-th task that asks gets
/// the permit that was returned for the k-th time, counting the first, in whatever order the two
/// happened. So an ask is an `attempt`, a return a `release`, and these two do not conflict. In
/// exchange the k-th task goes on after the k-th return, also if it did not have to wait: that is
/// an edge of happens-before, in each order.
///
/// Worked example: task 1 asks and returns, task 2 asks.
///
///     ask 1   return 1   ask 2      ask 2 finds the permit; task 2 goes on after return 1
///     ask 1   ask 2   return 1      task 2 waits;           task 2 goes on after return 1
///
/// One class: the second ask and the return are swapped, and the edge is the same.
///
/// Once a task has looked in some execution (looks(), or an ask that does not suspend), permits of
/// the object do not commute: each operation is `exclusive`, and the search begins anew. So it is
/// for all objects if the program cancels tasks, since a cancelled task leaves the queue.
class PermitAccesses {
 public:
  explicit PermitAccesses(AccessLog& log) : log_(log) {}

  /// The running task asks for the permit of `object`. `suspends`: it suspends in any case, also if
  /// the permit is there.
  void asks(std::uint32_t object, bool suspends);
  /// The running task returns the permit. If it does not hold it, that counts as a look.
  void gives_back(std::uint32_t object);
  /// The running task goes on with the permit, after it had to wait.
  void gets(std::uint32_t object);
  /// The running task looks at the permit or the queue.
  void looks(std::uint32_t object, AccessKind kind);

 private:
  friend class AccessLog;

  /// The part of the log about one object with a permit.
  struct State {
    std::vector<std::uint32_t> asked;     // Tasks of this execution, in order.
    std::vector<std::uint32_t> returned;  // Steps of this execution, in order.
    bool is_commuting = true;             // A fact, negated: no execution has looked.
  };
  [[nodiscard]] State& state(std::uint32_t object);
  [[nodiscard]] bool is_commuting(const State& permit) const;

  AccessLog& log_;
};

}  // namespace coweave::detail
