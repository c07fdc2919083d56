#include "coweave/report/text/timeline.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coweave/core/words.hpp"
#include "coweave/exploration/failures/story.hpp"
#include "coweave/report/selection.hpp"
#include "coweave/report/text/text_layout.hpp"
#include "coweave/report/text/timeline_cells.hpp"

namespace coweave {
namespace {

using detail::CellLine;
using detail::is_told;
using detail::leave_out_main_file;
using detail::Pen;
using detail::Tone;

constexpr std::size_t least_timeline_width = 20;
constexpr std::size_t least_column = 20;    // Narrower cells are harder to read than a list.
constexpr std::size_t separator_width = 3;  // " | "
constexpr std::size_t failure_indent = 5;
constexpr std::size_t most_name_width = 40;  // Of a task in the lists.

struct Column {
  std::uint32_t task = 0;
  std::string heading;
  std::size_t width = 0;
};

class Drawing {
 public:
  Drawing(const Schedule& schedule, const TimelineStyle& style)
      : schedule_(schedule),
        trace_(schedule.trace),
        style_(style),
        width_(std::max(style.width, least_timeline_width)),
        number_width_(std::to_string(trace_.step_count()).size()),
        is_drawn_(select_steps(schedule, style.most_steps)),
        pen_(style, width_) {
    const std::vector<ScheduleNeed>& needs = schedule.explanation.needs;
    for (std::size_t i = 0; i < needs.size(); ++i)
      for (const std::size_t step : steps_of(trace_, needs[i])) need_at_.emplace(step, i + 1);
  }

  [[nodiscard]] std::string draw() {
    if (style_.header) draw_header();
    if (trace_.steps.empty()) {
      draw_picks();
    } else if (fit_columns()) {
      draw_columns();
    } else {
      draw_list();
    }
    if (!style_.epilogue) return pen_.take();
    // Elsewhere it stands beneath its step.
    if (schedule_.failure && schedule_.failure->step >= trace_.steps.size())
      draw_failure(*schedule_.failure);
    draw_blocked();
    draw_explanation();
    draw_legend();
    return pen_.take();
  }

 private:
  void header_line(std::string_view label, std::string_view text, Tone tone = Tone::plain) {
    constexpr std::size_t label_width = 14;
    std::string start(label);
    start.resize(label_width, ' ');
    pen_.lines(std::move(start), label_width, text, tone);
  }

  // Names.

  [[nodiscard]] std::string task_name(std::uint32_t task) const {
    if (task >= trace_.tasks.size()) return "?";
    const TraceTask& found = trace_.tasks[task];
    return pen_.clean(found.name.empty() ? "task " + found.path : found.name);
  }

  [[nodiscard]] static std::string failure_title(const ScheduleFailure& failure) {
    std::string title(to_string(failure.kind));
    if (failure.place.known()) title += " at " + to_string(failure.place);
    return title;
  }

  [[nodiscard]] bool is_deviation(std::size_t step) const {
    return trace_.steps[step].alternatives > 1 && trace_.steps[step].pick != 0;
  }
  [[nodiscard]] bool is_failing(std::size_t step) const {
    return schedule_.failure && schedule_.failure->step == step;
  }

  [[nodiscard]] bool has_needs() const { return !schedule_.explanation.needs.empty(); }

  /// `*1 `: wide enough for the numbers where there are any.
  [[nodiscard]] std::string mark(std::size_t step) const {
    const auto found = need_at_.find(step);
    const std::size_t need = found == need_at_.end() ? 0 : found->second;
    constexpr std::size_t most = 9;
    std::string text = need > 0 || is_deviation(step) ? "*" : " ";
    if (has_needs()) text += need == 0 ? " " : need > most ? "+" : std::to_string(need);
    return pen_.toned(text, need > 0 ? Tone::need : Tone::deviation);
  }

