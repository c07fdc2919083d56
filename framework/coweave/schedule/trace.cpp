#include "coweave/schedule/trace.hpp"

#include <algorithm>

#include "coweave/schedule/printable.hpp"

namespace coweave {
namespace {

/// What the value of a `finish` effect says: how the task ended.
enum class Ending : std::uint32_t { none, value, exception, cancelled };

/// A description is one line whatever the program named its tasks, and never fails: it is printed
/// where something else has already gone wrong.
[[nodiscard]] std::string name_of_task(const Trace& trace, std::uint32_t task) {
  if (task >= trace.tasks.size()) return "an unknown task";
  const TraceTask& found = trace.tasks[task];
  return printable(found.name.empty() ? "task " + found.path : found.name);
}

[[nodiscard]] std::string_view operation_text(OperationKind operation) {
  switch (operation) {
    case OperationKind::call:
      return "return of a child";
    case OperationKind::idle:
      return "wait until all tasks are blocked";
    case OperationKind::foreign:
      return "foreign await";
    case OperationKind::fault_point:
      return "await";
    case OperationKind::advance:
      return "time passes";
    case OperationKind::inject_cancel:
      return "is cancelled (injected)";
    case OperationKind::inject_wake:
      return "wakes unasked (injected)";
    case OperationKind::inject_fault:
      return "fault (injected)";
    case OperationKind::resume_inline:
      return "resumption on the spot of the await";
    case OperationKind::group:
      return "end of a task group";
    case OperationKind::wait_any:
      return "wait for tasks";
    case OperationKind::complete:
      return "completion of an operation";
    case OperationKind::run_handlers:
      return "run of all handlers";
    default:
      return to_string(operation);
  }
}

[[nodiscard]] std::string_view verb(OperationKind operation) {
  switch (operation) {
    case OperationKind::take:
      return "takes";
    case OperationKind::release:
      return "releases";
    case OperationKind::set:
      return "sets";
    case OperationKind::clear:
      return "clears";
    case OperationKind::notify:
      return "notifies";
    case OperationKind::arrive:
      return "arrives at";
    case OperationKind::pass:
      return "passes";
    case OperationKind::reset:
      return "resets";
    case OperationKind::abort:
      return "aborts";
    case OperationKind::add:
      return "adds an item to";
    case OperationKind::remove:
      return "removes an item from";
    case OperationKind::task_done:
      return "is done with an item of";
    case OperationKind::shut_down:
      return "shuts down";
    case OperationKind::wake:
      return "wakes";
    case OperationKind::spawn:
      return "spawns";
    case OperationKind::cancel:
      return "cancels";
    case OperationKind::timeout:
      return "times out";
    case OperationKind::choose:
      return "chooses";
    case OperationKind::resume:
      return "resumes inline";
    case OperationKind::check:
      return "fails a check";
    case OperationKind::read:
      return "reads";
    case OperationKind::write:
      return "writes";
    case OperationKind::update:
      return "updates";
    default:
      return operation_text(operation);
  }
}

[[nodiscard]] std::string_view ending_text(std::uint32_t value) {
  switch (static_cast<Ending>(value)) {
    case Ending::exception:
      return "ends by an exception";
    case Ending::cancelled:
      return "ends cancelled";
    default:
      return "ends";
  }
}

[[nodiscard]] std::string at(const SourceLine& place) {
  return place.known() ? " at " + printable(to_string(place)) : std::string();
}

}  // namespace

std::string Trace::describe_object(std::uint32_t object) const {
  if (object >= objects.size()) return "an unknown object";
  const TraceObject& found = objects[object];
  if (found.kind == ObjectKind::shared && !found.name.empty())
    return '"' + printable(found.name) + '"';  // A value needs no other word.
  std::string text(found.kind == ObjectKind::none ? "object" : to_string(found.kind));
  std::replace(text.begin(), text.end(), '_', ' ');
  text += ' ';
  text += found.name.empty() ? printable(found.path) : '"' + printable(found.name) + '"';
  return text;
}

std::string Trace::describe(OperationKind operation, std::optional<std::uint32_t> object) const {
  std::string text(operation_text(operation));
  if (object && is_injection(operation)) text += " in its wait for";
  if (object) text += ' ' + describe_object(*object);
  return text;
}

std::string Trace::describe_step(std::size_t step) const {
  if (step >= steps.size()) return "an unknown step";
  const TraceStep& found = steps[step];
  std::string text = describe(found.operation, found.object);
  if (found.operation == OperationKind::inject_fault)
    text += found.pick == 0 ? ": none" : ": throws";
  else if (found.operation == OperationKind::resume_inline)
    return text + at(found.place) + (found.pick == 0 ? ": runs inline" : ": becomes ready");
  else if (found.is_choice())
    text += ' ' + std::to_string(found.pick) + " of " + std::to_string(found.alternatives);
  return text + at(found.place);
}

std::string Trace::describe_effect(const TraceEffect& effect) const {
  std::string text(effect.kind == OperationKind::finish ? ending_text(effect.value)
                                                        : verb(effect.kind));
  if (!effect.exception.empty()) text = "ends by " + printable(effect.exception);
  if (effect.object) text += ' ' + describe_object(*effect.object);
  if (effect.other) text += ' ' + name_of_task(*this, *effect.other);
  if (effect.kind == OperationKind::notify)
    text += " (wakes " + std::to_string(effect.value) + ')';
  else if (effect.kind == OperationKind::choose)
    text += ' ' + std::to_string(effect.value);
  return text + at(effect.place);
}

}  // namespace coweave
