#include "coweave/exploration/process/crash_schedule.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "coweave/execution/recorder.hpp"
#include "coweave/schedule/file/schedule_format.hpp"

namespace coweave::detail {
namespace {

// Larger executions are written as picks alone: the file would be longer than the reader takes, and
// the handler runs on a small stack.
constexpr std::size_t most_steps = 200'000;
constexpr std::uint32_t most_tasks = 20'000;
constexpr std::size_t deepest_path = 200;
// Tasks of one name are numbered by comparing each with those before it.
constexpr std::uint32_t most_numbered_tasks = 5'000;

/// Text of limited length that is put together without an allocation.
class Text {
 public:
  Text& operator<<(std::string_view text) {
    const std::string_view fitting = text.substr(0, buffer_.size() - used_);
    std::copy(fitting.begin(), fitting.end(), buffer_.data() + used_);
    used_ += fitting.size();
    return *this;
  }
  Text& operator<<(std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return *this << std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
  }
  [[nodiscard]] std::string_view view() const { return {buffer_.data(), used_}; }

 private:
  std::array<char, 3'072> buffer_{};
  std::size_t used_ = 0;
};

/// Writes tasks, objects and steps.
class StepWriter {
 public:
  StepWriter(SignalSafeWriter& out, const CrashSchedule& schedule)
      : out_(out), execution_(schedule.execution), source_root_(schedule.source_root) {
    for (const Step& step : execution_.steps())
      if (const TaskControl* const task = task_of(step); task != nullptr)
        tasks_ = std::max(tasks_, index_of(task->id) + 1);
  }

  [[nodiscard]] bool can_write() const {
    if (execution_.steps().empty() || execution_.steps().size() > most_steps || tasks_ > most_tasks)
      return false;
    for (std::uint32_t i = 0; i < tasks_; ++i)
      if (depth_of(task(i)) > deepest_path) return false;
    return std::all_of(execution_.steps().begin(), execution_.steps().end(),
                       [this](const Step& step) { return task_of(step) != nullptr; });
  }

  void write() {
    out_ << ",\n  \"tasks\": [";
    bool is_first = true;
    for (std::uint32_t i = 0; i < tasks_; ++i) {
      const TaskControl* const written = task(i);
      if (written == nullptr || execution_.is_intruder(static_cast<TaskId>(i))) continue;
      begin_line(is_first);
      write_task(*written);
    }
    out_ << "\n  ]";
    write_objects();
    out_ << ",\n  \"steps\": [";
    is_first = true;
    for (const Step& step : execution_.steps()) {
      begin_line(is_first);
      write_step(step);
    }
    out_ << "\n  ]";
  }

 private:
  void begin_line(bool& is_first) {
    out_ << (is_first ? "\n    {" : ",\n    {");
    is_first = false;
  }

  /// What the call of the body chooses counts as chosen by the body, as in a trace.
  [[nodiscard]] const TaskControl* task_of(const Step& step) const {
    return step.task == TaskId::none ? execution_.numbered_task(TaskId::root)
                                     : execution_.task_in_steps(step.task);
  }

  [[nodiscard]] const TaskControl* task(std::uint32_t index) const {
    return execution_.numbered_task(static_cast<TaskId>(index));
  }

  [[nodiscard]] std::size_t depth_of(const TaskControl* at) const {
    std::size_t depth = 0;
    while (at != nullptr && at->parent != TaskId::none && depth <= deepest_path) {
      at = execution_.numbered_task(at->parent);
      ++depth;
    }
    return depth;
  }

  /// As path_of() has it.
  void append_path(Text& text, const TaskControl& task) const {
    std::array<std::uint32_t, deepest_path + 1> numbers{};
    std::size_t depth = 0;
    const TaskControl* at = &task;
    while (at != nullptr && at->parent != TaskId::none && depth <= deepest_path) {
      numbers[depth++] = at->nth_child;
      at = execution_.numbered_task(at->parent);
    }
    text << "0";
    while (depth > 0) text << "." << std::uint64_t{numbers[--depth]};
  }

  [[nodiscard]] static std::string_view base_name(const TaskControl& task) {
    return task.name.empty() ? function_name_in(task.function) : task.name.view();
  }

  /// As Recorder::task_created() has it, as far as that shows.
  void append_name(Text& text, const TaskControl& named) const {
    if (named.parent == TaskId::none) {
      text << "body";
      return;
    }
    const std::string_view base = base_name(named);
    text << base;
    std::uint64_t nth = 1;
    bool is_ambiguous = named.name.empty() && named.parent != TaskId::root;
    for (std::uint32_t i = 0; tasks_ <= most_numbered_tasks && i < index_of(named.id); ++i) {
      const TaskControl* const other = task(i);
      if (other == nullptr || other->parent == TaskId::none || base_name(*other) != base) continue;
      if (other->parent == named.parent) ++nth;
      is_ambiguous = is_ambiguous || (other->parent != named.parent && !named.name.empty());
    }
    if (named.name.empty() || nth > 1) text << "#" << nth;
    if (!is_ambiguous) return;
    text << " (";
    append_path(text, named);
    text << ")";
  }

