#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/core/injections.hpp"
#include "coweave/strategy/assurance.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// What ended a search.
enum class SearchEnd : std::uint8_t {
  none,         ///< Nothing has yet.
  exhausted,    ///< The strategy has nothing left.
  failure,      ///< A failing schedule, without Options::keep_going.
  schedules,    ///< Options::max_schedules.
  time,         ///< Options::max_time.
  memory,       ///< Options::max_memory.
  skipped,      ///< GTEST_SKIP() in the test body.
  interrupted,  ///< SIGINT or SIGTERM.
  unfair,       ///< An execution does not end unless its scheduler is fair: see Options::fairness.
};

/// Whether `end` is a limit of the options.
[[nodiscard]] constexpr bool is_limit(SearchEnd end) {
  return end == SearchEnd::schedules || end == SearchEnd::time || end == SearchEnd::memory;
}

/// What a search that reduces has done.
struct ReductionSummary {
  std::uint64_t classes = 0;       ///< Of equivalent interleavings.
  std::uint64_t executions = 0;    ///< Those that were cut short as redundant included.
  std::uint64_t searches = 0;      ///< One for each set of injections.
  std::string engine;              ///< "wakeup trees", "source sets".
  std::string given_up;            ///< Why wakeup trees would not do; empty: they did.
  std::uint64_t audited = 0;       ///< Interleavings that the audit executed, and agreed.
  bool audit_is_left_out = false;  ///< The search went on from a checkpoint: nothing was audited.
  /// The audit has found that interleavings which were taken for equivalent are not.
  bool is_refuted = false;
  friend bool operator==(const ReductionSummary&, const ReductionSummary&) = default;
};

/// One search of an exploration.
struct SearchPart {
  std::string search;           ///< "production", "bounded", "random", "portfolio", "dpor", ...
  std::uint64_t schedules = 0;  ///< That it executed in this process, those cut short apart.
  friend bool operator==(const SearchPart&, const SearchPart&) = default;
};

/// The last part of the default plan: deadlines of timeout scopes that pass before ready work.
struct EarlyTimeouts {
  std::uint64_t schedules = 0;
  std::uint32_t at_most = 0;  ///< Early moves of the clock in one execution.
  bool is_complete = false;   ///< Every interleaving with at most so many.
  bool has_failed = false;
  /// Schedules in which a TimeoutError that nothing catches ended a task: how such a program
  /// answers a deadline, and no failure.
  std::uint64_t ended_by_timeout = 0;
  friend bool operator==(const EarlyTimeouts&, const EarlyTimeouts&) = default;
};

/// What the claim of an exploration leaves out.
struct NotExplored {
  /// A timer was armed while other work was ready, and yet timers fired only where nothing was.
  bool timers_fired_only_when_idle = false;
  /// The same, of timers other than the deadlines of timeout scopes, under TimerOrder::timeouts.
  bool plain_timers_fired_only_when_idle = false;
  /// An execution has reached its limit of steps while a timer was armed or the clock was read: its
  /// clock moved there although tasks were ready.
  bool clock_moved_at_step_limit = false;
  /// Combinations of values (choose(), fault points, inline resumptions) that one execution can
  /// have, if the search did not enumerate them; 1: nothing was left to chance.
  double sampled_values = 1;
  /// Injections that the options ask for and that no execution had a target for.
  bool cancellations_without_target = false;
  bool wakeups_without_target = false;
  /// Names in Options::inject_cancellation that no task had that could be cancelled.
  std::vector<std::string> names_without_target = {};
  /// Schedules in which something ran outside the scheduler's control, whatever else failed.
  std::uint64_t uncontrolled = 0;
  /// A failure has turned out to be nondeterminism: the same picks need not lead to the same
  /// execution.
  bool is_nondeterministic = false;
  friend bool operator==(const NotExplored&, const NotExplored&) = default;
};

