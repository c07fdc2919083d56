#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "coweave/runtime/async_wait.hpp"
#include "coweave/runtime/object.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave {

class BarrierGuard;

/// Thrown by Barrier::wait() when the barrier was reset or aborted.
class BrokenBarrierError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A meeting point of `parties` tasks, with the semantics of asyncio.Barrier (CPython 3.13): it
/// fills until all wait, then drains, and can be used again. Three differences. The parties of a
/// round have the indices 0 to parties - 1, each once, also when one is cancelled while the barrier
/// fills (gh-155233): they are numbered in order of arrival when the round is complete. A party
/// stops counting when it is cancelled, not when it resumes. Arrivals that a draining barrier holds
/// back enter the next rounds in order of arrival, before newcomers, so that nobody starves. Works
/// from any coroutine type, in explore() and under run(). Must outlive its waiters; destruction
/// while waited for (daemons apart) is reported as misuse, not thrown.
class Barrier : private detail::Object {
 public:
  class WaitAwaiter;
  class ScopedAwaiter;
  class AsyncWait;

  /// Throws MisuseError if `parties` is less than 1. `name` is for reports.
  explicit Barrier(std::int64_t parties, std::string_view name = {},
                   Place created_at = Place::current());
  ~Barrier();
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  /// `co_await barrier.wait()` gives the index of this task in its round. Waits until `parties`
  /// tasks wait; the last one, whose index is parties - 1, goes on at once. While a round drains
  /// (until all its parties have resumed) arrivals wait for the next. Throws BrokenBarrierError, at
  /// once if broken(), and CancelledError: a party that is cancelled leaves, and another may take
  /// its place.
  [[nodiscard]] WaitAwaiter wait(Place place = Place::current());
  /// As wait(); the guard has the index, and nothing to undo at its end.
  [[nodiscard]] ScopedAwaiter scoped(Place place = Place::current());

  /// wait() as an operation of Asio: see Lock::async_acquire(). Completes with the index; with
  /// experimental::error::channel_cancelled and 0 where wait() throws BrokenBarrierError.
  /// Operations and tasks may meet at one barrier.
  template <class Token>
  requires detail::completion_token<Token>
  auto async_wait(Token&& token, Place place = Place::current());
  template <class Executor, class Token>
  requires detail::completion_token<Token>
  auto async_wait(const Executor& executor, Token&& token, Place place = Place::current());

  /// Makes the barrier as good as new. Tasks inside it (waiting, or released and not yet resumed)
  /// get BrokenBarrierError; arrivals wait until those have left. Never suspends.
  void reset(Place place = Place::current());
  /// Breaks the barrier until it is reset: every task inside it or held back by it gets
  /// BrokenBarrierError, as does every later wait(). Never suspends.
  void abort(Place place = Place::current());

  [[nodiscard]] std::size_t parties() const { return parties_; }
  /// The tasks that wait for the round to be complete; 0 while it drains.
  [[nodiscard]] std::size_t n_waiting() const;
  [[nodiscard]] bool broken() const {
    detail::touch(*this, AccessKind::read);
    return state_ == State::broken;
  }

  /// Identity in reports; not for users.
  [[nodiscard]] const detail::Object& object() const { return *this; }

 private:
  enum class State : std::uint8_t {
    filling,
    draining,   ///< A round is complete; some of its parties have not resumed.
    resetting,  ///< Some of those who are to get BrokenBarrierError have not resumed.
    broken,
  };
  struct Party : detail::Waiter {
    WaitAwaiter* awaiter = nullptr;
    std::size_t index = 0;
  };

  [[nodiscard]] bool completes_round() const { return n_waiting() + 1 == parties_; }
  /// No arrival may enter the round now.
  [[nodiscard]] bool holds_back() const {
    return state_ != State::filling || held_back_.any_live();
  }
  /// All that wait pass.
  void release_round();
  /// After a task has left: the end of a round, and room for others.
  void settle();
  /// Wakes as many of those who were held back as the round has room for; it is reserved for them.
  void admit();

