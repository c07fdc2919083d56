// What must hold between two steps of the structures that make tasks ready.
#include <algorithm>
#include <vector>

#include "coweave/execution/task_loop.hpp"

namespace coweave::detail {
namespace {

bool is_ready(const TaskControl& task) {
  return task.state == TaskState::ready || task.state == TaskState::ready_head ||
         task.state == TaskState::ready_tail;
}

/// The links to the neighbours of `waiter` in its queue, whatever queue that is.
void check_links(const Waiter& waiter) {
  COWEAVE_INVARIANT(waiter.previous == nullptr || waiter.previous->next == &waiter);
  COWEAVE_INVARIANT(waiter.next == nullptr || waiter.next->previous == &waiter);
}

/// A task is blocked exactly as long as what it waits for has no answer.
void check_waiter(const TaskControl& task) {
  const Waiter* const waiter = task.waiter;
  if (task.state == TaskState::blocked) {
    if (waiter == nullptr) return;  // What it waited for is gone.
    COWEAVE_INVARIANT(waiter->task == &task);
    COWEAVE_INVARIANT(waiter->state == WaiterState::pending);
    check_links(*waiter);
  } else if (task.state == TaskState::ready && waiter != nullptr) {
    COWEAVE_INVARIANT(waiter->state != WaiterState::pending);
    COWEAVE_INVARIANT(waiter->state != WaiterState::cancelled || waiter->timer == 0);
    check_links(*waiter);
  }
}

}  // namespace

void ReadyQueue::check_invariants() const {
  COWEAVE_INVARIANT(view_.injections <= view_.size);
  COWEAVE_INVARIANT(view_.size <= most_);
  static thread_local std::vector<const ReadyTask*> entries;
  entries.clear();
  for (std::size_t i = 0; i + view_.injections < view_.size; ++i) entries.push_back(&view_.at(i));
  for (const ReadyTask* const entry : entries) {
    COWEAVE_INVARIANT(entry != nullptr);
    COWEAVE_INVARIANT(is_ready(*static_cast<const TaskControl*>(entry)));
  }
  std::sort(entries.begin(), entries.end());
  COWEAVE_INVARIANT(std::adjacent_find(entries.begin(), entries.end()) == entries.end());
}

void TaskLoop::check_structures(Clock::time_point passed) const {
  ready_.check_invariants();
  timers_.check_invariants(passed);
  idle_.check_invariants();
  COWEAVE_INVARIANT(forked_.empty() && outer_.empty() && overdue_.empty());
  std::size_t ready = 0;
  std::size_t unfinished = 0;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const TaskControl& task = tasks_[static_cast<TaskId>(i)];
    if (task.finished()) continue;
    ++unfinished;
    if (is_ready(task)) ++ready;
    COWEAVE_INVARIANT(task.state != TaskState::running);
    check_waiter(task);
    task.joiners.check_invariants();
  }
  COWEAVE_INVARIANT(ready == ready_.view().size - ready_.view().injections);
  COWEAVE_INVARIANT(unfinished == context.unfinished_tasks);
}

}  // namespace coweave::detail
