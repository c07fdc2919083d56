#pragma once

#include <algorithm>
#include <coroutine>
#include <deque>
#include <string_view>

#include "coweave/runtime/object.hpp"
#include "coweave/runtime/suspend.hpp"

namespace programs {

/// What asyncio's primitives are made of: a future that one task sleeps on. Set or cancelled it is
/// done at once, and its task runs later. For rebuilding the algorithms of the
/// programs in README.md as they were.
class OneShot : private coweave::detail::Object {
 public:
  class Awaiter;

  /// `name`: what it tells, for reports.
  explicit OneShot(std::string_view name, coweave::Place created_at = coweave::Place::current())
      : Object(coweave::ObjectKind::event, name, created_at) {}

  /// `co_await shot.wait()`: until set. At most one task, once. Throws CancelledError.
  [[nodiscard]] Awaiter wait(coweave::Place place = coweave::Place::current());
  /// No effect if it is done.
  void set() {
    if (done() || coweave::detail::context.is_tearing_down) return;
    if (waiter_.task == nullptr) {
      waiter_.state = coweave::detail::WaiterState::woken;
    } else {
      coweave::detail::wake(waiter_);
    }
  }
  /// Set or cancelled, though its task may not have resumed yet.
  [[nodiscard]] bool done() const { return waiter_.state != coweave::detail::WaiterState::pending; }
  [[nodiscard]] bool cancelled() const {
    return waiter_.state == coweave::detail::WaiterState::cancelled;
  }
  [[nodiscard]] bool was_set() const { return done() && !cancelled(); }

 private:
  coweave::detail::Waiter waiter_;
};

class [[nodiscard]] OneShot::Awaiter : public coweave::detail::OwnAwaiter {
 public:
  Awaiter(OneShot& shot, const coweave::Place& place) : shot_(shot), place_(place) {}
  bool await_ready() const { return shot_.done(); }
  void await_suspend(std::coroutine_handle<> leaf) {
    coweave::detail::suspend_blocked(leaf, {coweave::OperationKind::wait, shot_.id(), place_},
                                     shot_.waiter_);
  }
  void await_resume() const {
    if (shot_.waiter_.task != nullptr) coweave::detail::resume_or_throw(*shot_.waiter_.task);
  }

 private:
  OneShot& shot_;
  coweave::Place place_;
};

inline OneShot::Awaiter OneShot::wait(coweave::Place place) { return {*this, place}; }

/// Sleepers in order of arrival.
using Sleepers = std::deque<OneShot*>;

/// Puts a sleeper at the end of the queue, and takes it out on every exit of the scope.
class QueuedSleeper {
 public:
  QueuedSleeper(Sleepers& queue, OneShot& sleeper) : queue_(queue), sleeper_(sleeper) {
    queue_.push_back(&sleeper_);
  }
  QueuedSleeper(const QueuedSleeper&) = delete;
  QueuedSleeper& operator=(const QueuedSleeper&) = delete;
  ~QueuedSleeper() { std::erase(queue_, &sleeper_); }

 private:
  Sleepers& queue_;
  OneShot& sleeper_;
};

/// Sets the first that is not done. They stay queued: each takes itself out.
inline void set_first(const Sleepers& queue) {
  const auto first = std::find_if(queue.begin(), queue.end(),
                                  [](const OneShot* sleeper) { return !sleeper->done(); });
  if (first != queue.end()) (*first)->set();
}

/// Takes sleepers out until one is set; false if there was none.
inline bool pop_and_set(Sleepers& queue) {
  while (!queue.empty()) {
    OneShot& first = *queue.front();
    queue.pop_front();
    if (first.done()) continue;
    first.set();
    return true;
  }
  return false;
}

}  // namespace programs