  std::size_t parties_ = 0;
  State state_ = State::filling;
  detail::WaitQueue inside_;     // Waiting (pending), or woken to pass or to fail.
  detail::WaitQueue held_back_;  // Arrivals for the next round; woken ones have a place in it.
};

/// Awaiter of Barrier::wait().
class [[nodiscard]] Barrier::WaitAwaiter : public detail::QueuedAwaiter<Barrier::Party> {
 public:
  WaitAwaiter(Barrier& barrier, const Place& place) : barrier_(barrier), place_(place) {}
  ~WaitAwaiter() {
    if (must_leave_queue()) [[unlikely]]
      give_up();
  }

  [[nodiscard]] bool await_ready();
  void await_suspend(std::coroutine_handle<> leaf);
  /// Throws BrokenBarrierError, CancelledError.
  std::size_t await_resume();

 private:
  friend class Barrier;
  enum class Arrival : std::uint8_t { completes, waits, is_held_back, fails };

  static void after_holding_back(detail::TaskControl& task);
  /// In a later step than the arrival.
  void enter();
  /// Leaves the round, or the queue for the next one.
  void give_up();

  Barrier& barrier_;
  Place place_;
  std::coroutine_handle<> leaf_;
  Arrival arrival_ = Arrival::waits;
  bool is_cancelled_ = false;
};

/// A wait without a coroutine.
class Barrier::AsyncWait {
 public:
  using Value = std::size_t;  // The index.

  AsyncWait(Barrier& barrier, const Place& place) : barrier_(&barrier), place_(place) {}
  [[nodiscard]] Operation operation() const {
    return {OperationKind::wait, barrier_->id(), place_};
  }
  detail::AsyncResult start(detail::AsyncWaiter& waiter);
  detail::AsyncResult finish(detail::AsyncWaiter& waiter, bool is_cancelled);
  void give_up(detail::AsyncWaiter& waiter) { finish(waiter, true); }
  void note_cancel() const { detail::touch(*barrier_, AccessKind::exclusive); }
  [[nodiscard]] Value take_value() const { return index_; }

 private:
  /// Into the round that fills. `done`: it completes the round.
  detail::AsyncResult enter(detail::AsyncWaiter& waiter);
  detail::AsyncResult leave_round(detail::AsyncWaiter& waiter, bool is_cancelled);

  Barrier* barrier_;
  Place place_;
  std::size_t index_ = 0;
};

/// The index of a task in its round. For code that reads like that of the other primitives.
class [[nodiscard, maybe_unused]] BarrierGuard {
 public:
  explicit BarrierGuard(std::size_t index) : index_(index) {}
  [[nodiscard]] std::size_t index() const { return index_; }

 private:
  std::size_t index_;
};

/// Awaiter of Barrier::scoped().
class [[nodiscard, gnu::warn_unused]] Barrier::ScopedAwaiter : public WaitAwaiter {
 public:
  using WaitAwaiter::WaitAwaiter;
  BarrierGuard await_resume() { return BarrierGuard(WaitAwaiter::await_resume()); }
};

inline Barrier::WaitAwaiter Barrier::wait(Place place) { return {*this, place}; }
inline Barrier::ScopedAwaiter Barrier::scoped(Place place) { return {*this, place}; }

template <class Token>
requires detail::completion_token<Token>
auto Barrier::async_wait(Token&& token, Place place) {
  return detail::initiate_async(AsyncWait(*this, place), std::forward<Token>(token));
}
template <class Executor, class Token>
requires detail::completion_token<Token>
auto Barrier::async_wait(const Executor& executor, Token&& token, Place place) {
  return detail::initiate_async(AsyncWait(*this, place), executor, std::forward<Token>(token));
}

}  // namespace coweave
