#include "coweave/report/text/timeline_cells.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "coweave/report/text/text_layout.hpp"

namespace coweave::detail {

Schedule with_bare_file_names(Schedule schedule) {
  std::map<std::string, std::string> full_names;  // By bare name.
  const auto bare = [](const std::string& file) { return file.substr(file.find_last_of('/') + 1); };
  bool is_clear = true;
  const auto each_place = [&schedule](const auto& visit) {
    for (TraceTask& task : schedule.trace.tasks) visit(task.place);
    for (TraceStep& step : schedule.trace.steps) {
      visit(step.place);
      for (TraceEffect& effect : step.effects) visit(effect.place);
    }
    for (TraceBlocked& blocked : schedule.trace.blocked) visit(blocked.place);
    if (schedule.failure) visit(schedule.failure->place);
  };
  each_place([&](const SourceLine& place) {
    const auto [known, is_new] = full_names.emplace(bare(place.file), place.file);
    is_clear = is_clear && (is_new || known->second == place.file);
  });
  if (is_clear) each_place([&](SourceLine& place) { place.file = bare(place.file); });
  return schedule;
}

std::string leave_out_main_file(Trace& trace) {
  const auto each_place = [&trace](const auto& visit) {
    for (TraceStep& step : trace.steps) {
      visit(step.place);
      for (TraceEffect& effect : step.effects) visit(effect.place);
    }
  };
  std::map<std::string, std::size_t> places;  // By file.
  each_place([&](const SourceLine& place) {
    if (place.known()) ++places[place.file];
  });
  const auto most =
      std::max_element(places.begin(), places.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == places.end()) return {};
  const std::string file = most->first;
  each_place([&file](SourceLine& place) {
    if (place.file == file) place.file.clear();
  });
  return file;
}

bool is_told(const TraceStep& step, const TraceEffect& effect) {
  if (effect.kind == OperationKind::spawn) return false;
  return !is_injection(step.operation) || effect.other != step.task;
}

std::vector<CellLine> cell_of(const Trace& trace, std::size_t step, Tone tone, Charset charset) {
  std::vector<CellLine> lines{{printable(trace.describe_step(step), charset), tone}};
  for (const TraceEffect& effect : trace.steps[step].effects) {
    if (!is_told(trace.steps[step], effect)) continue;
    std::string line = "  " + printable(trace.describe_effect(effect), charset);
    // A step that fails many checks says so once.
    if (effect.kind == OperationKind::check && lines.back().text == line) continue;
    lines.push_back({std::move(line), Tone::faint});
  }
  return lines;
}

std::vector<CellLine> wrapped(const std::vector<CellLine>& cell, std::size_t width) {
  constexpr std::size_t continuation = 2;
  std::vector<CellLine> lines;
  for (const CellLine& line : cell) {
    const std::size_t spaces = line.text.find_first_not_of(' ');
    const std::size_t indent = spaces == line.text.npos ? 0 : spaces;
    const std::string_view text = std::string_view(line.text).substr(indent);
    std::size_t used_indent = indent;
    for (const std::string& part : wrap(text, width - indent, continuation)) {
      lines.push_back({std::string(used_indent, ' ') + part, line.tone});
      used_indent = indent + continuation;
    }
  }
  return lines;
}

}  // namespace coweave::detail
