#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>

#include "coweave/core/error.hpp"
#include "coweave/core/words.hpp"
#include "coweave/schedule/file/schedule_format.hpp"
#include "coweave/schedule/schedule.hpp"

#ifndef COWEAVE_VERSION
#error "the build has to define COWEAVE_VERSION as a string"
#endif

namespace coweave {
namespace {

using detail::ScheduleParts;

/// Bytes that are not UTF-8 are replaced: a failure must be saved whatever its message holds.
[[nodiscard]] std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Appends `{"key": value, ...}` on one line. nlohmann's dump() puts either everything on one line
/// or each member on its own, but a diff of two files is readable only with one step per line.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;
  ~ObjectWriter() { out_ += '}'; }

  /// Appends the key; the caller appends the value to what is returned.
  std::string& key(std::string_view name) {
    if (!is_first_) out_ += ", ";
    is_first_ = false;
    return ((out_ += '"') += name) += "\": ";
  }
  void field(std::string_view name, std::string_view text) { key(name) += json_string(text); }
  void field(std::string_view name, std::uint64_t number) { key(name) += std::to_string(number); }
  void place(const SourceLine& place) {
    if (place == SourceLine{}) return;
    ObjectWriter object(key("place"));
    object.field("file", place.file);
    object.field("line", place.line);
  }

 private:
  std::string& out_;
  bool is_first_ = true;
};

template <class Range, class Write>
void write_list(std::string& out, const Range& range, std::string_view separator, Write write) {
  bool is_first = true;
  for (const auto& element : range) {
    if (!is_first) out += separator;
    is_first = false;
    write(element);
  }
}

class ScheduleWriter {
 public:
  ScheduleWriter(const Schedule& schedule, ScheduleParts parts)
      : schedule_(schedule),
        parts_(schedule.trace.is_excerpt ? ScheduleParts::picks : parts),
        written_(&schedule.trace) {}

  [[nodiscard]] std::string write() {
    out_ = "{";
    member("format") += json_string(detail::schedule_format_name);
    member("version") += std::to_string(detail::schedule_format_version);
    member("coweave") += json_string(COWEAVE_VERSION);
    if (!schedule_.recorded_with.empty()) write_versions(schedule_.recorded_with);
    member("test") += json_string(schedule_.test);
    if (!schedule_.program.empty()) member("program") += json_string(schedule_.program);
    member("await_points") += json_string(to_string(schedule_.await_points));
    if (schedule_.injections != Injections{}) write_injections(schedule_.injections);
    write_strategy();
    if (schedule_.failure) write_failure(*schedule_.failure);
    member("fingerprint") += json_string(fingerprint_text());
    write_picks();
    if (parts_ == ScheduleParts::picks) {
      std::vector<std::string> notes = schedule_.explanation.notes;
      if (!trace().steps.empty())
        notes.insert(notes.begin(), "only its picks are in this file: the trace of its " +
                                        counted(trace().step_count(), "step") + " is too large");
      write_notes(notes);
      out_ += "\n}\n";
      return std::move(out_);
    }
    write_lines("tasks", trace().tasks, [this](const TraceTask& task) { write_task(task); });
    write_lines("objects", trace().objects, [this](const TraceObject& o) { write_object(o); });
    write_lines("steps", trace().steps, [this](const TraceStep& step) { write_step(step); });
    write_lines("blocked", trace().blocked, [this](const TraceBlocked& b) { write_blocked(b); });
    write_explanation(schedule_.explanation);
    out_ += "\n}\n";
    return std::move(out_);
  }

 private:
  /// Begins a line of the outermost object; the caller appends the value to what is returned.
  std::string& member(std::string_view name) {
    out_ += out_.size() == 1 ? "\n  \"" : ",\n  \"";
    return (out_ += name) += "\": ";
  }

  template <class Range, class Write>
  void write_lines(std::string_view name, const Range& elements, Write write) {
    if (elements.empty()) return;
    member(name) += "[\n    ";
    write_list(out_, elements, ",\n    ", write);
    out_ += "\n  ]";
  }

  void write_injections(const Injections& injections) {
    ObjectWriter object(member("injections"));
    object.field("cancellations", injections.cancellation.at_most);
    if (!injections.cancellation.tasks.empty()) {
      object.key("tasks") += '[';
      write_list(out_, injections.cancellation.tasks, ", ",
                 [this](const std::string& task) { out_ += json_string(task); });
      out_ += ']';
    }
    object.field("faults", injections.faults);
    object.field("wakeups", injections.wakeups);
    object.field("timers", to_string(injections.timers));
    if (injections.early_timers != Injections::unlimited)
      object.field("early_timers", injections.early_timers);
    if (injections.inline_resumption != InlineResumption::explored)
      object.field("inline_resumption", to_string(injections.inline_resumption));
  }

  void write_versions(const Versions& versions) {
    ObjectWriter object(member("recorded_with"));
    if (!versions.coweave.empty()) object.field("coweave", versions.coweave);
    if (!versions.compiler.empty()) object.field("compiler", versions.compiler);
    if (!versions.asio.empty()) object.field("asio", versions.asio);
  }

  void write_strategy() {
    ObjectWriter object(member("strategy"));
    object.field("name", schedule_.strategy);
    object.field("seed", schedule_.seed);
    object.field("execution", schedule_.execution);
  }

  void write_failure(const ScheduleFailure& failure) {
    ObjectWriter object(member("failure"));
    object.field("kind", to_string(failure.kind));
    object.field("message", failure.message);
    object.place(failure.place);
    object.field("step", failure.step + trace().steps_before);
  }

