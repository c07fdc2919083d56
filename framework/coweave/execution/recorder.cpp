#include "coweave/execution/recorder.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

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

constexpr std::size_t most_path_numbers = 64;  // A longer path is shortened
constexpr std::size_t kept_path_numbers = 16;  // to so many of its first numbers, and a key.
constexpr std::uint64_t most_listed_ready = std::uint64_t{1} << 22U;  // In all steps: 16 MiB.
constexpr std::size_t few_ready = 64;                                 // Of each step, beyond that.

/// Whether the end of `awaited`, a child which has not ended, lets the gather go on in which its
/// parent `waiting` is blocked. Its children were made where it is awaited; others of the same
/// parent are not waited for.
bool is_gathered(const TaskControl& awaited, const TaskControl& waiting) {
  const Place& made = awaited.spawned_at;
  const Place& gather = waiting.resumes_from.place;
  return waiting.state == TaskState::blocked &&
         waiting.resumes_from.kind == OperationKind::gather && awaited.completion != nullptr &&
         made.line() == gather.line() && made.column() == gather.column() &&
         std::string_view(made.file_name()) == gather.file_name();
}

std::string shortened_path(std::string_view path, std::uint64_t key) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < kept_path_numbers && end != path.npos; ++i)
    end = path.find('.', end + (i == 0 ? 0 : 1));
  std::string text(path.substr(0, end));
  text += ".~";
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[key >> shift & 0xFU];
  return text;
}

/// `parent` is that of the parent.
std::string path_below(std::string_view parent, const TaskControl& task) {
  const auto numbers = static_cast<std::size_t>(std::count(parent.begin(), parent.end(), '.')) + 1;
  if (numbers < most_path_numbers && parent.find('~') == parent.npos)
    return std::string(parent) + "." + std::to_string(task.nth_child);
  return shortened_path(parent, task.key);
}

}  // namespace

std::string path_of(const TaskControl& task, const TaskTable& tasks) {
  std::vector<const TaskControl*> line;  // From the task up to a child of the root.
  for (const TaskControl* one = &task; one->parent != TaskId::none; one = &tasks[one->parent])
    line.push_back(one);
  std::string path = "0";
  const std::size_t numbers = line.size() + 1;
  const std::size_t kept = std::min(line.size(), most_path_numbers - 1);
  for (std::size_t i = 0; i < kept; ++i)
    path += "." + std::to_string(line[line.size() - 1 - i]->nth_child);
  return numbers > most_path_numbers ? shortened_path(path, task.key) : path;
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

std::string Recorder::path_of_child(const TaskControl& task) const {
  return task.parent == TaskId::none ? "0"
                                     : path_below(trace_.tasks[index_of(task.parent)].path, task);
}

void Recorder::task_created(const TaskControl& task) {
  std::string path = path_of_child(task);
  std::string name;
  if (task.parent == TaskId::none) {
    name = "body";
  } else {
    name = task.name.empty() ? function_name(task.function) : std::string(task.name.view());
    // Numbered by the spawn order of one parent, so that the name does not depend on the schedule;
    // by path where two parents spawn alike.
    const std::string family = std::to_string(index_of(task.parent)) + " " + name;
    const std::uint32_t nth = ++names_[family];
    if (task.name.empty() || nth > 1) name += "#" + std::to_string(nth);
    // Of the children of other tasks than the body: whether a name is taken depends on the
    // schedule.
    if (task.name.empty() && task.parent != TaskId::root) name += " (" + path + ")";
    if (taken_names_.contains(name)) name += " (" + path + ")";
  }
  taken_names_.insert(name);
  if (path.find('~') != path.npos) trace_.is_excerpt = true;
  trace_.tasks.push_back({std::move(path), std::move(name),
                          source_line(task.spawned_at, source_root_), task.is_daemon});
  last_step_.push_back(steps_so_far() == 0 ? 0 : steps_so_far() - 1);
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
    const std::size_t creator = index_of(object.creator());
    path = (!is_inside                      ? "outside"
            : creator < trace_.tasks.size() ? trace_.tasks[creator].path
                                            : path_of(tasks[object.creator()], tasks)) +
           "/" + std::to_string(object.ordinal());
  }
  trace_.objects.push_back(
      {std::move(path), object.kind(), std::string(object.name().view()), place});
  return static_cast<std::uint32_t>(trace_.objects.size() - 1);
}

