#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "coweave/core/outcome.hpp"
#include "coweave/exploration/completion.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave {

/// What an exploration may claim.
enum class Verdict : std::uint8_t {
  exhaustive,   ///< Every interleaving passed.
  bounded,      ///< Every interleaving of at most k deviations passed.
  sampled,      ///< Some interleavings passed.
  replayed,     ///< The one schedule that was replayed passed.
  failed,       ///< At least one schedule failed.
  limit_hit,    ///< A limit ended an exploration that was to be exhaustive.
  interrupted,  ///< SIGINT, SIGTERM or SIGHUP ended the exploration; what it had executed passed.
};

[[nodiscard]] std::string_view to_string(Verdict verdict);

/// Whether a failure exists under one of the AwaitPoints.
struct AwaitPointsEvidence {
  enum class Answer : std::uint8_t { found, absent, not_found };
  AwaitPoints await_points = AwaitPoints::every;
  Answer answer = Answer::found;  ///< `absent` only after an exhaustive search.
  std::uint64_t schedules = 0;    ///< That were looked at.
  friend bool operator==(const AwaitPointsEvidence&, const AwaitPointsEvidence&) = default;
};

/// The passing execution that has the longest beginning in common with a failing one, of those that
/// were found.
struct PassingNeighbour {
  std::size_t step = 0;  ///< Index in both traces: the first that differs.
  std::string
      failing;  ///< What goes on there in the failing one: "withdraw#2 (yield at bank.cpp:10)".
  std::string passing;  ///< And in the passing one.
  /// "withdraw#2 writes "balance" at bank.cpp:14 (step 3) between the read at bank.cpp:12 (step 2)
  /// and the write at bank.cpp:14 (step 4) of withdraw#1", or "... and step 4 of withdraw#1,
  /// suspended at bank.cpp:13 meanwhile" where that one only goes on, or, where the values are not
  /// in Shared<T>, "withdraw#2 comes between steps 2 and 4 of withdraw#1, suspended at bank.cpp:10
  /// meanwhile"; empty where it does not.
  std::string between;
  Schedule schedule;  ///< Of the passing one.
};

/// What was executed to find a passing order.
struct PassingSearch {
  /// Executions that part from the failing one later than Explanation::passing, or anywhere if
  /// there is none. All of them fail.
  std::uint64_t failing = 0;
  /// Whether those are all orders of the kind, each once.
  bool is_complete = false;
};

/// Why a schedule fails; all of it proven by execution.
struct Explanation {
  /// The orders that the failure needs: with any one of them undone the execution passes.
  std::vector<std::string> needs;
  std::vector<std::size_t> need_steps;  ///< For each of `needs`: the step of the failing trace.
  /// The last step of each, where a task is held back for several steps; else the same as above.
  std::vector<std::size_t> need_last_steps;
  /// Orders that might save it, of a lost wake-up or a starved task, and how the executions end.
  std::vector<std::string> tried;
  /// The last moment at which it could have gone well, if `search` is complete; else the latest
  /// that was found. Empty: none was found.
  std::optional<PassingNeighbour> passing;
  std::optional<PassingSearch> search;  ///< Empty: nothing was executed to find one.
};

/// Failing schedules of one kind at one place, and the shortest of them: the one with the fewest
/// deviations from production order, then the fewest steps, then the first found.
struct Failure {
  FailureKind kind = FailureKind::check;
  std::string message;
  SourceLine place;                  ///< Of the check, the misuse, or the last await of the task.
  std::uint64_t count = 1;           ///< Failing schedules of this kind at this place.
  std::size_t found_with = 0;        ///< Deviations of the schedule before it was shrunk.
  bool is_minimal = false;           ///< Undoing any one deviation makes it vanish or change.
  std::vector<std::string> also;     ///< What failed after it in the same execution.
  std::vector<std::string> details;  ///< Nondeterminism, divergence: both sides, likely causes.
  Explanation explanation;
  std::vector<AwaitPointsEvidence> evidence;
  /// No schedule leads to it alone: it is a difference between several. Then `schedule` shows one
  /// of them, and is not saved.
  bool is_of_search = false;
  Schedule schedule;
  std::filesystem::path schedule_file;  ///< Empty if it was not saved.
};

/// A schedule that an earlier exploration saved, replayed.
struct CorpusEntry {
  enum class State : std::uint8_t {
    open,        ///< It fails.
    fixed,       ///< It passes.
    stale,       ///< The program does not follow it any more.
    unreadable,  ///< Not a schedule, or not to be read.
  };
  std::filesystem::path file;
  State state = State::open;
  std::string detail;       ///< Why it is stale or unreadable; how it fails.
  bool is_deleted = false;  ///< As Corpus::prune says.
  friend bool operator==(const CorpusEntry&, const CorpusEntry&) = default;
};

[[nodiscard]] std::string_view to_string(CorpusEntry::State state);

/// A sometimes() that some execution reached.
struct SometimesClaim {
  std::string name;
  bool has_held = false;  ///< In any execution.
  friend bool operator==(const SometimesClaim&, const SometimesClaim&) = default;
};

/// What an exploration or a replay found.
struct Report {
  std::string test;
  Verdict verdict = Verdict::exhaustive;
  Completion completion;       ///< What was completed and what was not, as facts.
  std::string verdict_detail;  ///< The same in a sentence, made from `completion`.
  std::string strategy;
  std::uint64_t seed = 0;
  AwaitPoints await_points = AwaitPoints::every;
  std::uint64_t schedules = 0;    ///< Executions of all searches; `completion` has their parts.
  std::uint64_t injected = 0;     ///< Schedules with a cancellation, fault, wake-up or early timer.
  std::uint64_t failing = 0;      ///< Of those.
  std::uint64_t pruned = 0;       ///< Executions that a reduction cut short.
  std::uint64_t steps = 0;        ///< Of all executions of the search.
  std::vector<Failure> failures;  ///< In the order found.
  std::vector<CorpusEntry> corpus;        ///< Replayed before the search, by file name.
  std::vector<SometimesClaim> sometimes;  ///< In the order first reached.
  /// Pairs of dependent operations that were seen in one order only, though the search was not
  /// exhaustive; of the executions that were looked at, see `looked_at`.
  std::vector<std::string> one_order;
  std::uint64_t looked_at = 0;        ///< Executions written down to find what was never exercised.
  std::optional<Schedule> replayed;   ///< The execution of a replay that passed, with its trace.
  std::vector<std::string> warnings;  ///< A single schedule, an uncontrolled await, ...

  [[nodiscard]] bool failed() const { return verdict == Verdict::failed; }
};

}  // namespace coweave
