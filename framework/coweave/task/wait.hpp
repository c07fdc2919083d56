#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "coweave/task/spawn.hpp"

namespace coweave {

/// What a wait for several tasks waits for.
enum class WaitFor : std::uint8_t {
  first_completed,  ///< Any of them has ended, however.
  first_exception,  ///< Any of them has ended by an exception (not a CancelledError), or all have.
  all,
};

/// What wait() of a vector gives; both in the order of that vector.
template <class T>
struct WaitResult {
  std::vector<TaskHandle<T>> done;
  std::vector<TaskHandle<T>> pending;
};

namespace detail {

/// Sees tasks end, in the order in which they do, and wakes the task that waits for it. Neither
/// cancels them nor takes their results.
class EndWatch {
 public:
  /// Those of `targets` that have ended already come first, in the order given.
  explicit EndWatch(const std::vector<TaskControl*>& targets);
  EndWatch(const EndWatch&) = delete;
  EndWatch& operator=(const EndWatch&) = delete;
  ~EndWatch();

  /// Indices of those that have ended, in order of their ends.
  [[nodiscard]] const std::vector<std::size_t>& ended() const {
    note(AccessKind::read);
    return ended_;
  }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] bool is_satisfied(WaitFor until) const;
  /// Whether more than `seen` have ended.
  [[nodiscard]] bool has_more_than(std::size_t seen) const {
    note(AccessKind::read);
    return ended_.size() > seen;
  }

  /// Suspends the running task until `until` is satisfied, for those that end after the first
  /// `seen`.
  void suspend(std::coroutine_handle<> leaf, WaitFor until, std::size_t seen, const Place& place);
  /// After suspend(): the task resumes at the latest when `timeout` has passed.
  void limit(Clock::duration timeout);
  /// Whether another thread runs the execution of the targets: `operation` is then a failure there.
  [[nodiscard]] bool is_used_elsewhere(std::string_view operation,
                                       const Place& place) const noexcept {
    return context.services == nullptr && note_use_elsewhere(operation, place);
  }
  /// Whether a task is suspended so.
  [[nodiscard]] bool is_waited_for() const { return waiter_.task != nullptr; }
  /// Throws CancelledError.
  void resume();

 private:
  struct Node : Listener {
    EndWatch* watch = nullptr;
    TaskControl* target = nullptr;
    TaskReference reference;
    bool is_queued = false;
  };
  struct Deadline : Listener {
    EndWatch* watch = nullptr;
    bool is_armed = false;
  };
  void note_end(const Node& node);
  void note_deadline();
  void disarm() noexcept;
  [[nodiscard]] bool note_use_elsewhere(std::string_view operation,
                                        const Place& place) const noexcept;
  /// For a reduced search: the step looks at, or changes, the order of the ends.
  void note(AccessKind kind) const {
    if (context.accesses != nullptr) [[unlikely]]
      context.accesses->tasks().follows(owner_, kind);
  }
  /// It looks at each target.
  void note_look() const;
  [[nodiscard]] bool wakes() const {
    return until_ == WaitFor::first_completed ? has_more_than(seen_) : is_satisfied(until_);
  }

  TaskId owner_;
  std::vector<Node> nodes_;  // Never grows: they are queued.
  std::vector<std::size_t> ended_;
  bool any_failed_ = false;
  WaitFor until_ = WaitFor::all;
  std::size_t seen_ = 0;
  Waiter waiter_;
  Deadline deadline_;
};

/// What the awaiters of wait() have in common.
class WaitAwaiterBase : public OwnAwaiter {
 public:
  WaitAwaiterBase(const WaitAwaiterBase&) = delete;
  WaitAwaiterBase& operator=(const WaitAwaiterBase&) = delete;

  [[nodiscard]] bool await_ready() {
    is_complete_ = watch_.is_satisfied(until_);
    return is_complete_ && !suspends_when_complete();
  }
  void await_suspend(std::coroutine_handle<> leaf);

 protected:
  /// Throws MisuseError if `targets` is empty.
  WaitAwaiterBase(const std::vector<TaskControl*>& targets, WaitFor until,
                  std::optional<Clock::duration> timeout, const Place& place);
  ~WaitAwaiterBase() = default;
  void leave();

 private:
  EndWatch watch_;
  WaitFor until_;
  std::optional<Clock::duration> timeout_;
  Place place_;
  bool is_complete_ = false;
  bool suspended_ = false;
};

template <class T>
[[nodiscard]] std::vector<TaskControl*> controls_of(const std::vector<TaskHandle<T>>& handles) {
  std::vector<TaskControl*> controls;
  controls.reserve(handles.size());
  for (const TaskHandle<T>& handle : handles) controls.push_back(&HandleAccess::control(handle));
  return controls;
}

template <class T>
class [[nodiscard]] WaitAwaiter final : public WaitAwaiterBase {
 public:
  WaitAwaiter(std::vector<TaskHandle<T>> handles, WaitFor until,
              std::optional<Clock::duration> timeout, const Place& place)
      : WaitAwaiterBase(controls_of(handles), until, timeout, place),
        handles_(std::move(handles)) {}
  WaitResult<T> await_resume() {
    leave();
    WaitResult<T> result;
    for (TaskHandle<T>& handle : handles_)
      (handle.done() ? result.done : result.pending).push_back(std::move(handle));
    return result;
  }