  /// Says what is left out before `step`, if something is.
  void draw_gap(std::size_t step) {
    std::size_t first = step;
    while (first > 0 && !is_drawn_[first - 1]) --first;
    std::uint64_t left_out = step - first;
    if (first == 0) left_out += trace_.steps_before;
    if (step == is_drawn_.size()) left_out += trace_.steps_after;
    if (left_out == 0) return;
    std::string text = "... " + counted(left_out, first == 0                 ? "earlier step"
                                                  : step == is_drawn_.size() ? "later step"
                                                                             : "step");
    // Once is enough.
    if (!style_.file.empty() && !is_file_told_) text += " in " + pen_.clean(style_.file);
    is_file_told_ = true;
    pen_.lines(std::string(gutter_width(), ' '), gutter_width(), text, Tone::faint);
  }

  /// What stands before every step: `>>  12 * `.
  [[nodiscard]] std::string gutter(std::size_t step) const {
    std::string number = std::to_string(trace_.number_of(step));
    number.insert(0, number_width_ - number.size(), ' ');
    const bool fails = is_failing(step);
    return pen_.toned(fails ? ">>" : "  ", fails ? Tone::failure : Tone::plain) + ' ' +
           pen_.toned(number, fails ? Tone::failure : Tone::faint) + ' ' + mark(step) + ' ';
  }
  [[nodiscard]] std::size_t gutter_width() const { return number_width_ + (has_needs() ? 7 : 6); }

  // The parts in their order.

  void draw_header() {
    const std::size_t deviations = schedule_.deviations();
    header_line("test", schedule_.test.empty() ? "?" : schedule_.test, Tone::heading);
    header_line("failure", schedule_.failure ? failure_title(*schedule_.failure) : "none",
                schedule_.failure ? Tone::failure : Tone::plain);
    header_line("strategy", (schedule_.strategy.empty() ? "?" : schedule_.strategy) + ", seed " +
                                std::to_string(schedule_.seed) + ", execution " +
                                std::to_string(schedule_.execution));
    header_line("await points", to_string(schedule_.await_points));
    header_line("deviations", std::to_string(deviations) + " in " +
                                  std::to_string(schedule_.picks.size()) + " picks");
    pen_.line("");
  }

  void draw_picks() {
    constexpr std::size_t most = 1'000;
    std::string picks = "no steps are recorded; picks:";
    for (std::size_t i = 0; i < std::min(schedule_.picks.size(), most); ++i)
      (picks += ' ') += std::to_string(schedule_.picks[i]);
    if (schedule_.picks.size() > most)
      picks += " ... and " + std::to_string(schedule_.picks.size() - most) + " more";
    pen_.lines("", 0, picks);
  }

  void draw_failure(const ScheduleFailure& failure) {
    const std::string indent(failure_indent, ' ');
    pen_.lines(indent, failure_indent, "failed: " + failure_title(failure), Tone::failure);
    for (const std::string_view line : split_lines(failure.message))
      pen_.lines(indent, failure_indent, line, Tone::failure);
  }

  void draw_blocked() {
    if (trace_.blocked.empty()) return;
    pen_.line("");
    pen_.line(pen_.toned("blocked at the end", Tone::heading));
    std::size_t name_width = 0;
    for (const TraceBlocked& blocked : trace_.blocked)
      name_width = std::max(name_width, display_width(task_name(blocked.task)));
    name_width = std::min({name_width, most_name_width, width_ / 2 - 4});
    for (const TraceBlocked& blocked : trace_.blocked) {
      std::string text = trace_.describe(blocked.operation, blocked.object);
      if (blocked.place.known()) text += " at " + to_string(blocked.place);
      text += ", since step " + std::to_string(trace_.number_of(blocked.since_step));
      const std::string name = cut_to_width(task_name(blocked.task), name_width, style_.charset);
      pen_.lines("  " + padded(name, name_width) + "  ", name_width + 4, text);
    }
  }

  void draw_explanation() {
    const ScheduleExplanation& explanation = schedule_.explanation;
    if (has_needs()) {
      pen_.line("");
      const bool is_one = explanation.needs.size() == 1;
      pen_.line(pen_.toned(is_one ? "it needs this, and passes without"
                                  : "it needs each of these, and passes without",
                           Tone::heading));
      for (std::size_t i = 0; i < explanation.needs.size(); ++i)
        draw_item("*" + std::to_string(i + 1), explanation.needs[i].text, Tone::need);
    }
    if (explanation.passing) {
      const PassingTrace& passing = *explanation.passing;
      pen_.line("");
      pen_.line(pen_.toned(std::string(passing_claim(passing.is_last)) + " is step " +
                               std::to_string(passing.step + 1),
                           Tone::heading));
      draw_item("fails with: ", name_step(trace_, passing.step), Tone::plain);
      draw_item("passes with:", name_step(passing.trace, passing.step), Tone::plain);
    }
    if (explanation.notes.empty()) return;
    pen_.line("");
    for (const std::string& note : explanation.notes) pen_.lines("", 0, note);
  }

