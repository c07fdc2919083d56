#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "coweave/core/error.hpp"
#include "coweave/task/spawn.hpp"
#include "coweave/time/sleep.hpp"

namespace coweave {

/// Leaves a timeout scope whose deadline has passed.
class TimeoutError : public std::runtime_error, public detail::DeadlinePassed {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {
template <class Source>
class TimeoutAwaiter;
template <class T>
class TaskSource;
template <class T>
class HandleSource;
template <class Body>
class BodySource;
}  // namespace detail

/// A part of a task that must end before a deadline, with the semantics of asyncio.timeout (CPython
/// 3.13). Its body runs inline, in the task that awaits run(). When the deadline passes, that task
/// is cancelled, and the CancelledError that then leaves the body becomes a TimeoutError, unless
/// somebody else has asked the task to end too: then it stays a CancelledError. Any other exception
/// leaves as it is, and a body that absorbs the cancellation delivers its result. Scopes nest. For
/// one use. In an exploration time is virtual and a deadline costs nothing; under run() it is real.
class TimeoutScope : private detail::Listener {
 public:
  /// From now on; a duration that never ends on the clock is no deadline. Throws Error outside
  /// explore() and run().
  explicit TimeoutScope(Clock::duration duration);
  /// A deadline that has passed already fires at the first suspension of the body; std::nullopt:
  /// none.
  explicit TimeoutScope(std::optional<Clock::time_point> when) : when_(when) { prepare(); }
  TimeoutScope(const TimeoutScope&) = delete;
  TimeoutScope& operator=(const TimeoutScope&) = delete;
  ~TimeoutScope() = default;

  /// `co_await scope.run(body)` gives the result of a task or throws TimeoutError. A handle is
  /// awaited: its task is cancelled at the deadline and waited for. A function is called as
  /// `body(TimeoutScope&)`, gives a Task, and is kept until that has ended. Throws MisuseError the
  /// second time.
  template <class T>
  [[nodiscard]] detail::TimeoutAwaiter<detail::TaskSource<T>> run(Task<T> body,
                                                                  Place place = Place::current());
  template <class T>
  [[nodiscard]] detail::TimeoutAwaiter<detail::HandleSource<T>> run(TaskHandle<T> handle,
                                                                    Place place = Place::current());
  template <class Body>
  requires std::invocable<Body&, TimeoutScope&>
  [[nodiscard]] detail::TimeoutAwaiter<detail::BodySource<Body>> run(
      Body body, Place place = Place::current());

  /// The deadline, if there is one.
  [[nodiscard]] std::optional<Clock::time_point> when(Place place = Place::current()) const {
    if (is_used_elsewhere("when", place)) return {};
    note_look();
    return when_;
  }
  /// Whether the deadline has passed while the body ran; stays so.
  [[nodiscard]] bool expired(Place place = Place::current()) const {
    if (is_used_elsewhere("expired", place)) return false;
    note_look();
    return state_ == State::expiring || state_ == State::expired;
  }
  /// Moves the deadline; std::nullopt removes it. From whichever task. Throws MisuseError unless
  /// the body is running and the deadline has not passed.
  void reschedule(std::optional<Clock::time_point> when, Place place = Place::current());

 private:
  template <class Source>
  friend class detail::TimeoutAwaiter;
  enum class State : std::uint8_t { created, active, expiring, expired, exited };

  void prepare();
  /// For a reduced search: the step looks at the scope.
  void note_look() const;
  void enter(const Place& place);
  void arm();
  void disarm() noexcept;
  /// The deadline has passed.
  void expire();
  /// The body has ended. Whether a CancelledError that left it is due to the deadline alone.
  [[nodiscard]] bool leave() noexcept;
  [[noreturn]] void throw_timeout() const;

  std::optional<Clock::time_point> when_;
  std::uint32_t cancelling_ = 0;  // Requests to cancel the task when the body began.
  State state_ = State::created;
  /// Whether it was entered in an execution that has ended: its task is gone.
  [[nodiscard]] bool is_old() const {
    return state_ != State::created && epoch_ != detail::context.epoch;
  }

  /// Whether another thread runs the execution that the scope belongs to: `operation` is then a
  /// failure there, and has no effect.
  [[nodiscard]] bool is_used_elsewhere(std::string_view operation,
                                       const Place& place) const noexcept {
    return detail::context.services == nullptr && note_use_elsewhere(operation, place);
  }
  [[nodiscard]] bool note_use_elsewhere(std::string_view operation,
                                        const Place& place) const noexcept;

  bool is_armed_ = false;
  std::uint32_t epoch_ = 0;  // Of the execution that it was created, and then entered, in.
  Place place_;
};

namespace detail {

/// What runs in a scope: each gives the awaiter that the scope surrounds.
template <class T>
class TaskSource {
 public:
  using Awaiter = ChildAwaiter<T>;
  explicit TaskSource(Task<T> task) : task_(std::move(task)) {}
  void start(std::optional<Awaiter>& awaiter, TimeoutScope& /*scope*/, const Place& place) {
    awaiter.emplace(task_.release(), place);
  }

 private:
  Task<T> task_;
};

template <class T>
class HandleSource {
 public:
  using Awaiter = JoinAwaiter<T>;
  explicit HandleSource(TaskHandle<T> handle) : handle_(std::move(handle)) {}
  void start(std::optional<Awaiter>& awaiter, TimeoutScope& /*scope*/, const Place& place) {
    awaiter.emplace(HandleAccess::control(handle_), place);
  }