  void write_picks() {
    constexpr std::size_t many = 100'000;  // For which no space is wasted.
    member("picks") += '[';
    write_list(out_, schedule_.picks, schedule_.picks.size() < many ? ", " : ",",
               [this](std::uint32_t pick) { write_number(pick); });
    out_ += ']';
  }

  void write_number(std::uint32_t number) {
    std::array<char, 10> digits{};
    out_.append(digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
  }

  void write_notes(const std::vector<std::string>& notes) {
    write_lines("notes", notes, [this](const std::string& note) { out_ += json_string(note); });
  }

  void write_explanation(const ScheduleExplanation& explanation) {
    write_lines("needs", explanation.needs, [this](const ScheduleNeed& need) {
      ObjectWriter object(out_);
      object.field("step", need.step);
      object.field("text", need.text);
      if (need.last_step > need.step) object.field("last_step", need.last_step);
    });
    write_notes(explanation.notes);
    if (explanation.passing && parts_ == ScheduleParts::all) write_passing(*explanation.passing);
  }

  /// Writes the steps from the first that differs on: the schedule itself has those before it.
  /// Writes nothing if the schedule lacks them, since its trace was taken away.
  void write_passing(const PassingTrace& passing) {
    if (passing.step > std::min(trace().steps.size(), passing.trace.steps.size())) return;
    member("passing_step") += std::to_string(passing.step);
    if (passing.is_last) member("passing_is_last") += "true";
    written_ = &passing.trace;
    write_lines("passing_tasks", trace().tasks, [this](const TraceTask& t) { write_task(t); });
    write_lines("passing_objects", trace().objects,
                [this](const TraceObject& o) { write_object(o); });
    write_lines("passing_steps", std::span(trace().steps).subspan(passing.step),
                [this](const TraceStep& step) { write_step(step); });
    written_ = &schedule_.trace;
  }

  void write_task(const TraceTask& task) {
    ObjectWriter object(out_);
    object.field("path", task.path);
    if (!task.name.empty()) object.field("name", task.name);
    if (task.is_daemon) object.key("daemon") += "true";
    object.place(task.place);
  }

  void write_object(const TraceObject& traced) {
    ObjectWriter object(out_);
    object.field("path", traced.path);
    object.field("kind", to_string(traced.kind));
    if (!traced.name.empty()) object.field("name", traced.name);
    object.place(traced.place);
  }

  void write_step(const TraceStep& step) {
    ObjectWriter object(out_);
    object.field("task", task_path(step.task));
    object.field("operation", to_string(step.operation));
    if (step.object) object.field("object", object_path(*step.object));
    object.place(step.place);
    if (step.is_choice() || !step.knows_ready()) {
      object.field("alternatives", step.alternatives);
    } else {
      object.key("ready") += '[';
      write_list(out_, step.ready, ", ",
                 [this](std::uint32_t task) { out_ += json_string(task_path(task)); });
      out_ += ']';
      if (step.injections > 0) object.field("injections", step.injections);
    }
    object.field("pick", step.pick);
    if (step.effects.empty()) return;
    object.key("effects") += '[';
    write_list(out_, step.effects, ", ", [this](const TraceEffect& e) { write_effect(e); });
    out_ += ']';
  }

  void write_effect(const TraceEffect& effect) {
    ObjectWriter object(out_);
    object.field("operation", to_string(effect.kind));
    if (effect.object) object.field("object", object_path(*effect.object));
    if (effect.other) object.field("task", task_path(*effect.other));
    if (effect.value != 0) object.field("value", effect.value);
    if (!effect.exception.empty()) object.field("exception", effect.exception);
    object.place(effect.place);
  }

  void write_blocked(const TraceBlocked& blocked) {
    ObjectWriter object(out_);
    object.field("task", task_path(blocked.task));
    object.field("operation", to_string(blocked.operation));
    if (blocked.object) object.field("object", object_path(*blocked.object));
    object.place(blocked.place);
    object.field("since_step", blocked.since_step);
    if (blocked.awaits.empty()) return;
    object.key("awaits") += '[';
    write_list(out_, blocked.awaits, ", ",
               [this](std::uint32_t task) { out_ += json_string(task_path(task)); });
    out_ += ']';
  }

  [[nodiscard]] const Trace& trace() const { return *written_; }

  [[nodiscard]] std::string fingerprint_text() const {
    std::string digits(detail::fingerprint_digits, '0');
    std::uint64_t rest = schedule_.fingerprint;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, rest >>= 4U)
      *digit = "0123456789abcdef"[rest & 0xFU];
    return digits;
  }

  [[nodiscard]] const std::string& task_path(std::uint32_t task) const {
    check_reference("task", task, trace().tasks.size());
    return trace().tasks[task].path;
  }
  [[nodiscard]] const std::string& object_path(std::uint32_t object) const {
    check_reference("object", object, trace().objects.size());
    return trace().objects[object].path;
  }
  static void check_reference(std::string_view what, std::uint32_t index, std::size_t size) {
    if (index < size) return;
    throw Error("schedule: expected the number of " + std::string(what == "task" ? "a " : "an ") +
                std::string(what) + " below " + std::to_string(size) + ", found " +
                std::to_string(index));
  }

  const Schedule& schedule_;
  ScheduleParts parts_;
  const Trace* written_;  // The trace that is being written.
  std::string out_;
};

}  // namespace

std::string detail::schedule_text(const Schedule& schedule, ScheduleParts parts) {
  return ScheduleWriter(schedule, parts).write();
}

std::string Schedule::to_json() const { return detail::schedule_text(*this, ScheduleParts::all); }

}  // namespace coweave
