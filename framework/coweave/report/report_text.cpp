#include <algorithm>
#include <ostream>
#include <sstream>

#include "coweave/core/words.hpp"
#include "coweave/exploration/report.hpp"
#include "coweave/report/diagnosis.hpp"
#include "coweave/report/text_layout.hpp"
#include "coweave/report/timeline.hpp"

namespace coweave {
namespace {

constexpr std::size_t text_width = 100;
constexpr std::size_t longest_drawing = 40;  // Steps; longer ones are left to `coweave show`.

/// The lines of a text of several, each after `indent`.
void write_indented(std::ostream& out, std::string_view text, std::string_view indent) {
  for (const std::string_view line : split_lines(text)) out << indent << line << '\n';
}

std::string_view in_words(AwaitPoints points) {
  switch (points) {
    case AwaitPoints::every: return "every (each co_await may suspend)";
    case AwaitPoints::operations: return "operations (Asio's rule)";
    case AwaitPoints::suspending: return "suspending (asyncio's rule)";
  }
  return "?";
}

void write_evidence(std::ostream& out, const Failure& failure) {
  for (const AwaitPointsEvidence& evidence : failure.evidence) {
    out << "    " << in_words(evidence.await_points) << ": ";
    switch (evidence.answer) {
      case AwaitPointsEvidence::Answer::found:
        out << "the failure exists";
        break;
      case AwaitPointsEvidence::Answer::absent:
        out << "it does not exist (all of " << counted(evidence.schedules, "schedule") << " pass)";
        break;
      case AwaitPointsEvidence::Answer::not_found:
        out << "not found in " << counted(evidence.schedules, "schedule");
        break;
    }
    out << '\n';
  }
}

/// The end of a schedule that is too long to draw whole.
Schedule last_steps(const Schedule& schedule) {
  Schedule end = schedule;
  const std::size_t cut = schedule.trace.steps.size() - longest_drawing;
  end.trace.steps.erase(end.trace.steps.begin(),
                        end.trace.steps.begin() + static_cast<std::ptrdiff_t>(cut));
  for (TraceBlocked& blocked : end.trace.blocked)
    blocked.since_step -= static_cast<std::uint32_t>(std::min<std::size_t>(blocked.since_step, cut));
  if (end.failure)
    end.failure->step -= static_cast<std::uint32_t>(std::min<std::size_t>(end.failure->step, cut));
  return end;
}

/// "2 deviations from production order".
std::string deviations_of(const Schedule& schedule) {
  const std::size_t deviations = schedule.deviations();
  if (deviations == 0) return "in production order";
  return counted(deviations, "deviation") + " from production order";
}

/// "needs 2 deviations from production order (found with 9)".
std::string deviations_of(const Failure& failure) {
  const std::size_t deviations = failure.schedule.deviations();
  std::string text = deviations_of(failure.schedule);
  if (failure.is_minimal && deviations > 0) text.insert(0, "needs ");
  if (failure.found_with > deviations)
    text += " (found with " + std::to_string(failure.found_with) + ")";
  return text;
}

void write_interleaving(std::ostream& out, const Schedule& schedule,
                        const std::string& deviations) {
  if (schedule.trace.steps.empty()) return;
  TimelineStyle style;
  style.width = text_width;
  style.header = false;
  style.epilogue = false;
  out << "\n  interleaving: " << counted(schedule.trace.steps.size(), "step") << ", " << deviations
      << (schedule.deviations() != 0 ? ", marked *" : "") << "\n\n";
  if (schedule.trace.steps.size() > longest_drawing) {
    out << "  ... the last " << longest_drawing << " steps only; `coweave show FILE` has all\n";
    write_indented(out, draw_timeline(last_steps(schedule), style), "  ");
  } else {
    write_indented(out, draw_timeline(schedule, style), "  ");
  }
}

void write_explanation(std::ostream& out, const Failure& failure) {
  const Explanation& explanation = failure.explanation;
  if (!explanation.needs.empty()) {
    out << "\n  it needs " << (explanation.needs.size() == 1 ? "this" : "each of these")
        << ", and passes without:\n";
    for (const std::string& need : explanation.needs) out << "    " << need << '\n';
  }
  if (explanation.passing) {
    const PassingNeighbour& passing = *explanation.passing;
    out << "\n  the last moment at which it could still pass is step " << passing.step + 1 << ":\n"
        << "    fails with:  " << passing.failing << '\n'
        << "    passes with: " << passing.passing << '\n';
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Failure& failure) {
  out << in_words(failure.kind);
  if (failure.place.known()) out << " at " << to_string(failure.place);
  out << '\n';
  write_indented(out, failure.message, "  ");
  for (const std::string& line : failure.details) out << "  " << line << '\n';
  if (failure.kind == FailureKind::diverged) return out;
  for (const std::string& line : explain_blocked(failure.schedule.trace))
    out << "  " << line << '\n';
  for (const std::string& line : explain_suspects(failure.schedule)) out << "  " << line << '\n';
  for (const std::string& line : failure.also) write_indented(out, "then " + line, "  ");
  if (failure.count > 1)
    out << "  in " << failure.count << " schedules; the simplest of them is shown\n";
  write_interleaving(out, failure.schedule, deviations_of(failure));
  write_explanation(out, failure);
  if (!failure.evidence.empty()) {
    out << "\n  in which code it can happen (AwaitPoints):\n";
    write_evidence(out, failure);
  }
  if (!failure.schedule_file.empty()) {
    const std::string file = failure.schedule_file.string();
    out << "\n  saved:  " << file << "\n  replay: COWEAVE_REPLAY=" << file
        << " TEST_BINARY   or   coweave replay " << file << " -- TEST_BINARY\n";
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const Report& report) {
  out << (report.test.empty() ? "exploration" : report.test) << ": " << to_string(report.verdict)
      << ": " << report.verdict_detail << '\n';
  for (const Failure& failure : report.failures) out << '\n' << failure;
  if (report.replayed)
    write_interleaving(out, *report.replayed, deviations_of(*report.replayed));
  for (const CorpusEntry& entry : report.corpus)
    out << "saved before: " << entry.file.string() << ": " << to_string(entry.state)
        << (entry.is_deleted ? ", deleted" : "") << '\n';
  for (const SometimesClaim& claim : report.sometimes)
    if (claim.has_held) out << "sometimes \"" << claim.name << "\": held\n";
  if (!report.one_order.empty())
    out << "seen in one order only, in the " << counted(report.looked_at, "execution")
        << " that were looked at:\n";
  for (const std::string& pair : report.one_order) out << "  " << pair << '\n';
  for (const std::string& warning : report.warnings) out << "warning: " << warning << '\n';
  if (!report.failures.empty()) out << '\n';
  out << "strategy " << report.strategy << ", seed " << report.seed << ", AwaitPoints::"
      << to_string(report.await_points) << ": " << counted(report.schedules, "schedule") << " ("
      << report.failing << " failing), " << counted(report.steps, "step");
  if (report.pruned != 0) out << ", " << report.pruned << " executions pruned";
  return out << '\n';
}

}  // namespace coweave
