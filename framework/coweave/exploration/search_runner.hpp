#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/exploration/deadline.hpp"
#include "coweave/exploration/explore.hpp"
#include "coweave/exploration/failures/failure_log.hpp"
#include "coweave/exploration/test_environment.hpp"
#include "coweave/exploration/verdict.hpp"
#include "coweave/replay/fairness.hpp"

namespace coweave::detail {

/// A strategy that an exploration has adopted, and how far its executions have come.
struct Search {
  /// Both must outlive it.
  Search(Strategy& under, std::string_view called);

  Strategy& strategy;
  Capabilities offered;  ///< By the strategy.
  std::string_view name;
  Execution::Loop loop;      ///< Under the strategy.
  bool is_enumeration;       ///< It promises all interleavings.
  std::size_t part = none;   ///< Of the exploration; none before its first execution.
  std::uint64_t number = 0;  ///< Of its executions.
  bool has_begun = false;    ///< The next one.

  static constexpr std::size_t none = static_cast<std::size_t>(-1);
};

/// Runs the executions of searches within the limits of one exploration, counts them in its report,
/// files what fails and checks that the program is deterministic.
class SearchRunner {
 public:
  /// All must outlive it. `capture`: of the test framework around it, or null.
  SearchRunner(const Body& body, const Options& options, const ExpectationCapture* capture,
               Report& report);

  /// The next execution of `search`, unless there were `max_schedules` in all. That search is then
  /// the one under way.
  Stop advance(Search& search, std::uint64_t max_schedules);
  /// Runs `search` until it has no more or there were `max_schedules` executions in all; then takes
  /// over what its strategy says of itself.
  Stop run(Search& search, std::uint64_t max_schedules);
  /// Runs a search of its own for `strategy`.
  Stop run(Strategy& strategy, std::string_view name, std::uint64_t max_schedules) {
    Search search(strategy, name);
    return run(search, max_schedules);
  }

  /// From now on searches execute fair interleavings alone.
  void be_fair();
  /// The same, and forgets what was executed so far.
  void begin_fair();
  [[nodiscard]] bool is_fair() const { return fair_bound_.has_value(); }
  /// From now on an execution that a TimeoutError ends, which nothing catches, passes.
  void accept_timeouts();
  [[nodiscard]] std::uint64_t ended_by_timeout() const { return ended_by_timeout_; }

  /// About every tenth of a millisecond, between two executions; may be empty.
  std::function<void()> on_look;

  /// What the searches have achieved so far; a plan adds what only it knows.
  Completion achieved;
  /// The same, with what the executions have shown that does not depend on the plan.
  [[nodiscard]] Completion completion() const;
  /// After every execution of the search under way, an abandoned one too, but no probe; may be
  /// empty.
  std::function<void()> on_execution;

  /// What is kept beside the search under way, in bytes: see Options::max_memory. May be empty.
  std::function<std::size_t()> memory_besides;

  /// The name of the search under way.
  [[nodiscard]] const std::string_view& under_way() const { return under_way_; }
  [[nodiscard]] Execution& execution() { return execution_; }
  [[nodiscard]] FailureLog& failures() { return failures_; }
  /// All that counted against the budget.
  [[nodiscard]] std::uint64_t executions() const {
    return report_.schedules + report_.pruned + probes_;
  }
  [[nodiscard]] bool is_time_over() { return deadline_.is_over(); }
  /// At the last look at the clock.
  [[nodiscard]] std::chrono::nanoseconds elapsed() const { return deadline_.elapsed(); }
  [[nodiscard]] const Body& body() const { return body_; }

 private:
  /// The clock, SIGINT and whoever wants to hear of progress.
  Stop look(const Search& search);
  void tell_progress(const Search& search);
  /// One execution. Returns why the exploration has to stop, or `none`.
  Stop execute(Search& search);
  /// The last execution failed. Files the failure; a livelock that is not fair only if it does not
  /// end under a fair scheduler either.
  Stop judge(const Search& search);
  /// The last execution is a livelock. Whether `search` notes accesses, so that no time could pass
  /// at the limit of steps, and the same picks end without a failure where it can.
  bool ends_in_time(const Search& search);
  void begin_part(Search& search);
  /// What the claim leaves out.
  [[nodiscard]] NotExplored not_explored() const;

  const Body& body_;
  const Options& options_;
  const ExpectationCapture* capture_;
  Report& report_;
  Execution execution_;
  FailureLog failures_;
  Deadline deadline_;
  std::optional<FairBound> fair_bound_;
  std::uint64_t max_memory_;
  std::chrono::nanoseconds told_at_{};  // Of the last progress.
  std::uint64_t probes_ = 0;            // Executions by which a search informed itself.
  std::uint64_t uncontrolled_ = 0;      // Executions in which something was.
  bool is_sparing_told_ = false;        // That handlers of Asio were not cancelled.
  bool is_polling_told_ = false;        // That the clock moved at the limit of steps.
  std::uint64_t schedules_before_;      // Of the report, when this was made.
  std::vector<SearchPart> parts_;
  std::string_view under_way_;  // The name of the search.
  bool is_enumeration_ = false;
  bool accepts_timeouts_ = false;
  std::uint64_t ended_by_timeout_ = 0;  // Schedules that passed so.
};

}  // namespace coweave::detail
