#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "coweave/core/injections.hpp"
#include "coweave/core/versions.hpp"
#include "coweave/schedule/trace.hpp"

namespace coweave {

/// The failure that a schedule leads to.
struct ScheduleFailure {
  FailureKind kind = FailureKind::check;
  std::string message;
  SourceLine place;
  std::uint32_t step = 0;  ///< Index into Trace::steps: the step in which it failed.
  friend bool operator==(const ScheduleFailure&, const ScheduleFailure&) = default;
};

/// An order that a failure needs: with it undone the execution passes.
struct ScheduleNeed {
  std::uint32_t step = 0;  ///< Index into Trace::steps: the decision that made it so.
  std::string text;        ///< "step 3: withdraw#2 (yield at bank.cpp:10) goes before ...".
  /// The last decision of an order that holds a task back for several steps; 0 for an order of one
  /// decision.
  std::uint32_t last_step = 0;
  friend bool operator==(const ScheduleNeed&, const ScheduleNeed&) = default;
};

/// The passing execution that has the longest beginning in common with a failing one, of those that
/// were found.
struct PassingTrace {
  std::uint32_t step = 0;  ///< Index into the steps of both: the first that differs.
  Trace trace;             ///< All of its steps; no task is blocked at its end.
  bool is_last = false;    ///< Every order that parts later was executed, and fails.
  friend bool operator==(const PassingTrace&, const PassingTrace&) = default;
};

/// What an exploration has proven about the failure of a schedule. For the reader alone: a replay
/// does not look at it.
struct ScheduleExplanation {
  std::vector<ScheduleNeed> needs;
  std::optional<PassingTrace> passing;
  std::vector<std::string> notes;  ///< Sentences: where the failure exists, what else failed.
  friend bool operator==(const ScheduleExplanation&, const ScheduleExplanation&) = default;
};

/// The picks of one execution, in order: enough to repeat it exactly. Its trace tells the reader
/// what happened, and lets a replay name the first step at which a changed program leaves the
/// schedule. A value; its JSON form is versioned and described by
/// tools/schema/schedule.schema.json.
struct Schedule {
  std::string test;  ///< "Account.IsNeverOverdrawn", or what Options::name says.
  /// The file name of the program that saved it: two may have a test of that name. Empty: not
  /// known.
  std::string program;
  AwaitPoints await_points = AwaitPoints::every;
  Injections injections;  ///< What else might happen; only with the same do picks fit.
  std::string strategy;   ///< That found it.
  std::uint64_t seed = 0;
  std::uint64_t execution = 0;    ///< The number of the execution in its exploration, from 1.
  std::uint64_t fingerprint = 0;  ///< Of the execution's steps and choices.
  std::optional<ScheduleFailure> failure;
  /// One entry for every scheduling point with more than one ready task and for every choice with
  /// more than one alternative, in order. What a replay follows; the trace may be absent.
  std::vector<std::uint32_t> picks;
  Trace trace;
  ScheduleExplanation explanation;
  Versions recorded_with;  ///< For the reader, and for a replay that leaves the schedule.
  friend bool operator==(const Schedule&, const Schedule&) = default;

  /// How many picks differ from the production order.
  [[nodiscard]] std::size_t deviations() const;

  /// The JSON text, with a final newline. Deterministic. Has no trace where that is an excerpt.
  [[nodiscard]] std::string to_json() const;
  /// Throws Error with one line ("FILE: line 3, column 7: ..." or "FILE: at /steps/4/task: ...")
  /// that says what was expected and what was found. `source` names the text in that line.
  [[nodiscard]] static Schedule from_json(std::string_view text, std::string_view source);
  /// Reads a file of at most 64 MiB, or of at most 512 MiB if it has picks and no steps. Throws
  /// Error as from_json.
  [[nodiscard]] static Schedule load(const std::filesystem::path& file);
  /// Writes the file whole (temporary name, then rename); creates its directory. Leaves the passing
  /// trace out where the file would be larger than load() reads, and the trace of the schedule too
  /// where it is still too large: picks alone are enough for a replay. Throws Error.
  void save(const std::filesystem::path& file) const;
};

}  // namespace coweave
