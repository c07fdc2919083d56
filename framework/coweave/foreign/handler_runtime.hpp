#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/core/name.hpp"
#include "coweave/runtime/async_wait.hpp"
#include "coweave/runtime/context.hpp"
#include "coweave/runtime/frame_arena.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave::detail {

class ForeignRuntime;
struct Chain;

/// A move-only callable that another runtime has posted, type-erased. Run or destroyed once.
struct Handler {
  void (*invoke)(Handler&, ForeignRuntime&) = nullptr;  ///< Frees its memory before it calls.
  void (*destroy)(Handler&, ForeignRuntime&) noexcept = nullptr;
};

/// A promise that a handler may still come: an executor that tracks work, the operation that holds
/// one.
struct OutstandingWork {
  std::atomic<std::uint32_t> references = 0;
  TaskControl* owner = nullptr;  ///< The task that started it.
  Chain* chain = nullptr;        ///< Of `owner`, if its next handler may come from here.
  Operation operation{OperationKind::complete};  ///< Or the one on a primitive that it is for.
};

/// Handlers that follow one another, each posted or awaited by the one before: a task of the
/// scheduler, one handler a step. While blocked it waits for the completion of an operation.
struct Chain : Waiter {
  ForeignRuntime* runtime = nullptr;
  Handler* handler = nullptr;  ///< Of the next step.
  std::uint32_t origin = 0;
  std::uint32_t pending = 0;  ///< Outstanding work that may continue it.
};

/// Another runtime on top of the scheduler: what that calls its event loop. Each handler that it
/// posts runs as a step of a task. Which task: a handler that is posted by a step, or completes an
/// operation that a step started, continues the task of that step if it comes by an executor of the
/// same origin and the task has nothing else to do; else it begins a task, a child of that one. So
/// a coroutine that does one thing after the other is one task.
///
/// Used for one execution at a time, between begin() and end(); handlers run only between run() and
/// the end of that, as those of an event loop do. What is left when the execution ends is destroyed
/// before the test body's locals.
class ForeignRuntime {
 public:
  class RunAwaiter;

  ForeignRuntime();
  virtual ~ForeignRuntime() = default;
  ForeignRuntime(const ForeignRuntime&) = delete;
  ForeignRuntime& operator=(const ForeignRuntime&) = delete;

  /// Within a step. Throws Error elsewhere. `place`: for that.
  void begin(const Place& place);
  /// Destroys all that is left, and what that submits meanwhile. Returns whether nothing was left,
  /// and it may begin() again.
  bool end() noexcept;

  /// A number for what an executor says of itself: the name that its tasks get, and the place where
  /// it was asked for.
  [[nodiscard]] std::uint32_t origin(std::string_view name, const Place& place);

  /// Takes over `handler`. `via`: the work whose completion it is, or null. After the end of the
  /// execution it is destroyed by end(), never within submit(): the caller may hold a mutex.
  void submit(Handler& handler, OutstandingWork* via, std::uint32_t origin, OperationKind kind);
  /// Work that keeps run() from ending, owned by the running task.
  [[nodiscard]] OutstandingWork* start_work(std::uint32_t origin);
  static void share(OutstandingWork& work) noexcept {
    work.references.fetch_add(1, std::memory_order_relaxed);
  }
  void release(OutstandingWork& work) noexcept {
    if (work.references.fetch_sub(1, std::memory_order_acq_rel) == 1) end_work(work);
  }

  /// Whether a handler of this runtime is running on this thread: a dispatch may then run inline.
  [[nodiscard]] bool is_inside() const noexcept {
    return context.services == services_ && is_inside_;
  }
  /// Within a handler: the exception that it threw leaves run() when the step has ended.
  void capture_exception() noexcept;

  /// `co_await run()` lets handlers run until none is left and no work is outstanding. Throws what
  /// a handler threw; what is left then waits for the next run().
  [[nodiscard]] RunAwaiter run(Place place = Place::current());

  /// Whether the calling thread is another than that of the execution.
  [[nodiscard]] bool is_elsewhere() const noexcept { return context.services != services_; }
  /// Memory for handlers. Not while is_elsewhere().
  void* allocate(std::size_t size) { return memory_.allocate(size); }
  void deallocate(void* handler, std::size_t size) noexcept { memory_.deallocate(handler, size); }

