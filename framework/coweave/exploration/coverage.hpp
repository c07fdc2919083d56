#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coweave/exploration/report.hpp"
#include "coweave/schedule/trace.hpp"

namespace coweave::detail {

/// What a test has never exercised: locks that nobody had to wait for in any execution, operations
/// that came in one order only in those that were written down. A search writes down few of its
/// executions, of every size of its past some, so that it costs nothing that shows.
class Coverage {
 public:
  /// O(steps * tasks + for each object the pairs of its operations, of the first 64).
  void add(const Trace& trace);

  /// An execution was too long to be written down: what it exercised is not known.
  void leave_out() { has_left_out_ = true; }

  /// Adds warnings, and what was seen in one order only unless the search was exhaustive.
  /// `was_never_waited_for` tells of the object at a path whether it was so in all executions.
  void state(Report& report,
             const std::function<bool(std::string_view path)>& was_never_waited_for) const;

 private:
  /// What a task did with an object first; the same in all executions of a program.
  struct Event {
    std::string task;   // Path.
    std::string words;  // "withdraw#1 takes at bank.cpp:12".
    OperationKind kind;
    auto operator<=>(const Event&) const = default;
  };
  struct Orders {
    bool first = false;  // It came first in some execution.
    bool second = false;
    bool is_free = false;  // In some execution nothing that the program forces ordered them.
  };
  struct Object {
    ObjectKind kind = ObjectKind::none;
    std::string name;             // "lock \"db\" (pool.cpp:9)".
    std::set<std::string> tasks;  // Paths of those that used it.
    std::map<std::pair<Event, Event>, Orders> pairs;
  };
  class TraceReader;

  std::map<std::string, Object> objects_;  // By path.
  std::uint64_t traces_ = 0;
  bool has_left_out_ = false;
};

}  // namespace coweave::detail
