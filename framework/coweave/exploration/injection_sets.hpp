#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "coweave/core/injections.hpp"
#include "coweave/execution/intruders.hpp"

namespace coweave::detail {

/// Which injections together the executions of a program may have, one set after the other: first
/// none, then those that are one larger than a set whose executions have been seen.
class IntrusionSets {
 public:
  explicit IntrusionSets(const Injections& limits)
      : cancellations_(limits.cancellation.at_most), wakeups_(limits.wakeups) {}

  /// None: all have been given.
  [[nodiscard]] std::optional<std::vector<Intrusion>> next();
  /// The executions with the set given last had these chances for more. O(chances * log of the
  /// sets).
  void extend(const std::set<Intrusion>& chances);

 private:
  std::size_t cancellations_;  // In one set.
  std::size_t wakeups_;
  std::set<std::vector<Intrusion>> known_{{}};  // Each sorted.
  std::vector<std::vector<Intrusion>> sets_{{}};
  std::size_t given_ = 0;  // Of sets_.
};

}  // namespace coweave::detail