 protected:
  /// Runs `handler`, in an environment that the other runtime may want around it.
  virtual void call(Handler& handler) { handler.invoke(handler, *this); }
  /// Whether anybody has got hold of the other runtime's own loop; false: it need not be polled.
  [[nodiscard]] virtual bool is_in_use() const = 0;
  /// Lets that loop submit what has completed. Never within a handler. Returns how many handlers
  /// ran in that loop itself, which no strategy can order.
  virtual std::size_t poll() = 0;
  /// Whether it has operations under way, as of the last poll().
  [[nodiscard]] virtual bool is_busy() const = 0;
  /// When its earliest timer is due, as of the last poll().
  [[nodiscard]] virtual std::optional<Clock::time_point> next_deadline() const = 0;
  /// Whether all that it may still do is to wait for timers, which next_deadline() knows.
  [[nodiscard]] virtual bool has_only_timers() = 0;
  /// Destroys its operations under way; handlers that it submits meanwhile are destroyed too.
  virtual void abandon() noexcept = 0;

  /// The program has run or stopped the other runtime's own loop.
  void report_interference();

 private:
  struct Origin {
    Name name;
    Place place;
  };
  /// A handler that has not been given to a task, or not to be run yet.
  struct Waiting {
    Handler* handler;
    TaskControl* owner;
    Chain* chain;  // That it may continue, or null.
    std::uint32_t origin;
    Operation operation;  // Without a place: that of the origin.
  };
  struct Hook : TearDownHook {
    ForeignRuntime* runtime = nullptr;
  };
  struct Call : Listener {
    ForeignRuntime* runtime = nullptr;
  };

  static void step(TaskControl& task);
  static bool ignore_cancellation(Waiter& waiter);
  void run_step(TaskControl& task, Chain& chain);
  void block(TaskControl& task, Chain& chain);
  void deliver(const Waiting& waiting);
  void begin_chain(const Waiting& waiting);
  void continue_chain(Chain& chain, Handler& handler, const Operation& operation);
  /// What `chain` waits for: an operation on a primitive if there is one.
  [[nodiscard]] Operation awaited_by(const Chain& chain) const;
  [[nodiscard]] TaskControl& current_owner() const;
  [[nodiscard]] Chain* chain_of(const TaskControl& task, std::uint32_t origin) const;
  void retire_chains() noexcept;
  void end_work(OutstandingWork& work) noexcept;
  void report_elsewhere();
  void report_uncontrolled(std::string message);
  void report_strayed(std::size_t count);
  void report_all_strayed();
  void poll_outside();
  void set_timer(std::optional<Clock::time_point> deadline);
  void disarm() noexcept;
  void end_run_if_done();
  void when_idle();
  void begin_run(Waiter& runner);
  void leave_run() noexcept;
  void shut_down() noexcept;
  void destroy_late() noexcept;

  FrameArena memory_;
  TaskServices* services_ = nullptr;
  TaskControl* body_ = nullptr;  // Within whose step it began.
  std::vector<Origin> origins_;
  std::vector<std::unique_ptr<Chain>> chains_;
  std::size_t chains_in_use_ = 0;
  std::deque<OutstandingWork> all_work_;
  std::vector<OutstandingWork*> free_work_;
  std::vector<Waiting> waiting_;  // For run().
  std::vector<Waiting> delivered_;
  std::size_t handlers_ = 0;  // Submitted, and not yet run to their end.
  std::size_t works_ = 0;
  std::exception_ptr error_;  // For run() to throw.
  Waiter* runner_ = nullptr;  // In run().
  bool is_running_ = false;
  bool is_inside_ = false;
  bool is_shut_down_ = true;
  bool is_drained_ = true;  // Nothing has been started since run() ended well.
  Hook at_tear_down_;
  Call at_deadline_;
  Call at_idle_;
  std::optional<Clock::time_point> armed_;
  std::mutex elsewhere_mutex_;
  std::vector<Handler*> elsewhere_;  // Submitted by other threads: never run.
  std::vector<Handler*> late_;       // Submitted since it shut down: never run.
  std::atomic<bool> any_elsewhere_ = false;
  bool was_elsewhere_ = false;  // In this execution.
  std::size_t strayed_ = 0;     // Handlers that ran in the other runtime's own loop.
  std::size_t strayed_told_ = 0;
  bool is_interference_told_ = false;
};

/// Awaiter of ForeignRuntime::run().
class [[nodiscard]] ForeignRuntime::RunAwaiter : public OwnAwaiter {
 public:
  RunAwaiter(ForeignRuntime& runtime, const Place& place) : runtime_(runtime), place_(place) {}
  RunAwaiter(const RunAwaiter&) = delete;
  RunAwaiter& operator=(const RunAwaiter&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> leaf);
  void await_resume();

 private:
  ForeignRuntime& runtime_;
  Place place_;
  Waiter waiter_;
};

inline ForeignRuntime::RunAwaiter ForeignRuntime::run(Place place) { return {*this, place}; }

}  // namespace coweave::detail
