#include "coweave/execution/recorder.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace coweave::detail {
namespace {

constexpr std::size_t most_accesses = 48;  // Of one step; what has more is no story of its values.

bool is_access(OperationKind kind) {
  return kind == OperationKind::read || kind == OperationKind::write ||
         kind == OperationKind::update;
}

std::optional<std::uint32_t> index_or_none(TaskId id) {
  if (id == TaskId::none) return std::nullopt;
  return index_of(id);
}

/// Whether `waiting`, which is blocked, goes on only after the end of `awaited`, which has not
/// ended.
bool is_awaited(const TaskControl& awaited, const TaskControl& waiting) {
  switch (waiting.resumes_from.kind) {
    case OperationKind::join:
      for (const Waiter* joiner = awaited.joiners.front(); joiner != nullptr; joiner = joiner->next)
        if (joiner == waiting.waiter) return true;
      return false;
    case OperationKind::gather: {
      // Its children were made where it is awaited; others of the same parent are not waited for.
      const Place& made = awaited.spawned_at;
      const Place& gather = waiting.resumes_from.place;
      return awaited.parent == waiting.id && awaited.completion != nullptr &&
             made.line() == gather.line() && made.column() == gather.column() &&
             std::string_view(made.file_name()) == gather.file_name();
    }
    default:
      return false;
  }
}

}  // namespace

std::string path_of(const TaskControl& task, const TaskTable& tasks) {
  if (task.parent == TaskId::none) return "0";
  return path_of(tasks[task.parent], tasks) + "." + std::to_string(task.nth_child);
}

std::string function_name(std::string_view signature) {
  return std::string(function_name_in(signature));
}

std::string_view function_name_in(std::string_view signature) {
  // clang appends "[with ...]" or "[T = ...]", g++ the like: what matters stands before.
  if (const std::size_t with = signature.find(" ["); with != signature.npos)
    signature = signature.substr(0, with);
  for (const std::string_view closure : {"<lambda", "(anonymous class)", "(lambda"})
    if (signature.find(closure) != signature.npos) return "lambda";
  // The name ends at the first parenthesis outside template arguments, and begins after the last
  // space or "::" before it that is outside template arguments too.
  std::size_t begin = 0;
  std::size_t end = signature.size();
  int depth = 0;
  for (std::size_t i = 0; i < signature.size(); ++i) {
    const char c = signature[i];
    if (c == '<') ++depth;
    if (c == '>') --depth;
    if (depth > 0) continue;
    const bool is_anonymous = signature.substr(i).starts_with("(anonymous namespace)");
    if (c == '(' && !is_anonymous) {
      end = i;
      break;
    }
    if (is_anonymous) i += std::string_view("(anonymous namespace)").size() - 1;
    if (c == ' ' || c == ':' || c == '&' || c == '*') begin = i + 1;
  }
  const std::string_view whole = signature.substr(begin, end - begin);
  const std::string_view name = whole.substr(0, whole.find('<'));
  return name.empty() ? "task" : name;
}

void Recorder::task_created(const TaskControl& task, const TaskTable& tasks) {
  std::string name;
  if (task.parent == TaskId::none) {
    name = "body";
  } else {
    name = task.name.empty() ? function_name(task.function) : std::string(task.name.view());
    // Numbered by the spawn order of one parent, so that the name does not depend on the schedule;
    // by path where two parents spawn alike.
    const std::string family = path_of(tasks[task.parent], tasks) + " " + name;
    const std::uint32_t nth = ++names_[family];
    if (task.name.empty() || nth > 1) name += "#" + std::to_string(nth);
    // Of the children of other tasks than the body: whether a name is taken depends on the
    // schedule.
    if (task.name.empty() && task.parent != TaskId::root) name += " (" + path_of(task, tasks) + ")";
    const auto same = [&name](const TraceTask& other) { return other.name == name; };
    if (std::any_of(trace_.tasks.begin(), trace_.tasks.end(), same))
      name += " (" + path_of(task, tasks) + ")";
  }
  trace_.tasks.push_back(
      {path_of(task, tasks), name, source_line(task.spawned_at, source_root_), task.is_daemon});
  last_step_.push_back(0);
}

void Recorder::object_registered(const Object& object, const TaskTable& tasks) {
  objects_.push_back(add(object, tasks));
}

std::optional<std::uint32_t> Recorder::index(ObjectId id) const {
  if (id == ObjectId::none) return std::nullopt;
  return objects_[index_of(id)];
}