  void write_place(const Place& place) {
    if (place.line() == 0) return;
    out_ << R"(, "place": {"file": )";
    out_.json_string(shown_file(place.file_name(), source_root_));
    out_ << R"(, "line": )" << std::uint64_t{place.line()} << "}";
  }

  void write_task(const TaskControl& task) {
    Text path;
    append_path(path, task);
    Text name;
    append_name(name, task);
    out_ << R"("path": ")" << path.view() << R"(", "name": )";
    out_.json_string(name.view());
    if (task.is_daemon) out_ << R"(, "daemon": true)";
    write_place(task.spawned_at);
    out_ << "}";
  }

  void append_object_path(Text& text, std::size_t index) const {
    const NumberedObject& object = execution_.objects()[index];
    if (!object.is_older) {
      const TaskControl* const creator =
          object.creator == TaskId::none ? nullptr : execution_.numbered_task(object.creator);
      if (creator == nullptr) {
        text << "outside";
      } else {
        append_path(text, *creator);
      }
      text << "/" << std::uint64_t{object.ordinal};
      return;
    }
    const auto is_alike = [&object](const NumberedObject& other) {
      return other.is_older && other.created_at.line() == object.created_at.line() &&
             std::string_view(other.created_at.file_name()) == object.created_at.file_name();
    };
    text << "before/" << shown_file(object.created_at.file_name(), source_root_) << ":"
         << std::uint64_t{object.created_at.line()};
    const auto before = execution_.objects().first(index);
    const auto nth = std::count_if(before.begin(), before.end(), is_alike) + 1;
    if (nth > 1) text << "#" << static_cast<std::uint64_t>(nth);
  }

  void write_objects() {
    const std::span<const NumberedObject> objects = execution_.objects();
    if (objects.empty()) return;
    out_ << ",\n  \"objects\": [";
    bool is_first = true;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      begin_line(is_first);
      Text path;
      append_object_path(path, i);
      out_ << "\"path\": ";
      out_.json_string(path.view());
      out_ << R"(, "kind": ")" << to_string(objects[i].kind) << "\"";
      if (!objects[i].name.empty()) {
        out_ << ", \"name\": ";
        out_.json_string(objects[i].name.view());
      }
      write_place(objects[i].created_at);
      out_ << "}";
    }
    out_ << "\n  ]";
  }

  void write_step(const Step& step) {
    Text path;
    if (const TaskControl* const task = task_of(step); task != nullptr) append_path(path, *task);
    out_ << R"("task": ")" << path.view() << R"(", "operation": ")"
         << to_string(step.operation.kind) << "\"";
    const std::size_t object = index_of(step.operation.object);
    if (object < execution_.objects().size()) {
      Text name;
      append_object_path(name, object);
      out_ << ", \"object\": ";
      out_.json_string(name.view());
    }
    write_place(step.operation.place);
    out_ << R"(, "alternatives": )" << std::uint64_t{step.alternatives} << R"(, "pick": )"
         << std::uint64_t{step.pick} << "}";
  }

  SignalSafeWriter& out_;
  const Execution& execution_;
  std::string_view source_root_;
  std::uint32_t tasks_ = 0;  // That have stepped, and those created before one of them.
};

void write_failure(SignalSafeWriter& out, const CrashSchedule& schedule) {
  const std::span<const Step> steps = schedule.execution.steps();
  out << ",\n  \"failure\": {\"kind\": \"crash\", \"message\": ";
  out.json_string(schedule.cause);
  if (!steps.empty() && steps.back().operation.place.line() != 0) {
    const Place& place = steps.back().operation.place;
    out << R"(, "place": {"file": )";
    out.json_string(shown_file(place.file_name(), schedule.source_root));
    out << R"(, "line": )" << std::uint64_t{place.line()} << "}";
  }
  out << ", \"step\": " << std::uint64_t{steps.empty() ? 0 : steps.size() - 1} << "}";
}

}  // namespace

void write_crash_schedule(SignalSafeWriter& out, const CrashSchedule& schedule) {
  const std::span<const Step> steps = schedule.execution.steps();
  out << schedule.head << ",\n  \"strategy\": {\"name\": ";
  out.json_string(schedule.strategy);
  out << ", \"seed\": " << schedule.seed << ", \"execution\": " << schedule.number << "}";
  write_failure(out, schedule);
  out << ",\n  \"fingerprint\": \"";
  out.hexadecimal(fingerprint_of(steps));
  out << "\",\n  \"picks\": [";
  bool is_first = true;
  for (const Step& step : steps) {
    if (step.alternatives < 2) continue;
    if (!is_first) out << ", ";
    is_first = false;
    out << std::uint64_t{step.pick};
  }
  out << "]";
  if (StepWriter writer(out, schedule); writer.can_write()) writer.write();
  out << "\n}\n";
}

}  // namespace coweave::detail