 private:
  std::vector<TaskHandle<T>> handles_;
};

template <class... T>
class [[nodiscard]] WaitPackAwaiter final : public WaitAwaiterBase {
 public:
  WaitPackAwaiter(WaitFor until, std::optional<Clock::duration> timeout, const Place& place,
                  const TaskHandle<T>&... handles)
      : WaitAwaiterBase({&HandleAccess::control(handles)...}, until, timeout, place),
        targets_{&HandleAccess::control(handles)...} {}
  std::array<bool, sizeof...(T)> await_resume() {
    leave();
    std::array<bool, sizeof...(T)> done{};
    for (std::size_t i = 0; i < done.size(); ++i) {
      if (context.accesses != nullptr) [[unlikely]]
        context.accesses->tasks().reads_completion(targets_[i]->id);
      done[i] = targets_[i]->finished();
    }
    return done;
  }

 private:
  std::array<TaskControl*, sizeof...(T)> targets_;  // Kept alive by the watch.
};

}  // namespace detail

/// `co_await wait(handles, WaitFor::...)` waits for some or all of them and gives which have ended
/// then. Never throws what they threw, and never cancels them: also not when the awaiting task is
/// cancelled. Throws MisuseError for no handles. asyncio.wait.
template <class T>
[[nodiscard]] detail::WaitAwaiter<T> wait(std::vector<TaskHandle<T>> handles,
                                          WaitFor until = WaitFor::all,
                                          Place place = Place::current()) {
  return {std::move(handles), until, std::nullopt, place};
}
/// As above, for `timeout` at most: the tasks that have not ended then are in `pending`, and run
/// on. The timeout counts from the suspension; if it is 0 or less, the await suspends once unless
/// it is complete.
template <class T>
[[nodiscard]] detail::WaitAwaiter<T> wait(std::vector<TaskHandle<T>> handles, WaitFor until,
                                          Clock::duration timeout, Place place = Place::current()) {
  return {std::move(handles), until, timeout, place};
}
template <class T>
[[nodiscard]] detail::WaitAwaiter<T> wait(std::vector<TaskHandle<T>> handles,
                                          Clock::duration timeout, Place place = Place::current()) {
  return {std::move(handles), WaitFor::all, timeout, place};
}

/// The same for tasks of several types: gives, for each in the order of the arguments, whether it
/// has ended.
template <class... T>
[[nodiscard]] detail::WaitPackAwaiter<T...> wait_until(WaitFor until,
                                                       const TaskHandle<T>&... handles) {
  return {until, std::nullopt, Place{}, handles...};
}
template <class... T>
[[nodiscard]] detail::WaitPackAwaiter<T...> wait_until(WaitFor until, Clock::duration timeout,
                                                       const TaskHandle<T>&... handles) {
  return {until, timeout, Place{}, handles...};
}

/// Tasks in the order in which they end: see as_completed().
template <class T>
class [[nodiscard]] CompletionOrder {
 public:
  class NextAwaiter;

  explicit CompletionOrder(std::vector<TaskHandle<T>> handles)
      : watch_(detail::controls_of(handles)), handles_(std::move(handles)) {}

  /// How many next() has not given yet.
  [[nodiscard]] std::size_t remaining(Place place = Place::current()) const {
    return watch_.is_used_elsewhere("remaining", place) ? 0 : handles_.size() - taken_;
  }
  /// `co_await order.next()` waits until another task has ended and gives its handle. One task at a
  /// time. Throws MisuseError if none remains. A cancelled next() takes nothing.
  [[nodiscard]] NextAwaiter next(Place place = Place::current()) { return {*this, place}; }

 private:
  detail::EndWatch watch_;
  std::vector<TaskHandle<T>> handles_;
  std::size_t taken_ = 0;
};

/// Awaiter of CompletionOrder::next().
template <class T>
class [[nodiscard]] CompletionOrder<T>::NextAwaiter : public detail::OwnAwaiter {
 public:
  NextAwaiter(CompletionOrder& order, const Place& place) : order_(order), place_(place) {}
  [[nodiscard]] bool await_ready() {
    if (detail::context.services == nullptr) [[unlikely]]
      detail::no_scheduler(OperationKind::wait_any, place_);
    if (order_.remaining() == 0)
      throw MisuseError("next of as_completed: expected tasks that remain, found none", place_);
    if (order_.watch_.is_waited_for())
      throw MisuseError("next of as_completed: expected no other task waiting, found one", place_);
    is_complete_ = order_.watch_.has_more_than(order_.taken_);
    return is_complete_ && !detail::suspends_when_complete();
  }
  void await_suspend(std::coroutine_handle<> leaf) {
    suspended_ = true;
    if (is_complete_) {
      detail::suspend_ready(leaf, {OperationKind::wait_any, ObjectId::none, place_},
                            detail::TaskState::ready_head);
    } else {
      order_.watch_.suspend(leaf, WaitFor::first_completed, order_.taken_, place_);
    }
  }
  TaskHandle<T> await_resume() {
    if (suspended_) order_.watch_.resume();
    return order_.handles_[order_.watch_.ended()[order_.taken_++]];
  }

 private:
  CompletionOrder& order_;
  Place place_;
  bool is_complete_ = false;
  bool suspended_ = false;
};

/// Gives the tasks one by one as they end, those that have ended already first:
///
///   auto order = as_completed(handles);
///   while (order.remaining() > 0) {
///     const TaskHandle<int> ended = co_await order.next();
///     use(co_await ended);  // Its result, or its exception thrown.
///   }
template <class T>
CompletionOrder<T> as_completed(std::vector<TaskHandle<T>> handles) {
  return CompletionOrder<T>(std::move(handles));
}

}  // namespace coweave
