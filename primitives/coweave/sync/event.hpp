#pragma once

#include <string_view>
#include <utility>

#include "coweave/runtime/async_wait.hpp"
#include "coweave/runtime/object.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave {

/// A flag that tasks wait for, with the semantics of asyncio.Event (CPython 3.13): level-triggered
/// for those who come, edge-triggered for those who wait, and it does not count: two sets before a
/// wait are one. Works from any coroutine type, in explore() and under run(). Must outlive its
/// waiters; destruction while waited for (daemons apart) is reported as misuse, not thrown.
class Event : private detail::Object {
 public:
  class WaitAwaiter;
  class AsyncWait;

  /// Clear. `name` is for reports.
  explicit Event(std::string_view name = {}, Place created_at = Place::current())
      : Object(ObjectKind::event, name, created_at) {}
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// `co_await event.wait()` gives true once the event was set: at once if it is, also if it has
  /// been cleared again between the set and the resume. Throws CancelledError.
  WaitAwaiter wait(Place place = Place::current());

  /// wait() as an operation of Asio: see Lock::async_acquire().
  template <class Token>
  requires detail::completion_token<Token>
  auto async_wait(Token&& token, Place place = Place::current());
  template <class Executor, class Token>
  requires detail::completion_token<Token>
  auto async_wait(const Executor& executor, Token&& token, Place place = Place::current());

  /// Sets the flag and makes all waiters ready, in order of arrival. Never suspends.
  void set(Place place = Place::current());
  /// Clears the flag. Waiters that a set() has made ready still return.
  void clear(Place place = Place::current());
  [[nodiscard]] bool is_set() const {
    detail::touch(*this, AccessKind::read);
    return is_set_;
  }

  /// Identity in reports; not for users.
  [[nodiscard]] const detail::Object& object() const { return *this; }

 private:
  bool is_set_ = false;
  detail::WaitQueue waiters_;
};

/// Awaiter of Event::wait().
class [[nodiscard("write: co_await event.wait();")]] Event::WaitAwaiter
    : public detail::QueuedAwaiter<> {
 public:
  WaitAwaiter(Event & event, const Place& place) : event_(event), place_(place) {}
  ~WaitAwaiter() {
    if (must_leave_queue()) [[unlikely]]
      event_.waiters_.remove(waiter_);
  }

  [[nodiscard]] bool await_ready() {
    was_set_ = event_.is_set();
    return was_set_ && !detail::suspends_when_complete();
  }
  void await_suspend(std::coroutine_handle<> leaf);
  bool await_resume();

 private:
  Event& event_;
  Place place_;
  bool was_set_ = false;
};

/// A wait without a coroutine.
class Event::AsyncWait {
 public:
  AsyncWait(Event& event, const Place& place) : event_(&event), place_(place) {}
  [[nodiscard]] Operation operation() const;
  detail::AsyncResult start(detail::AsyncWaiter& waiter);
  detail::AsyncResult finish(detail::AsyncWaiter& waiter, bool is_cancelled);
  void give_up(detail::AsyncWaiter& waiter) { finish(waiter, true); }
  void note_cancel() const { detail::touch(*event_, AccessKind::exclusive); }

 private:
  Event* event_;
  Place place_;
};

inline Event::WaitAwaiter Event::wait(Place place) { return {*this, place}; }

template <class Token>
requires detail::completion_token<Token>
auto Event::async_wait(Token&& token, Place place) {
  return detail::initiate_async(AsyncWait(*this, place), std::forward<Token>(token));
}
template <class Executor, class Token>
requires detail::completion_token<Token>
auto Event::async_wait(const Executor& executor, Token&& token, Place place) {
  return detail::initiate_async(AsyncWait(*this, place), executor, std::forward<Token>(token));
}

}  // namespace coweave