  [[nodiscard]] static std::string name_step(const Trace& trace, std::size_t step) {
    if (step >= trace.steps.size()) return "the end";
    const TraceTask& task = trace.tasks[trace.steps[step].task];
    return (task.name.empty() ? "task " + task.path : task.name) + " (" +
           trace.describe_step(step) + ")";
  }

  void draw_item(const std::string& label, std::string_view text, Tone tone) {
    pen_.lines("  " + pen_.toned(label, tone) + ' ', label.size() + 3, text);
  }

  void draw_legend() {
    bool deviates = false;
    for (std::size_t step = 0; step < trace_.steps.size(); ++step)
      deviates |= is_drawn_[step] && is_deviation(step);
    if (!deviates) return;
    pen_.line("");
    pen_.line(pen_.toned("* not the pick of the production order", Tone::faint));
  }

  // Columns.

  [[nodiscard]] static std::string padded(std::string text, std::size_t width) {
    const std::size_t used = display_width(text);
    if (used < width) text.append(width - used, ' ');
    return text;
  }

  /// The padding has no tone, so that it can be dropped at the end of a line.
  [[nodiscard]] std::string toned_cell(const std::string& text, Tone tone,
                                       std::size_t width) const {
    const std::size_t used = display_width(text);
    return pen_.toned(text, tone) + std::string(width - std::min(width, used), ' ');
  }

  /// Gives every task that made a step a column, or says that they do not fit. Where there is less
  /// room than the cells want, narrow columns keep their width and the wide ones share the rest.
  [[nodiscard]] bool fit_columns() {
    // Checked before any text is made: a hostile file may have a million tasks.
    const std::size_t most = (width_ - std::min(width_, gutter_width())) / least_column;
    column_of_.assign(trace_.tasks.size(), no_column);
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) {
      const TraceStep& step = trace_.steps[i];
      if (!is_drawn_[i]) continue;
      if (step.task >= column_of_.size()) return false;
      if (column_of_[step.task] != no_column) continue;
      if (columns_.size() == most) return false;
      column_of_[step.task] = columns_.size();
      columns_.push_back({step.task, task_name(step.task), 0});
    }
    // In order of creation, as the reader knows them, not of the first step.
    std::sort(columns_.begin(), columns_.end(),
              [](const Column& a, const Column& b) { return a.task < b.task; });
    for (std::size_t i = 0; i < columns_.size(); ++i) column_of_[columns_[i].task] = i;

    const std::size_t borders = gutter_width() + separator_width * (columns_.size() - 1);
    if (borders + least_column * columns_.size() > width_) return false;
    measure_columns();
    if (share(width_ - borders)) return true;
    // Better short than broken over many lines.
    short_trace_ = trace_;
    main_file_ = leave_out_main_file(*short_trace_);
    measure_columns();
    static_cast<void>(share(width_ - borders));
    return true;
  }

  [[nodiscard]] std::vector<CellLine> cell(std::size_t step) const {
    return cell_of(short_trace_ ? *short_trace_ : trace_, step,
                   is_failing(step) ? Tone::failure : Tone::plain, style_.charset);
  }

  void measure_columns() {
    for (Column& column : columns_)
      column.width = std::max(least_column, display_width(column.heading));
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) {
      if (!is_drawn_[i]) continue;
      Column& column = columns_[column_of_[trace_.steps[i].task]];
      for (const CellLine& line : cell(i))
        column.width = std::max(column.width, display_width(line.text));
    }
  }

