#pragma once

#include <utility>
#include <vector>

#include "coweave/execution/foreign_proxies.hpp"
#include "coweave/execution/ready_queue.hpp"
#include "coweave/execution/task_table.hpp"
#include "coweave/execution/timer_queue.hpp"
#include "coweave/runtime/context.hpp"
#include "coweave/runtime/elsewhere.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave::detail {

/// The bookkeeping that every scheduler of tasks shares: which tasks there are, which are ready,
/// what waits for the clock or for quiet, and how one step is run. Which task steps next is decided
/// by the two that derive from it: an Execution asks a strategy, a RunLoop takes the head of the
/// queue.
class TaskLoop : public TaskServices {
 public:
  TaskControl& create_task(std::coroutine_handle<> root, std::exception_ptr* error,
                           const char* function, Place spawned_at) override;
  void create_tasks(std::span<ChildTask* const> children, const Place& place) override;
  void fork(TaskControl& task) override;
  void start_eagerly(TaskControl& task) override;
  void make_ready(TaskControl& task) override;
  void release_frame(TaskControl& task) noexcept override { destroy_frame(task); }
  void arm_timer(Waiter& waiter, Clock::time_point deadline) override;
  void disarm_timer(Waiter& waiter) noexcept override;
  void wait_until_idle(Waiter& waiter) override;
  void stop_waiting_until_idle(Waiter& waiter) noexcept override;
  void add_tear_down_hook(TearDownHook& hook) override;
  void remove_tear_down_hook(TearDownHook& hook) noexcept override;
  std::coroutine_handle<> make_proxy(ForeignWaiter& waiter) override;
  void drop_proxy(ForeignWaiter& waiter) noexcept override;
  void used_elsewhere(std::string_view what, const Place& place) noexcept override;
  void posted_elsewhere(std::function<void()> callable, std::string_view name,
                        const Place& place) override;

 protected:
  /// Runs one step of `task`, which stands at `position` in the ready queue, and files it by how
  /// the step ended. `running` is the calling thread's context. Returns whether anything unusual
  /// asks for attention: the root ended, a task forked, a stop.
  [[nodiscard, gnu::always_inline]] bool step(TaskControl& task, std::size_t position,
                                              Context& running) {
    running.current = &task;
    ++running.step_number;
    task.state = TaskState::running;
    bool goes_on = true;
    try {
      if (task.hook != nullptr) [[unlikely]] {
        run_hook(task);
      } else {
        task.leaf.resume();
      }
      goes_on = running.needs_attention;
    } catch (...) {
      end_by_exception(task);
    }
    if (goes_on) [[unlikely]]
      return finish_step(task, position, running);
    return file(task, position, running);
  }

  /// Runs `task`, which is blocked, within the step of another until it suspends; it is filed when
  /// that step has ended.
  void step_inline(TaskControl& task);
  /// Whether a step of `task`, which may have suspended already, is on the stack beneath the
  /// running one.
  [[nodiscard]] bool is_within_step_of(const TaskControl& task) const;

  /// Where there is room for a task, there is room for its entry in the ready queue: create_task()
  /// looks once. One entry more, since a task that is woken in the step in which it blocked stands
  /// there twice.
  void make_room_for_task();

  /// Makes the tasks ready that wait for quiet; false if there are none. Only when nothing is
  /// ready.
  bool wake_idle();
  /// Makes the tasks ready whose timers are due at `now`; false if there are none.
  bool fire_timers(Clock::time_point now);

  /// What becomes of the frames that an execution leaves.
  enum class Leftovers : std::uint8_t {
    destroyed,
    leaked,  ///< Code outside may refer to them, or do anything when they are destroyed.
  };
  /// Destroys what is left of the execution, or leaks it; primitives are inert meanwhile.
  void tear_down(Context& running, Leftovers leftovers) noexcept;
  /// After an execution in which every task counts once at most in Context::disposed_tasks: whether
  /// nothing is left to destroy, which is the usual case.
  [[nodiscard]] bool leaves_nothing(const Context& running) const {
    return !has_leftovers_ && running.disposed_tasks == tasks_.size();
  }
  /// Instead of tear_down() where an execution leaves nothing.
  void forget_tasks() noexcept {
    tasks_.forget();
    forget_queues();
  }

  TaskTable tasks_{*this};
  ReadyQueue ready_;
  TimerQueue timers_;
  WaitQueue idle_;
  ForeignProxies proxies_;
  LiveExecution live_{*this};

  /// Whether there is something to settle().
  [[nodiscard]] bool must_settle() const { return !forked_.empty() || !overdue_.empty(); }
  /// After a step that asked for more: files the tasks that were forked in it, then calls the
  /// listeners whose deadlines had passed when they were armed in it.
  void settle();

  /// Aborts if the ready queue, a wait queue or the timers contradict themselves, each other or the
  /// states of the tasks. Between two steps. `passed`: no timer is due then. O(n log n) for n
  /// tasks, waiters and timers.
  void check_structures(Clock::time_point passed) const;
  /// In builds with COWEAVE_CHECK_INVARIANTS, where an execution stands between two steps:
  /// check_structures(), every time while there are few tasks, and every n-th time for n tasks.
  void check_between_steps([[maybe_unused]] Clock::time_point passed) {
#ifdef COWEAVE_CHECK_INVARIANTS
    if (++steps_unchecked_ < tasks_.size() / 64) return;
    steps_unchecked_ = 0;
    check_structures(passed);
#endif
  }

 private:
  void forget_queues() {
    ready_.clear();
    has_leftovers_ = false;
  }
  /// Puts `task` where the end of its step leaves it; returns whether anything asks for attention.
  [[gnu::always_inline]] bool file(TaskControl& task, std::size_t position,
                                   const Context& running) {
    if (task.state == TaskState::ready_tail) [[likely]] {  // Most steps: nothing to jump over.
      ready_.move_to_back(task, position);
      return false;
    }
    switch (task.state) {
      case TaskState::ready_head:
        ready_.move_to_front(position);
        return false;
      case TaskState::finished:
        ready_.remove(position);
        if (task.references == 0) release_frame(task);
        return task.id == TaskId::root;
      default:
        ready_.remove(position);
        file_unusual(task);
        return running.needs_attention;
    }
  }
  /// create_task() where that takes more memory: called last, so that the usual case saves nothing.
  [[gnu::noinline]] TaskControl& grow_and_create_task(std::coroutine_handle<> root,
                                                      std::exception_ptr* error,
                                                      const char* function, Place spawned_at);
  void file_unusual(TaskControl& task);
  /// Resumes `task` within the step of another, until it suspends; does not file it.
  void run_within_step(TaskControl& task);
  /// Within a handler: a foreign coroutine let an exception out of its resume.
  static void end_by_exception(TaskControl& task);
  static void run_hook(TaskControl& task);
  /// The trampoline: coroutines that await each other inline resume one after the other in one
  /// step.
  static void resume_next(Context& running);
  /// The rest of a step() that goes on, or asks for attention.
  bool finish_step(TaskControl& task, std::size_t position, Context& running);

  std::vector<TaskControl*> forked_;         // In the step under way, or run inline.
  std::vector<TaskControl*> outer_;          // Whose steps are under way while another runs inline.
  std::vector<Listener*> overdue_;           // Armed in the step under way.
  TearDownHook* tear_down_hooks_ = nullptr;  // Last added first.
  bool has_leftovers_ = false;               // Timers, waiters for quiet or hooks: there were any.
#ifdef COWEAVE_CHECK_INVARIANTS
  std::size_t steps_unchecked_ = 0;
#endif
};

}  // namespace coweave::detail