 private:
  TaskHandle<T> handle_;
};

template <class Body>
class BodySource {
 public:
  using Awaiter = ChildAwaiter<typename std::invoke_result_t<Body&, TimeoutScope&>::value_type>;
  explicit BodySource(Body body) : body_(std::move(body)) {}
  void start(std::optional<Awaiter>& awaiter, TimeoutScope& scope, const Place& place) {
    awaiter.emplace(body_(scope).release(), place);
  }

 private:
  Body body_;
};

/// Awaits inline what `Source` gives, within a scope.
template <class Source>
class [[nodiscard]] TimeoutAwaiter : public OwnAwaiter {
 public:
  TimeoutAwaiter(TimeoutScope& scope, Source source, const Place& place)
      : scope_(scope), source_(std::move(source)), place_(place) {}
  TimeoutAwaiter(const TimeoutAwaiter&) = delete;
  TimeoutAwaiter& operator=(const TimeoutAwaiter&) = delete;
  ~TimeoutAwaiter() {
    if (has_entered_) leave();
  }

  [[nodiscard]] bool await_ready() {
    scope_.enter(place_);
    has_entered_ = true;
    source_.start(inner_, scope_, place_);
    return inner_->await_ready();
  }
  void await_suspend(std::coroutine_handle<> leaf) { inner_->await_suspend(leaf); }
  decltype(auto) await_resume() {
    try {
      const LeaveAtExit at_exit{*this};
      return inner_->await_resume();
    } catch (const CancelledError&) {
      if (is_timeout_) scope_.throw_timeout();
      throw;
    }
  }

 private:
  struct LeaveAtExit {
    TimeoutAwaiter& awaiter;
    ~LeaveAtExit() { awaiter.leave(); }
  };
  void leave() {
    is_timeout_ = scope_.leave();
    has_entered_ = false;
  }

  TimeoutScope& scope_;
  Source source_;
  std::optional<typename Source::Awaiter> inner_;
  Place place_;
  bool has_entered_ = false;  // And not left.
  bool is_timeout_ = false;   // Nobody but the deadline wanted the task to end.
};

/// With a scope of its own.
template <class Source>
class [[nodiscard]] WithTimeoutAwaiter : private TimeoutScope, public TimeoutAwaiter<Source> {
 public:
  template <class Deadline>
  WithTimeoutAwaiter(Deadline deadline, Source source, const Place& place)
      : TimeoutScope(deadline),
        TimeoutAwaiter<Source>(static_cast<TimeoutScope&>(*this), std::move(source), place) {}
};

}  // namespace detail

template <class T>
detail::TimeoutAwaiter<detail::TaskSource<T>> TimeoutScope::run(Task<T> body, Place place) {
  return {*this, detail::TaskSource<T>(std::move(body)), place};
}
template <class T>
detail::TimeoutAwaiter<detail::HandleSource<T>> TimeoutScope::run(TaskHandle<T> handle,
                                                                  Place place) {
  return {*this, detail::HandleSource<T>(std::move(handle)), place};
}
template <class Body>
requires std::invocable<Body&, TimeoutScope&> detail::TimeoutAwaiter<detail::BodySource<Body>>
TimeoutScope::run(Body body, Place place) {
  return {*this, detail::BodySource<Body>(std::move(body)), place};
}

/// `co_await with_timeout(5s, task)` gives the result of the task, or throws TimeoutError if it has
/// not ended after `duration`. Also for a handle, and for a body that wants to see its scope:
/// `co_await with_timeout(5s, [&](TimeoutScope& scope) -> Task<> {...})`. See TimeoutScope.
template <class T>
[[nodiscard]] detail::WithTimeoutAwaiter<detail::TaskSource<T>> with_timeout(
    Clock::duration duration, Task<T> task, Place place = Place::current()) {
  return {duration, detail::TaskSource<T>(std::move(task)), place};
}
template <class T>
[[nodiscard]] detail::WithTimeoutAwaiter<detail::HandleSource<T>> with_timeout(
    Clock::duration duration, TaskHandle<T> handle, Place place = Place::current()) {
  return {duration, detail::HandleSource<T>(std::move(handle)), place};
}
template <class Body>
requires std::invocable<Body&, TimeoutScope&>
[[nodiscard]] detail::WithTimeoutAwaiter<detail::BodySource<Body>> with_timeout(
    Clock::duration duration, Body body, Place place = Place::current()) {
  return {duration, detail::BodySource<Body>(std::move(body)), place};
}

/// Refuses the two the wrong way round.
template <class Late, class Rep, class Period>
requires(!std::is_convertible_v<Late, Clock::duration>) auto with_timeout(
    Late&& /*task*/, std::chrono::duration<Rep, Period> /*duration*/) {
  static_assert(detail::never<Late>,
                "with_timeout takes the duration first: write with_timeout(duration, task)");
  return detail::AwaiterOfAnything();
}

/// The same with the time of the deadline; std::nullopt: none.
template <class T>
[[nodiscard]] detail::WithTimeoutAwaiter<detail::TaskSource<T>> timeout_at(
    std::optional<Clock::time_point> when, Task<T> task, Place place = Place::current()) {
  return {when, detail::TaskSource<T>(std::move(task)), place};
}
template <class T>
[[nodiscard]] detail::WithTimeoutAwaiter<detail::HandleSource<T>> timeout_at(
    std::optional<Clock::time_point> when, TaskHandle<T> handle, Place place = Place::current()) {
  return {when, detail::HandleSource<T>(std::move(handle)), place};
}
template <class Body>
requires std::invocable<Body&, TimeoutScope&>
[[nodiscard]] detail::WithTimeoutAwaiter<detail::BodySource<Body>> timeout_at(
    std::optional<Clock::time_point> when, Body body, Place place = Place::current()) {
  return {when, detail::BodySource<Body>(std::move(body)), place};
}

}  // namespace coweave
