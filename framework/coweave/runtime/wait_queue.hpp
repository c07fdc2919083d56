#pragma once

#include <cstdint>

namespace coweave::detail {

struct TaskControl;
class WaitQueue;

enum class WaiterState : std::uint8_t { pending, woken, cancelled };

/// One suspended operation. Lives in the awaiter, so in the frame of the coroutine that awaits: its
/// address is stable until it resumes. asyncio's counterpart is the future that a waiter sleeps on:
/// waking marks it at once and runs the task later; a cancelled waiter stays queued until it
/// resumes. A waiter that is not pending has its answer: nothing that arrives later (a wake-up, a
/// timer, a cancellation) changes what it resumes with.
struct Waiter {
  TaskControl* task = nullptr;
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
  WaitQueue* queue = nullptr;  ///< That it stands in, or null.
  WaiterState state = WaiterState::pending;
  bool may_wake_spuriously = false;  ///< Its user must expect a wake-up without a cause.
  bool is_listener = false;          ///< It is a Listener.
  std::uint32_t timer = 0;   ///< For TimerQueue: where its timer stands, from 1; 0: it has none.
  bool is_deadline = false;  ///< Its timer limits what `task` does, which goes on without.
  /// Where cancelling the task has to cancel what it waits for instead (a join, a gather): asks
  /// that to end and returns whether it will. Null: the waiter itself becomes cancelled.
  bool (*forward_cancel)(Waiter&) = nullptr;

  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
};

/// Waits for a timer or for the end of a task in the place of a suspended task: a function is
/// called, within the step or at the moment that would wake the task.
struct Listener : Waiter {
  void (*call)(Listener&) = nullptr;

  Listener() { is_listener = true; }
};

/// Where a waiter may be a Listener: calls it, and returns whether it is one.
inline bool call_if_listener(Waiter& waiter) {
  if (!waiter.is_listener) [[likely]]
    return false;
  waiter.state = WaiterState::woken;
  auto& listener = static_cast<Listener&>(waiter);
  listener.call(listener);
  return true;
}

/// The waiters of one object in order of arrival. Intrusive; all operations are O(1) but the
/// searches.
class WaitQueue {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] Waiter* front() const { return first_; }

  void push_back(Waiter& waiter) {
    waiter.previous = last_;
    waiter.next = nullptr;
    waiter.queue = this;
    (last_ != nullptr ? last_->next : first_) = &waiter;
    last_ = &waiter;
  }
  void remove(Waiter& waiter) {
    (waiter.previous != nullptr ? waiter.previous->next : first_) = waiter.next;
    (waiter.next != nullptr ? waiter.next->previous : last_) = waiter.previous;
    waiter.previous = waiter.next = nullptr;
    waiter.queue = nullptr;
  }
  /// The first waiter that is neither woken nor cancelled, or null. O(waiters).
  [[nodiscard]] Waiter* first_pending() const {
    Waiter* waiter = first_;
    while (waiter != nullptr && waiter->state != WaiterState::pending) waiter = waiter->next;
    return waiter;
  }
  /// Aborts if the links contradict each other, or if a pending waiter is not what its task waits
  /// for. For tests and builds with COWEAVE_CHECK_INVARIANTS; not while tasks are destroyed.
  /// O(waiters).
  void check_invariants() const;
  /// Whether any waiter is not cancelled: woken ones that have not resumed count. O(waiters).
  [[nodiscard]] bool any_live() const {
    for (const Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next)
      if (waiter->state != WaiterState::cancelled) return true;
    return false;
  }

 private:
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

}  // namespace coweave::detail