std::uint32_t Recorder::add(const Object& object, const TaskTable& tasks) {
  const SourceLine place = source_line(object.created_at(), source_root_);
  std::string path;
  if (object.is_older()) {
    older_.emplace_back(object.age(), static_cast<std::uint32_t>(trace_.objects.size()));
    path = "before/" + to_string(place);  // A number follows if need be: see name_older_objects.
  } else {
    const bool is_inside = object.creator() != TaskId::none;
    path = (is_inside ? path_of(tasks[object.creator()], tasks) : "outside") + "/" +
           std::to_string(object.ordinal());
  }
  trace_.objects.push_back(
      {std::move(path), object.kind(), std::string(object.name().view()), place});
  return static_cast<std::uint32_t>(trace_.objects.size() - 1);
}

void Recorder::value_accessed(OperationKind kind, const Object& object, const Place& place,
                              const TaskTable& tasks) {
  if (trace_.steps.empty()) return;
  const auto known = values_.find(object.age());
  const std::uint32_t value = known != values_.end()
                                  ? known->second
                                  : values_.emplace(object.age(), add(object, tasks)).first->second;
  std::vector<TraceEffect>& effects = trace_.steps.back().effects;
  std::size_t accesses = 0;
  for (const TraceEffect& effect : effects) {
    if (!is_access(effect.kind)) continue;
    if (++accesses == most_accesses || (effect.kind == kind && effect.object == value)) return;
  }
  effects.push_back({kind, value, {}, 0, source_line(place, source_root_)});
}

void Recorder::name_older_objects() {
  std::sort(older_.begin(), older_.end());
  std::unordered_map<std::string, std::uint32_t> count;
  for (const auto& [age, object] : older_) {
    std::string& path = trace_.objects[object].path;
    if (const std::uint32_t nth = ++count[path]; nth > 1) path += "#" + std::to_string(nth);
  }
}

Trace Recorder::take() {
  name_older_objects();
  return std::move(trace_);
}

TraceStep Recorder::picked(const ReadyTask& entry, std::uint32_t pick,
                           std::span<const ReadyTask* const> ready,
                           std::uint32_t injections) const {
  TraceStep step;
  step.task = index_of(entry.id);
  step.operation = entry.resumes_from.kind;
  step.object = index(entry.resumes_from.object);
  step.place = source_line(entry.resumes_from.place, source_root_);
  step.alternatives = static_cast<std::uint32_t>(ready.size()) + injections;
  step.pick = pick;
  for (const ReadyTask* other : ready) step.ready.push_back(index_of(other->id));
  step.injections = injections;
  return step;
}

void Recorder::step_picked(const TaskControl& task, std::uint32_t pick,
                           std::span<const ReadyTask* const> ready, std::uint32_t injections) {
  last_step_[index_of(task.id)] = static_cast<std::uint32_t>(trace_.steps.size());
  trace_.steps.push_back(picked(task, pick, ready, injections));
}

void Recorder::injected(const ReadyTask& entry, std::uint32_t pick,
                        std::span<const ReadyTask* const> ready, std::uint32_t injections) {
  trace_.steps.push_back(picked(entry, pick, ready, injections));
}

void Recorder::value_chosen(TaskId task, const Operation& operation, std::uint32_t alternatives,
                            std::uint32_t value) {
  TraceStep step;
  step.task = task == TaskId::none ? 0 : index_of(task);
  step.operation = operation.kind;
  step.object = index(operation.object);
  step.place = source_line(operation.place, source_root_);
  step.alternatives = alternatives;
  step.pick = value;
  trace_.steps.push_back(std::move(step));
}

void Recorder::effect(const Effect& effect, std::string exception) {
  if (trace_.steps.empty()) return;
  trace_.steps.back().effects.push_back(
      {effect.kind, index(effect.object), index_or_none(effect.other), effect.value,
       source_line(effect.place, source_root_), std::move(exception)});
}

void Recorder::task_blocked(const TaskControl& task, const TaskTable& tasks) {
  std::vector<std::uint32_t> awaits;
  for (std::uint32_t i = 0; i < tasks.size(); ++i) {
    const TaskControl& other = tasks[static_cast<TaskId>(i)];
    if (!other.finished() && is_awaited(other, task)) awaits.push_back(i);
  }
  trace_.blocked.push_back({index_of(task.id), task.resumes_from.kind,
                            index(task.resumes_from.object),
                            source_line(task.resumes_from.place, source_root_),
                            last_step_[index_of(task.id)], std::move(awaits)});
}

}  // namespace coweave::detail
