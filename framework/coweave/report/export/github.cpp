#include "coweave/report/export/github.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "coweave/core/words.hpp"
#include "coweave/report/printing.hpp"
#include "coweave/report/text/text_layout.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave {
namespace {

/// As workflow commands want it; of a property, the separators too.
std::string escaped_for_github(std::string_view text, bool is_property) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '%':
        result += "%25";
        break;
      case '\r':
        result += "%0D";
        break;
      case '\n':
        result += "%0A";
        break;
      case ':':
        result += is_property ? "%3A" : ":";
        break;
      case ',':
        result += is_property ? "%2C" : ",";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string command(std::string_view level, const SourceLine& place, const std::string& title,
                    std::string_view message) {
  std::string text = "::" + std::string(level) + " ";
  if (place.known())
    text += "file=" + escaped_for_github(place.file, true) + ",line=" + std::to_string(place.line) +
            ",";
  return text + "title=" + escaped_for_github(printable(title), true) +
         "::" + escaped_for_github(message, false);
}

/// Longer than any run of backticks in the text: nothing in it ends the block.
std::string fence_for(std::string_view text) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return std::string(longest + 1, '`');
}

}  // namespace

std::vector<std::string> github_annotations(const Report& report, const SourceLine& test) {
  std::vector<std::string> lines;
  for (const Failure& failure : report.failures) {
    const std::string title = report.test + ": " + in_words(failure.kind);
    std::string message;
    for (const std::string_view line : split_lines(failure.message))
      (message += printable(line)) += '\n';
    lines.push_back(command("error", failure.place.known() ? failure.place : test, title,
                            message + report.verdict_detail));
    std::vector<SourceLine> places;
    const Trace& trace = failure.schedule.trace;
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
      const TraceStep& step = trace.steps[i];
      if (step.pick == 0 || !step.place.known() ||
          std::find(places.begin(), places.end(), step.place) != places.end())
        continue;
      places.push_back(step.place);
      lines.push_back(command("warning", step.place, title,
                              "step " + std::to_string(i + 1) + " of the failing schedule: " +
                                  trace.tasks[step.task].name + " (" + trace.describe_step(i) +
                                  "), where production order does something else"));
    }
  }
  return lines;
}

std::string github_summary(const Report& report, std::size_t most, const MermaidDrawing& drawing) {
  if (report.failures.empty()) return {};
  std::ostringstream story;
  story << report;
  std::string text = story.str();
  const std::string fence = fence_for(text);
  const std::string head = "### " + printable(report.test) + "\n\n" + fence + "text\n";
  const std::string tail = fence + "\n\n";
  const std::string cut = "... cut here; the log and the saved schedule have all\n";
  if (head.size() + cut.size() + tail.size() > most) return {};
  const std::size_t room = most - head.size() - tail.size();
  if (text.size() > room) {
    text.resize(room - cut.size());
    text.resize(text.rfind('\n') + 1);  // Nothing, if it is all one line.
    text += cut;
  }
  std::string section = head + text + tail;
  for (const Failure& failure : report.failures) {
    if (!drawing || failure.schedule.trace.steps.empty()) continue;
    const std::string drawn = drawing(failure.schedule);
    const std::string around = fence_for(drawn);
    const std::string block = around + "mermaid\n" + drawn + "\n" + around + "\n\n";
    if (section.size() + block.size() <= most) section += block;
  }
  return section;
}

}  // namespace coweave