void Recorder::value_accessed(OperationKind kind, const Object& object, const Place& place,
                              const TaskTable& tasks) {
  if (drops_effects()) return;
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

TraceStep Recorder::picked(const ReadyTask& entry, std::uint32_t pick, const ReadyView& ready,
                           std::uint32_t injections) const {
  TraceStep step;
  step.task = index_of(entry.id);
  step.operation = entry.resumes_from.kind;
  step.object = index(entry.resumes_from.object);
  step.place = source_line(entry.resumes_from.place, source_root_);
  step.alternatives = static_cast<std::uint32_t>(ready.size) + injections;
  step.pick = pick;
  const std::size_t listed = std::min(ready.size, most_ready_);
  step.ready.reserve(listed);
  for (std::size_t i = 0; i < listed; ++i) step.ready.push_back(index_of(ready.at(i).id));
  step.injections = injections;
  return step;
}

void Recorder::add_step(TraceStep step) {
  const std::uint64_t number = steps_so_far();
  if (trace_.steps_after != 0 || (failing_step_ != no_step && number > failing_step_ + window)) {
    ++trace_.steps_after;
    trace_.is_excerpt = true;
    return;
  }
  listed_ready_ += step.ready.size();
  trace_.steps.push_back(std::move(step));
  if (listed_ready_ > most_listed_ready) shorten_ready();
  // In halves, so that a step is moved once at most.
  const bool is_far_behind = failing_step_ == no_step || number <= failing_step_;
  if (trace_.steps.size() < 2 * std::size_t{window} || !is_far_behind) return;
  for (std::size_t i = 0; i < window; ++i) listed_ready_ -= trace_.steps[i].ready.size();
  trace_.steps.erase(trace_.steps.begin(), trace_.steps.begin() + window);
  trace_.steps_before += window;
  trace_.is_excerpt = true;
}

void Recorder::shorten_ready() {
  most_ready_ = few_ready;
  listed_ready_ = 0;
  trace_.is_excerpt = true;
  for (TraceStep& step : trace_.steps) {
    if (step.ready.size() > few_ready) {
      step.ready.resize(few_ready);
      step.ready.shrink_to_fit();
    }
    listed_ready_ += step.ready.size();
  }
}

void Recorder::failed() {
  if (failing_step_ == no_step && steps_so_far() != 0) failing_step_ = steps_so_far() - 1;
}

void Recorder::step_picked(const TaskControl& task, std::uint32_t pick, const ReadyView& ready,
                           std::uint32_t injections) {
  last_step_[index_of(task.id)] = steps_so_far();
  add_step(picked(task, pick, ready, injections));
}

void Recorder::injected(const ReadyTask& entry, std::uint32_t pick, const ReadyView& ready,
                        std::uint32_t injections) {
  add_step(picked(entry, pick, ready, injections));
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
  add_step(std::move(step));
}

void Recorder::effect(const Effect& effect, std::string exception) {
  if (drops_effects()) return;
  trace_.steps.back().effects.push_back(
      {effect.kind, index(effect.object), index_or_none(effect.other), effect.value,
       source_line(effect.place, source_root_), std::move(exception)});
}

void Recorder::tasks_blocked(const TaskTable& tasks) {
  std::unordered_map<const Waiter*, std::size_t> joins;  // Who waits by it, in trace_.blocked.
  std::vector<std::size_t> places(tasks.size());         // Of each blocked task, there.
  for (std::uint32_t i = 0; i < tasks.size(); ++i) {
    const TaskControl& task = tasks[static_cast<TaskId>(i)];
    if (task.state != TaskState::blocked) continue;
    places[i] = trace_.blocked.size();
    if (task.resumes_from.kind == OperationKind::join) joins.emplace(task.waiter, places[i]);
    const std::uint64_t since = last_step_[i];
    const std::uint64_t most = trace_.steps.empty() ? 0 : trace_.steps.size() - 1;
    trace_.blocked.push_back(
        {i,
         task.resumes_from.kind,
         index(task.resumes_from.object),
         source_line(task.resumes_from.place, source_root_),
         static_cast<std::uint32_t>(
             since < trace_.steps_before ? 0 : std::min(since - trace_.steps_before, most)),
         {}});
  }
  for (std::uint32_t i = 0; i < tasks.size(); ++i) {
    const TaskControl& other = tasks[static_cast<TaskId>(i)];
    if (other.finished()) continue;
    for (const Waiter* joiner = other.joiners.front(); joiner != nullptr; joiner = joiner->next)
      if (const auto found = joins.find(joiner); found != joins.end())
        trace_.blocked[found->second].awaits.push_back(i);
    if (other.parent != TaskId::none && is_gathered(other, tasks[other.parent]))
      trace_.blocked[places[index_of(other.parent)]].awaits.push_back(i);
  }
}

}  // namespace coweave::detail
