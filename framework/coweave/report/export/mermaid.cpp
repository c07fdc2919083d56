#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/core/words.hpp"
#include "coweave/report/export/export.hpp"
#include "coweave/report/selection.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave {
namespace {

/// Only what no part of the language gives a meaning to stays: Mermaid has no quoting, `;` ends a
/// statement, `%%{` begins a directive, and three backticks end the fence around it all.
std::string escaped_for_mermaid(std::string_view text, std::size_t most = 120) {
  constexpr std::string_view plain = " _.()/+*=!'[]|~^$?-";
  std::string safe;
  const std::string clean = printable(text);
  std::string_view rest = clean;
  for (std::size_t written = 0; !rest.empty(); ++written) {
    if (written == most) return safe + "...";
    const CodePoint c = first_code_point(rest);
    const bool is_letter = c.value >= 0x80 || (c.value >= '0' && c.value <= '9') ||
                           (c.value >= 'a' && c.value <= 'z') || (c.value >= 'A' && c.value <= 'Z');
    if (is_letter || plain.find(static_cast<char>(c.value)) != plain.npos)
      safe += rest.substr(0, c.bytes);
    else
      safe += "#" + std::to_string(static_cast<std::uint32_t>(c.value)) + ";";
    rest.remove_prefix(c.bytes);
  }
  return safe;
}

class Diagram {
 public:
  Diagram(const Schedule& schedule, const MermaidStyle& style)
      : schedule_(schedule),
        trace_(schedule.trace),
        style_(style),
        is_drawn_(select_steps(schedule, style.most_steps)) {}

  [[nodiscard]] std::string draw() {
    find_participants();
    out_ = "sequenceDiagram\n";
    if (participants_.empty()) line("participant none as no steps are recorded");
    for (const std::uint32_t task : participants_)
      line("participant " + id(task) + " as " + name(task));
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) {
      if (!is_drawn_[i]) continue;
      draw_gap(i);
      draw_step(i);
    }
    draw_gap(trace_.steps.size());
    for (const TraceBlocked& blocked : trace_.blocked)
      if (is_participant_[blocked.task])
        note(blocked.task,
             escaped_for_mermaid("waits: " + trace_.describe(blocked.operation, blocked.object)) +
                 place(blocked.place));
    return std::move(out_);
  }

 private:
  void line(const std::string& text) { ((out_ += "  ") += text) += '\n'; }
  void note(std::uint32_t task, const std::string& text) {
    line("Note over " + id(task) + ": " + text);
  }

  /// In order of creation.
  void find_participants() {
    is_participant_.assign(trace_.tasks.size(), false);
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) {
      if (!is_drawn_[i]) continue;
      is_participant_[trace_.steps[i].task] = true;
      for (const TraceEffect& effect : trace_.steps[i].effects)
        if (effect.other) is_participant_[*effect.other] = true;
    }
    for (std::uint32_t task = 0; task < trace_.tasks.size(); ++task)
      if (is_participant_[task]) participants_.push_back(task);
  }

  [[nodiscard]] static std::string id(std::uint32_t task) { return "t" + std::to_string(task); }
  [[nodiscard]] std::string name(std::uint32_t task) const {
    constexpr std::size_t most = 40;
    const TraceTask& known = trace_.tasks[task];
    return escaped_for_mermaid(known.name.empty() ? "task " + known.path : known.name, most);
  }
  [[nodiscard]] static std::string place(const SourceLine& place) {
    return place.known() ? "<br/>" + escaped_for_mermaid(to_string(place)) : std::string();
  }

  void draw_gap(std::size_t step) {
    if (step == 0 || is_drawn_[step - 1]) return;
    std::size_t first = step;
    while (first > 0 && !is_drawn_[first - 1]) --first;
    std::string text = "... " + counted(step - first, first == 0                 ? "earlier step"
                                                      : step == is_drawn_.size() ? "later step"
                                                                                 : "step");
    if (!style_.file.empty() && !is_file_told_) text += " in " + escaped_for_mermaid(style_.file);
    is_file_told_ = true;
    const std::string last = participants_.size() > 1 ? "," + id(participants_.back()) : "";
    line("Note over " + id(participants_.front()) + last + ": " + text);
  }

  void draw_step(std::size_t index) {
    const TraceStep& step = trace_.steps[index];
    const bool fails = schedule_.failure && schedule_.failure->step == index;
    if (fails) line("rect rgba(220, 60, 50, 0.25)");
    std::string text = std::to_string(index + 1) + marks(index) + " " +
                       escaped_for_mermaid(trace_.describe(step.operation, step.object));
    if (step.is_choice())
      text += " " + std::to_string(step.pick) + " of " + std::to_string(step.alternatives);
    text += place(step.place);
    for (const TraceEffect& effect : step.effects)
      if (!effect.other || *effect.other == step.task)
        text += "<br/>" + escaped_for_mermaid(effect_text(effect));
    if (fails) text += "<br/>" + escaped_for_mermaid(in_words(schedule_.failure->kind));
    note(step.task, text);
    for (const TraceEffect& effect : step.effects)
      if (effect.other && *effect.other != step.task) draw_arrow(step.task, effect);
    if (fails) line("end");
  }

  [[nodiscard]] std::string effect_text(TraceEffect effect) const {
    effect.place = {};
    effect.other.reset();
    return trace_.describe_effect(effect);
  }

  void draw_arrow(std::uint32_t from, const TraceEffect& effect) {
    const std::string_view arrow = effect.kind == OperationKind::spawn    ? "-)"
                                   : effect.kind == OperationKind::cancel ? "-x"
                                                                          : "->>";
    line(id(from) + std::string(arrow) + id(*effect.other) + ": " +
         escaped_for_mermaid(effect_text(effect)));
  }

  /// ` *1`: a deviation, and the need that it is.
  [[nodiscard]] std::string marks(std::size_t index) const {
    const TraceStep& step = trace_.steps[index];
    const std::vector<ScheduleNeed>& needs = schedule_.explanation.needs;
    for (std::size_t i = 0; i < needs.size(); ++i) {
      const std::vector<std::size_t> steps = steps_of(trace_, needs[i]);
      if (std::find(steps.begin(), steps.end(), index) != steps.end())
        return " *" + std::to_string(i + 1);
    }
    return step.alternatives > 1 && step.pick != 0 ? " *" : "";
  }

  const Schedule& schedule_;
  const Trace& trace_;
  const MermaidStyle& style_;
  std::vector<bool> is_drawn_;  // By step.
  std::vector<bool> is_participant_;
  std::vector<std::uint32_t> participants_;
  bool is_file_told_ = false;
  std::string out_;
};

}  // namespace

std::string to_mermaid(const Schedule& schedule, const MermaidStyle& style) {
  return Diagram(schedule, style).draw();
}

}  // namespace coweave