/// What an exploration has completed and what it has not, as facts. The sentence of a report is
/// made from them (describe()), and whatever is decided by what was completed looks here.
struct Completion {
  enum class Kind : std::uint8_t {
    none,             ///< There was no search: a replay, or a saved schedule failed before it.
    every,            ///< Every interleaving, under the rules that the other members name.
    every_so_far,     ///< The same, except that executions ended at the step limit.
    bounded,          ///< Every interleaving of at most `bound->deviations`.
    all_of_strategy,  ///< All that the strategy has, without a claim about the rest.
    cut_enumeration,  ///< A limit ended a search that was to be exhaustive, or a last bound.
    sampled,          ///< Some interleavings.
    stopped,          ///< At the first failure.
    skipped,          ///< By the test.
    interrupted,      ///< By a signal.
  };

  Kind kind = Kind::none;
  SearchEnd end = SearchEnd::none;
  std::string search;           ///< The one that was under way at the end.
  std::uint64_t schedules = 0;  ///< In all, without those of `early_timeouts`.
  std::uint64_t resumed = 0;    ///< Of those: what an earlier process executed.
  std::uint64_t injected = 0;   ///< Of those: with an injection that took effect.
  Injections injections;        ///< Those that the options allow.
  std::optional<CompletedBound> bound = {};
  std::optional<ReductionSummary> reduction = {};
  std::optional<Assurance> assurance = {};
  double interleavings = 0;  ///< An estimate of all there are; 0: none was made.
  /// Only fair interleavings were executed: a ready task that has been passed over so often in a
  /// row comes next (Options::fairness). 0: all were.
  std::uint64_t fairness = 0;
  std::uint64_t max_schedules = 0;  ///< The limits of the options.
  std::chrono::nanoseconds max_time{};
  std::uint64_t max_memory = 0;        ///< In bytes.
  bool is_share_of_limit = false;      ///< Nine tenths: the rest is kept for early timeouts.
  std::string interrupted_by;          ///< The signal: "SIGINT".
  std::string checkpoint;              ///< The file in which the position was saved; empty: none.
  std::vector<SearchPart> parts = {};  ///< In the order of their first executions.
  std::optional<EarlyTimeouts> early_timeouts = {};
  NotExplored not_explored = {};

  /// Whether a failure that was not found does not exist, under the same AwaitPoints, timer order
  /// and injections.
  [[nodiscard]] bool covers_every_interleaving() const {
    return kind == Kind::every && fairness == 0 && !is_void();
  }

  /// Whether the executions are not what the search took them for, so that nothing follows from
  /// them about others: no whole, no bound, no probability.
  [[nodiscard]] bool is_void() const {
    return not_explored.uncontrolled > 0 || not_explored.is_nondeterministic ||
           (reduction && reduction->is_refuted);
  }

  /// Whether all timers that could have fired before ready work did so in some execution, and the
  /// clock never had to move at the limit of steps. Otherwise the times of the executions may be
  /// what hides a failure.
  [[nodiscard]] bool has_raced_timers() const {
    return !not_explored.timers_fired_only_when_idle &&
           !not_explored.plain_timers_fired_only_when_idle &&
           !not_explored.clock_moved_at_step_limit;
  }

  /// Whether nothing is said of what was not executed, since a failure or the test ended it all.
  [[nodiscard]] bool makes_no_claim() const {
    return kind == Kind::none || kind == Kind::stopped || kind == Kind::skipped;
  }

  // What a search under way notes for the kind above.
  bool is_exhausted = false;    ///< Every interleaving was executed.
  bool is_truncated = false;    ///< Some execution reached the step limit.
  bool is_enumeration = false;  ///< The search under way promises all interleavings.

  friend bool operator==(const Completion&, const Completion&) = default;
};

[[nodiscard]] std::string_view to_string(Completion::Kind kind);
[[nodiscard]] std::string_view to_string(SearchEnd end);

/// The sentence: "every interleaving: 20 schedules". Empty for Kind::none.
[[nodiscard]] std::string describe(const Completion& completion);
/// "3 distinct of 10 random schedules, the next is new with probability 0.1 (Good-Turing)"; empty
/// without any part.
[[nodiscard]] std::string describe(const Assurance& assurance);

}  // namespace coweave
