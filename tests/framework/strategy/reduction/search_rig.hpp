#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "coweave/execution/execution.hpp"
#include "coweave/strategy/reduction/plain_search.hpp"
#include "framework/strategy/reduction/interpreter.hpp"

namespace coweave::test {

/// What a search found, by class of executions.
struct Found {
  std::map<std::uint64_t, std::uint64_t> classes;  // Executions of each.
  std::set<std::string> outcomes;                  // Final states, failures.
  std::map<std::uint64_t, std::string> outcome_of;
  std::uint64_t executions = 0;
  std::uint64_t blocked = 0;
  std::uint64_t probes = 0;
  bool is_complete = false;
};

/// Failures as a set would lose their order, which a report shows: the first classifies.
inline std::string outcome_of(const detail::Execution& execution, const FinalState& final) {
  std::ostringstream text;
  for (const int value : final.variables) text << value << ' ';
  for (std::size_t i = 0; i < final.accumulators.size(); ++i)
    text << '/' << final.accumulators[i] << '@' << final.positions[i];
  for (const detail::ExecutionFailure& failure : execution.failures())
    text << " | " << to_string(failure.kind) << " line " << failure.place.line << " task "
         << index_of(failure.task);
  return text.str();
}

/// Before each pick of a search: what the scheduler keeps must be consistent.
class CheckedSearch final : public Strategy {
 public:
  CheckedSearch(detail::ReducedSearch& search, const detail::Execution& execution)
      : search_(search), execution_(execution) {}
  [[nodiscard]] bool begin_execution(std::uint64_t /*number*/) override { return true; }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    execution_.check_structures();
    return search_.pick(point);
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return search_.choose(alternatives);
  }

 private:
  detail::ReducedSearch& search_;
  const detail::Execution& execution_;
};

/// Runs `search` to its end, or until there were `most` executions. `each()` after every one that
/// was not abandoned.
template <class Body, class Each>
Found run_search(detail::ReducedSearch& search, const Body& body, const FinalState& final,
                 std::uint64_t most, const Each& each,
                 AwaitPoints await_points = AwaitPoints::every) {
  Found found;
  detail::Execution execution({await_points, 1'000, {}});
  CheckedSearch checked(search, execution);
  const detail::Body root = [&body] { detail::spawn_root(body(), {}, false, {}); };
  for (std::uint64_t number = 1;; ++number) {
    if (!search.begin_execution(number)) {
      found.is_complete = true;
      return found;
    }
    if (number > most) return found;
    execution.run(root, checked, {.accesses = search.accesses()});
    search.end_execution(execution.steps());
    if (number < 256 || number % 4096 == 0) search.check_invariants();
    if (search.accesses()->must_restart()) {
      found = {};
      continue;
    }
    if (search.was_probe()) {
      ++found.probes;
      continue;
    }
    if (execution.is_abandoned()) {
      ++found.blocked;
      continue;
    }
    ++found.executions;
    const std::string outcome = outcome_of(execution, final);
    ++found.classes[search.last_class()];
    found.outcomes.insert(outcome);
    found.outcome_of.emplace(search.last_class(), outcome);
    each(outcome);
  }
}

template <class Body>
Found run_search(detail::ReducedSearch& search, const Body& body, const FinalState& final,
                 std::uint64_t most, AwaitPoints await_points = AwaitPoints::every) {
  return run_search(
      search, body, final, most, [](const std::string&) {}, await_points);
}

}  // namespace coweave::test
