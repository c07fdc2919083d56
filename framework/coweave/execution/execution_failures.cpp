// How an execution ended, if not well: what it files as failures.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coweave/core/words.hpp"
#include "coweave/execution/exceptions.hpp"
#include "coweave/execution/execution.hpp"
#include "coweave/execution/other_threads.hpp"
#include "coweave/execution/recorder.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t longest_message = 16'384;         // Bytes, of the first failure ...
constexpr std::size_t longest_further_message = 1'024;  // ... and of the others.

/// Cuts a long text behind a whole character, and says how much is missing.
void shorten(std::string& text, std::size_t most) {
  if (text.size() <= most) return;
  const auto is_inside = [&text](std::size_t end) {
    return (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U;
  };
  std::size_t end = most;
  while (end > 0 && most - end < 4 && is_inside(end)) --end;
  const std::size_t missing = text.size() - end;
  text.resize(end);
  text += "... (" + counted(missing, "more byte") + ")";
}

}  // namespace

void Execution::add_livelock() {
  record_blocked();
  add_failure(
      FailureKind::livelock,
      "the execution has not ended after " +
          std::to_string(options_.max_steps * (1 + times_let_pass_)) +
          " steps, choices and awaits that completed at once" +
          (has_let_time_pass() ? "; the clock has moved " + counted(times_let_pass_, "time") +
                                     " although tasks were ready"
                               : ""),
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
  if (stopped_) {
    if (!strategy_error_) add_livelock();
    return move_consequences_back();
  }
  const std::size_t count = tasks_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const TaskControl& task = tasks_[static_cast<TaskId>(i)];
    const bool is_unseen = !task.is_retrieved && (task.result == TaskResult::exception);
    if (is_unseen || (i == 0 && task.result == TaskResult::cancelled)) [[unlikely]] {
      if (has_room_for_failure()) add_exception(task);
    }
  }
  move_consequences_back();
  if (!root.finished()) return;
  for (std::size_t i = 1; i < count; ++i) {
    const TaskControl& task = tasks_[static_cast<TaskId>(i)];
    if (task.finished() || task.is_daemon) [[likely]]
      continue;
    if (!has_room_for_failure()) continue;
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
    const bool is_added = add_failure(kind, message, place, task.id);
    if (is_added) failures_.back().step = last_step_of(task);
    return is_added;
  };
  try {
    if (!error) throw CancelledError(task.cancel_message);
    std::rethrow_exception(error);
  } catch (const MisuseError& thrown) {
    add(FailureKind::misuse, thrown.what(),
        place_in_user_code(thrown.place().file_name(), thrown.place().line(), &task));
  } catch (const CancelledError& thrown) {
    add(FailureKind::exception,
        "CancelledError" + left + (thrown.message().empty() ? "" : ": " + thrown.message()), last);
  } catch (const std::exception& thrown) {
    if (add(FailureKind::exception, type_name(thrown) + left + ": " + thrown.what(), last))
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
  move_consequences_back();
}

bool Execution::has_room_for_failure(std::size_t most) {
  if (failures_.size() < most) return true;
  ++failures_left_out_;
  return false;
}

bool Execution::add_failure(FailureKind kind, std::string message, SourceLine place, TaskId task,
                            std::size_t most) {
  if (!has_room_for_failure(most)) return false;
  const auto step = static_cast<std::uint32_t>(log_.empty() ? 0 : log_.size() - 1);
  shorten(message, failures_.empty() ? longest_message : longest_further_message);
  failures_.push_back({kind, std::move(message), std::move(place), step, task});
  if (recorder_ != nullptr) recorder_->failed();
  return true;
}

void Execution::move_consequences_back() {
  const auto is_consequence = [](const ExecutionFailure& failure) {
    return failure.is_consequence;
  };
  if (std::none_of(failures_.begin(), failures_.end(), is_consequence)) return;
  std::vector<ExecutionFailure> ordered;
  for (const bool moved_back : {false, true})
    for (ExecutionFailure& failure : failures_)
      if (failure.is_consequence == moved_back) ordered.push_back(std::move(failure));
  failures_ = std::move(ordered);
}

SourceLine Execution::place_in_user_code(const char* file, std::uint32_t line,
                                         const TaskControl* task) const {
  const std::string& root = options_.source_root;
  const auto is_foreign = [&root](std::string_view name) {
    return is_in_system_header(name) && (root.empty() || !name.starts_with(root));
  };
  if (line == 0 || file == nullptr || !is_foreign(file)) return source_line(file, line, root);
  for (; task != nullptr; task = task->parent == TaskId::none ? nullptr : &tasks_[task->parent])
    for (const Place& place : {task->resumes_from.place, task->spawned_at})
      if (place.line() != 0 && !is_foreign(place.file_name())) return source_line(place, root);
  return source_line(file, line, root);
}

}  // namespace coweave::detail
