#include "coweave/execution/end_report.hpp"

#include <optional>
#include <utility>

#include "coweave/core/words.hpp"
#include "coweave/execution/exceptions.hpp"
#include "coweave/execution/other_threads.hpp"
#include "coweave/execution/recorder.hpp"

namespace coweave::detail {

void EndReport::begin_execution(Recorder* recorder) {
  recorder_ = recorder;
  steps_before_ = context.step_number;
}

std::string EndReport::label(const TaskControl& task) const {
  if (task.parent == TaskId::none) return "the test body";
  if (!task.name.empty()) return "'" + std::string(task.name.view()) + "'";
  return "'" + function_name(task.function) + "' (task " + path_of(task, tasks_) + ")";
}

void EndReport::note_blocked() {
  if (recorder_ != nullptr) recorder_->tasks_blocked(tasks_);
}

void EndReport::add_livelock(std::uint64_t max_steps, std::uint32_t times_let_pass) {
  note_blocked();
  std::string message = "the execution has not ended after " +
                        std::to_string(max_steps * (1 + times_let_pass)) +
                        " steps, choices and awaits that completed at once";
  if (times_let_pass != 0)
    message +=
        "; the clock has moved " + counted(times_let_pass, "time") + " although tasks were ready";
  failures_.add(FailureKind::livelock, std::move(message), {}, TaskId::none);
}

void EndReport::add_blocked(bool was_used_elsewhere) {
  note_blocked();
  const TaskControl* first = nullptr;
  std::size_t blocked = 0;
  const TaskControl* foreign = nullptr;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const TaskControl& task = tasks_[static_cast<TaskId>(i)];
    if (task.state != TaskState::blocked) continue;
    ++blocked;
    if (task.resumes_from.kind == OperationKind::foreign && foreign == nullptr) foreign = &task;
    // The body usually just waits for the others: the first other task tells more.
    if (first == nullptr || first->id == TaskId::root) first = &task;
  }
  if (was_used_elsewhere) return;
  const std::optional<std::size_t> others =
      foreign != nullptr ? count_other_threads() : std::optional<std::size_t>(0);
  if (others != std::optional<std::size_t>(0)) {
    failures_.add(FailureKind::uncontrolled,
                  label(*foreign) +
                      " awaits a foreign awaitable that nothing in this execution resumes: a "
                      "deadlock, or resumed by another thread of the process" +
                      (others ? ", which has " + std::to_string(*others) : std::string()),
                  failures_.line_of(foreign->resumes_from.place), foreign->id);
    return;
  }
  failures_.add(FailureKind::deadlock,
                "nothing is ready and " + std::to_string(blocked) +
                    (blocked == 1 ? " task waits" : " tasks wait"),
                first == nullptr ? SourceLine{} : failures_.line_of(first->resumes_from.place),
                first == nullptr ? TaskId::none : first->id);
}

void EndReport::add_results() {
  const TaskControl& root = tasks_[TaskId::root];
  const std::size_t count = tasks_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const TaskControl& task = tasks_[static_cast<TaskId>(i)];
    const bool is_unseen = !task.is_retrieved && (task.result == TaskResult::exception);
    if (is_unseen || (i == 0 && task.result == TaskResult::cancelled)) [[unlikely]] {
      if (failures_.has_room()) add_exception(task);
    }
  }
  failures_.move_consequences_back();
  if (!root.finished()) return;
  for (std::size_t i = 1; i < count; ++i) {
    const TaskControl& task = tasks_[static_cast<TaskId>(i)];
    if (task.finished() || task.is_daemon) [[likely]]
      continue;
    if (!failures_.has_room()) continue;
    failures_.add(
        FailureKind::leaked_task,
        label(task) + " had not finished when the test body did (spawn_daemon it, or await it)",
        failures_.line_of(task.spawned_at), task.id);
  }
  if (!failures_.empty()) note_blocked();  // Daemons too: what they wait for may be the cause.
}

const TaskControl& EndReport::origin_of(const TaskControl& task) const {
  const std::exception_ptr& error = error_of(task);
  const TaskControl* origin = &task;
  for (std::size_t i = 0; error && i < tasks_.size(); ++i) {
    const TaskControl& other = tasks_[static_cast<TaskId>(i)];
    if (other.finished() && other.ended_in_step < origin->ended_in_step && error_of(other) == error)
      origin = &other;
  }
  return *origin;
}

std::uint32_t EndReport::last_step_of(const TaskControl& task) const {
  std::uint64_t steps = task.ended_in_step - steps_before_;
  for (std::uint32_t i = 0; i < log_.size(); ++i)
    if (log_.view()[i].is_step() && --steps == 0) return i;
  return static_cast<std::uint32_t>(log_.size() - 1);
}

void EndReport::add_exception(const TaskControl& reached) {
  const TaskControl& task = origin_of(reached);
  const SourceLine last = failures_.line_of(task.resumes_from.place);
  const std::exception_ptr& error = error_of(task);
  const std::string left = " left " + label(task);
  const auto add = [&](FailureKind kind, const std::string& message, const SourceLine& place) {
    ExecutionFailure* const added = failures_.add(kind, message, place, task.id);
    if (added != nullptr) added->step = last_step_of(task);
    return added;
  };
  try {
    if (!error) throw CancelledError(task.cancel_message);
    std::rethrow_exception(error);
  } catch (const MisuseError& thrown) {
    add(FailureKind::misuse, thrown.what(),
        failures_.place_in_user_code(thrown.place().file_name(), thrown.place().line(), &task));
  } catch (const CancelledError& thrown) {
    add(FailureKind::exception,
        "CancelledError" + left + (thrown.message().empty() ? "" : ": " + thrown.message()), last);
  } catch (const std::exception& thrown) {
    ExecutionFailure* const added =
        add(FailureKind::exception, type_name(thrown) + left + ": " + thrown.what(), last);
    if (added != nullptr) added->is_deadline_passed = is_deadline_passed(thrown);
  } catch (...) {
    add(FailureKind::exception, type_name_of_current() + left, last);
  }
}

void EndReport::add_exception_of_call() {
  const std::string left = " left the call of the test body";
  try {
    throw;
  } catch (const MisuseError& thrown) {
    failures_.add(FailureKind::misuse, thrown.what(), failures_.line_of(thrown.place()),
                  TaskId::none);
  } catch (const std::exception& thrown) {
    failures_.add(FailureKind::exception, type_name(thrown) + left + ": " + thrown.what(), {},
                  TaskId::none);
  } catch (...) {
    failures_.add(FailureKind::exception, type_name_of_current() + left, {}, TaskId::none);
  }
}

void EndReport::add_exception_of_tear_down(const TaskControl* task) {
  std::string message = "an exception left a destructor while ";
  message += task != nullptr ? label(*task) : std::string("a task");
  message += " was destroyed, which had not ended: ";
  try {
    throw;
  } catch (const std::exception& thrown) {
    message += type_name(thrown) + ": " + thrown.what();
  } catch (...) {
    message += type_name_of_current();
  }
  failures_.add(FailureKind::exception, std::move(message),
                task != nullptr ? failures_.line_of(task->resumes_from.place) : SourceLine{},
                task != nullptr ? task->id : TaskId::none);
}

}  // namespace coweave::detail
