// How an execution ended, if not well: what it files as failures.
#include <string>
#include <utility>

#include "coweave/core/words.hpp"
#include "coweave/execution/exceptions.hpp"
#include "coweave/execution/execution.hpp"
#include "coweave/execution/other_threads.hpp"
#include "coweave/execution/recorder.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t most_described = 100;  // Failures of one execution.

}  // namespace

void Execution::add_livelock() {
  record_blocked();
  add_failure(FailureKind::livelock,
              "the execution has not ended after " + std::to_string(options_.max_steps) +
                  " steps, choices and awaits that completed at once",
              {}, TaskId::none);
}

std::string Execution::task_label(const TaskControl& task) const {
  if (task.parent == TaskId::none) return "the test body";
  if (!task.name.empty()) return "'" + std::string(task.name.view()) + "'";
  return "'" + function_name(task.function) + "' (task " + path_of(task, tasks_) + ")";
}

void Execution::record_blocked() {
  if (recorder_ != nullptr) recorder_->tasks_blocked(tasks_);
}

void Execution::report_blocked() {
  record_blocked();
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
  if (was_used_elsewhere_) return;  // What another thread did comes first: it explains the rest.
  const std::optional<std::size_t> others =
      foreign != nullptr ? count_other_threads() : std::optional<std::size_t>(0);
  if (others != std::optional<std::size_t>(0)) {
    add_failure(FailureKind::uncontrolled,
                task_label(*foreign) +
                    " awaits a foreign awaitable that nothing in this execution resumes: a "
                    "deadlock, or resumed by another thread of the process" +
                    (others ? ", which has " + std::to_string(*others) : std::string()),
                source_line(foreign->resumes_from.place, options_.source_root), foreign->id);
    return;
  }
  add_failure(FailureKind::deadlock,
              "nothing is ready and " + std::to_string(blocked) +
                  (blocked == 1 ? " task waits" : " tasks wait"),
              first == nullptr ? SourceLine{}
                               : source_line(first->resumes_from.place, options_.source_root),
              first == nullptr ? TaskId::none : first->id);
}

void Execution::report_results() {
  const TaskControl& root = tasks_[TaskId::root];
  if (stopped_) return strategy_error_ ? void() : add_livelock();
  const std::size_t count = tasks_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const TaskControl& task = tasks_[static_cast<TaskId>(i)];
    const bool is_unseen = !task.is_retrieved && (task.result == TaskResult::exception);
    if (is_unseen || (i == 0 && task.result == TaskResult::cancelled)) [[unlikely]] {
      if (has_room_for_failure(FailureKind::exception)) add_exception(task);
    }
  }
  if (!root.finished()) return;
  for (std::size_t i = 1; i < count; ++i) {
    const TaskControl& task = tasks_[static_cast<TaskId>(i)];
    if (task.finished() || task.is_daemon) [[likely]]
      continue;
    if (!has_room_for_failure(FailureKind::leaked_task)) continue;
    add_failure(FailureKind::leaked_task,
                task_label(task) +
                    " had not finished when the test body did (spawn_daemon it, or await it)",
                source_line(task.spawned_at, options_.source_root), task.id);
  }
  if (!failures_.empty()) record_blocked();  // Daemons too: what they wait for may be the cause.
}

const TaskControl& Execution::origin_of(const TaskControl& task) const {
  const std::exception_ptr& error = error_of(task);
  const TaskControl* origin = &task;
  for (std::size_t i = 0; error && i < tasks_.size(); ++i) {
    const TaskControl& other = tasks_[static_cast<TaskId>(i)];
    if (other.finished() && other.ended_in_step < origin->ended_in_step && error_of(other) == error)
      origin = &other;
  }
  return *origin;
}

std::uint32_t Execution::last_step_of(const TaskControl& task) const {
  std::uint64_t steps = task.ended_in_step - steps_before_;
  for (std::uint32_t i = 0; i < log_.size(); ++i)
    if (log_.view()[i].is_step() && --steps == 0) return i;
  return static_cast<std::uint32_t>(log_.size() - 1);
}

void Execution::add_exception(const TaskControl& reached) {
  const TaskControl& task = origin_of(reached);
  const SourceLine last = source_line(task.resumes_from.place, options_.source_root);
  const std::exception_ptr& error = error_of(task);
  const std::string left = " left " + task_label(task);
  const auto add = [&](FailureKind kind, const std::string& message, const SourceLine& place) {
    add_failure(kind, message, place, task.id);
    failures_.back().step = last_step_of(task);
  };
  try {
    if (!error) throw CancelledError(task.cancel_message);
    std::rethrow_exception(error);
  } catch (const MisuseError& thrown) {
    add(FailureKind::misuse, thrown.what(), source_line(thrown.place(), options_.source_root));
  } catch (const CancelledError& thrown) {
    add(FailureKind::exception,
        "CancelledError" + left + (thrown.message().empty() ? "" : ": " + thrown.message()), last);
  } catch (const std::exception& thrown) {
    add(FailureKind::exception, type_name(thrown) + left + ": " + thrown.what(), last);
    failures_.back().is_deadline_passed = is_deadline_passed(thrown);
  } catch (...) {
    add(FailureKind::exception, type_name_of_current() + left, last);
  }
}

void Execution::add_exception_of_call() {
  const std::string left = " left the call of the test body";
  try {
    throw;
  } catch (const StopExecution&) {
    if (!strategy_error_) add_livelock();
  } catch (const MisuseError& thrown) {
    add_failure(FailureKind::misuse, thrown.what(),
                source_line(thrown.place(), options_.source_root), TaskId::none);
  } catch (const std::exception& thrown) {
    add_failure(FailureKind::exception, type_name(thrown) + left + ": " + thrown.what(), {},
                TaskId::none);
  } catch (...) {
    add_failure(FailureKind::exception, type_name_of_current() + left, {}, TaskId::none);
  }
}

bool Execution::has_room_for_failure(FailureKind kind) {
  if (failures_.size() < most_described) return true;
  if (failures_left_out_++ == 0)
    failures_.push_back({kind, {}, {}, failures_.front().step, TaskId::none});
  failures_.back().kind = kind;
  failures_.back().message = "the last of " + counted(failures_left_out_, "failure") +
                             " of this execution that are not listed";
  return false;
}

void Execution::add_failure(FailureKind kind, std::string message, SourceLine place, TaskId task) {
  if (!has_room_for_failure(kind)) return;
  const auto step = static_cast<std::uint32_t>(log_.empty() ? 0 : log_.size() - 1);
  failures_.push_back({kind, std::move(message), std::move(place), step, task});
  if (recorder_ != nullptr) recorder_->failed();
}

}  // namespace coweave::detail