  /// Whether all cells get the width that they want.
  [[nodiscard]] bool share(std::size_t room) {
    std::vector<Column*> narrow_first;
    narrow_first.reserve(columns_.size());
    for (Column& column : columns_) narrow_first.push_back(&column);
    std::sort(narrow_first.begin(), narrow_first.end(), [](const Column* a, const Column* b) {
      return a->width != b->width ? a->width < b->width : a->task < b->task;
    });
    std::size_t left = narrow_first.size();
    bool fits = true;
    for (Column* column : narrow_first) {
      fits = fits && column->width <= room / left;
      column->width = std::min(column->width, room / left);
      room -= column->width;
      --left;
    }
    return fits;
  }

  void draw_columns() {
    std::string line(gutter_width(), ' ');
    std::string rule(gutter_width(), ' ');
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::size_t width = columns_[i].width;
      line += (i == 0 ? "" : separator()) +
              toned_cell(cut_to_width(columns_[i].heading, width, style_.charset), Tone::heading,
                         width);
      if (i > 0) rule += crossing();
      for (std::size_t column = 0; column < width; ++column) rule += dash();
    }
    if (!main_file_.empty())
      pen_.lines("", 0, "places like :14 are lines of " + pen_.clean(main_file_), Tone::faint);
    pen_.line(line);
    pen_.line(rule);
    draw_drawn([this](std::size_t step) { draw_row(step); });
  }

  template <class DrawStep>
  void draw_drawn(DrawStep draw_step) {
    for (std::size_t step = 0; step < trace_.steps.size(); ++step) {
      if (!is_drawn_[step]) continue;
      draw_gap(step);
      draw_step(step);
    }
    draw_gap(trace_.steps.size());
  }

  void draw_row(std::size_t step) {
    const std::size_t own = column_of_[trace_.steps[step].task];
    std::string start = gutter(step);
    for (const CellLine& cell_line : wrapped(cell(step), columns_[own].width)) {
      std::string line = start;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) line += separator();
        const std::size_t width = columns_[i].width;
        line +=
            i == own ? toned_cell(cell_line.text, cell_line.tone, width) : std::string(width, ' ');
      }
      pen_.line(line);
      start.assign(gutter_width(), ' ');
    }
    if (is_failing(step) && style_.epilogue) draw_failure(*schedule_.failure);
  }

  [[nodiscard]] bool is_utf8() const { return style_.charset == Charset::utf8; }
  [[nodiscard]] std::string separator() const { return is_utf8() ? " \u2502 " : " | "; }
  [[nodiscard]] std::string crossing() const { return is_utf8() ? "\u2500\u253C\u2500" : "-+-"; }
  [[nodiscard]] std::string dash() const { return is_utf8() ? "\u2500" : "-"; }

  // The list, where columns do not fit.

  void draw_list() {
    draw_drawn([this](std::size_t step) {
      const std::string name =
          cut_to_width(task_name(trace_.steps[step].task), most_name_width, style_.charset);
      std::string text = pen_.clean(trace_.describe_step(step));
      for (const TraceEffect& effect : trace_.steps[step].effects)
        if (is_told(trace_.steps[step], effect))
          text += "; " + pen_.clean(trace_.describe_effect(effect));
      pen_.line(gutter(step) + pen_.toned(name + ':', Tone::heading) + ' ' +
                pen_.toned(text, is_failing(step) ? Tone::failure : Tone::plain));
      if (is_failing(step) && style_.epilogue) draw_failure(*schedule_.failure);
    });
  }

  static constexpr std::size_t no_column = static_cast<std::size_t>(-1);

  const Schedule& schedule_;
  const Trace& trace_;
  const TimelineStyle& style_;
  std::size_t width_;
  std::size_t number_width_;    // Of the highest step.
  std::vector<bool> is_drawn_;  // By step.
  Pen pen_;
  std::map<std::size_t, std::size_t> need_at_;  // The number of the need, from 1, by step.
  bool is_file_told_ = false;
  std::optional<Trace> short_trace_;    // For the cells, where they would be too wide.
  std::string main_file_;               // That the places there lie in.
  std::vector<Column> columns_;         // In order of creation of their tasks.
  std::vector<std::size_t> column_of_;  // By task.
};

}  // namespace

std::string draw_timeline(const Schedule& schedule, const TimelineStyle& style) {
  const Schedule shorter = detail::with_bare_file_names(schedule);
  return Drawing(shorter, style).draw();
}

}  // namespace coweave
