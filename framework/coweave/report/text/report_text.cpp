#include "coweave/report/text/report_text.hpp"

#include <algorithm>
#include <ostream>
#include <sstream>

#include "coweave/core/words.hpp"
#include "coweave/diagnosis/diagnosis.hpp"
#include "coweave/exploration/failures/story.hpp"
#include "coweave/report/printing.hpp"
#include "coweave/report/text/text_layout.hpp"
#include "coweave/report/text/timeline.hpp"

namespace coweave {
namespace {

constexpr std::size_t least_text_width = 40;
constexpr std::size_t longest_drawing = 30;  // Steps; longer ones are left to `coweave show`.

/// The lines of a text of several, each after `indent`.
void write_indented(std::ostream& out, std::string_view text, std::string_view indent) {
  for (const std::string_view line : split_lines(text)) out << indent << line << '\n';
}

/// What the program says in names and messages reaches no terminal as a control character.
std::string printable_lines(std::string_view text, Charset charset) {
  std::string lines;
  lines.reserve(text.size());
  for (const std::string_view line : split_lines(text)) (lines += printable(line, charset)) += '\n';
  return lines;
}

/// "2 deviations from production order".
std::string deviations_of(const Schedule& schedule) {
  const std::size_t deviations = schedule.deviations();
  if (deviations == 0) return "in production order";
  return counted(deviations, "deviation") + " from production order";
}

void write_interleaving(std::ostream& out, const Schedule& schedule, const std::string& deviations,
                        const ReportStyle& layout, const std::filesystem::path& file = {}) {
  if (schedule.trace.steps.empty()) return;
  constexpr std::string_view indent = "  ";
  TimelineStyle style;
  style.width = std::max(layout.width, least_text_width) - indent.size();
  style.charset = layout.charset;
  style.header = false;
  style.epilogue = false;
  style.most_steps = longest_drawing;
  // Of an excerpt the file has the picks alone.
  if (!schedule.trace.is_excerpt) style.file = file.string();
  out << "\n  interleaving: " << counted(schedule.trace.step_count(), "step") << ", " << deviations
      << (schedule.deviations() != 0 ? ", marked *" : "") << "\n\n";
  write_indented(out, draw_timeline(schedule, style), indent);
}

void write_explanation(std::ostream& out, const Failure& failure) {
  const Explanation& explanation = failure.explanation;
  if (!explanation.needs.empty()) {
    out << "\n  it needs " << (explanation.needs.size() == 1 ? "this" : "each of these")
        << ", and passes without:\n";
    for (std::size_t i = 0; i < explanation.needs.size(); ++i)
      out << "    *" << i + 1 << ' ' << explanation.needs[i] << '\n';
  }
  if (!explanation.tried.empty()) out << "\n  tried, with the steps before it as they are:\n";
  for (const std::string& tried : explanation.tried) out << "    " << tried << '\n';
  if (explanation.passing) {
    const PassingNeighbour& passing = *explanation.passing;
    out << "\n  " << passing_claim(explanation.search && explanation.search->is_complete)
        << " is step " << passing.step + 1 << ":\n"
        << "    fails with:  " << passing.failing << '\n'
        << "    passes with: " << passing.passing << '\n';
    if (!passing.between.empty()) out << "    " << passing.between << '\n';
  }
  if (const std::string search = search_in_words(explanation); !search.empty())
    out << (explanation.passing ? "    " : "\n  ") << search << '\n';
}

void write(std::ostream& out, const Failure& failure, const ReportStyle& style) {
  out << in_words(failure.kind);
  if (failure.place.known()) out << " at " << to_string(failure.place);
  out << '\n';
  write_indented(out, failure.message, "  ");
  for (const std::string& line : failure.details) out << "  " << line << '\n';
  if (failure.kind == FailureKind::diverged) return;
  for (const std::string& line : diagnose(failure.schedule)) out << "  " << line << '\n';
  for (const std::string& line : failure.also) write_indented(out, "then " + line, "  ");
  if (failure.count > 1)
    out << "  in " << failure.count << " schedules; the simplest of them is shown\n";
  write_interleaving(out, with_explanation(failure), deviations_in_words(failure), style,
                     failure.schedule_file);
  write_explanation(out, failure);
  if (!failure.evidence.empty()) {
    out << "\n  in which code it can happen (AwaitPoints):\n";
    for (const AwaitPointsEvidence& evidence : failure.evidence)
      out << "    " << in_words(evidence) << '\n';
  }
  if (!failure.schedule_file.empty()) {
    const std::string file = failure.schedule_file.string();
    out << "\n  saved:  " << file << "\n  replay: COWEAVE_REPLAY=" << file
        << " TEST_BINARY   or   coweave replay " << file << " -- TEST_BINARY\n";
  }
}

void write(std::ostream& out, const Report& report, const ReportStyle& style) {
  out << (report.test.empty() ? "exploration" : report.test) << ": " << to_string(report.verdict)
      << ": " << report.verdict_detail << '\n';
  for (const Failure& failure : report.failures) {
    out << '\n';
    write(out, failure, style);
  }
  if (report.replayed)
    write_interleaving(out, *report.replayed, deviations_of(*report.replayed), style);
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
  out << "strategy " << report.strategy << ", seed " << report.seed
      << ", AwaitPoints::" << to_string(report.await_points) << ": "
      << counted(report.schedules, "schedule") << " (" << report.failing << " failing), "
      << counted(report.steps, "step");
  if (report.pruned != 0) out << ", " << report.pruned << " executions pruned";
  out << '\n';
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Failure& failure) {
  std::ostringstream text;
  write(text, failure, ReportStyle());
  return out << printable_lines(text.view(), Charset::utf8);
}

std::ostream& operator<<(std::ostream& out, const Report& report) {
  return out << to_text(report, ReportStyle());
}

std::string to_text(const Report& report, const ReportStyle& style) {
  std::ostringstream text;
  write(text, report, style);
  return printable_lines(text.view(), style.charset);
}

}  // namespace coweave
