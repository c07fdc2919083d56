#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "coweave/sync/queue_base.hpp"
#include "coweave/sync/queue_items.hpp"

namespace coweave {

/// Hands items from tasks to tasks, with the semantics of asyncio.Queue (CPython 3.13), shutdown
/// included. One difference, on purpose: nobody is overtaken (gh-83055). A put or get, the _nowait
/// forms included, queues behind those that wait, one that was woken and has not resumed among
/// them, so that items go in in the order of the puts and out in the order of the gets.
///
/// A put or get that waits takes effect when it resumes; cancelled before, it has none, and the
/// next in line is woken: an item stays with its putter, or in the queue. One that completes at
/// once takes effect at once, also where it suspends all the same (see AwaitPoints); it is not
/// undone, and a cancellation that arrives meanwhile is thrown by the task's next await.
///
/// Items need to be movable. Works from any coroutine type, in explore() and under run(). Must
/// outlive its waiters; destruction while waited for (daemons apart) is reported as misuse, not
/// thrown.
template <class T, class Items = detail::FifoItems<T>>
class Queue : public detail::QueueBase {
 public:
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "a queue of values");
  class PutAwaiter;
  class GetAwaiter;
  class AsyncPut;
  class AsyncGet;

  /// For at most `maxsize` items; 0 or less: no bound. `name` is for reports.
  explicit Queue(std::int64_t maxsize = 0, std::string_view name = {},
                 Place created_at = Place::current())
      : QueueBase(maxsize, name, created_at) {}

  /// `co_await queue.put(item)`: waits iff full(). Throws QueueShutDown, CancelledError.
  [[nodiscard]] PutAwaiter put(const T& item, Place place = Place::current()) {
    return PutAwaiter(*this, item, place);
  }
  /// Moves from `item` when it takes effect: what is not put stays in the caller's variable. To be
  /// awaited where it is called, since it refers to `item`.
  [[nodiscard]] PutAwaiter put(T&& item, Place place = Place::current()) {
    return PutAwaiter(*this, std::move(item), place);
  }
  /// `co_await queue.get()` gives an item: waits iff empty(). Throws QueueShutDown, once the queue
  /// is shut down and has no items, and CancelledError.
  [[nodiscard]] GetAwaiter get(Place place = Place::current()) { return {*this, place}; }

  /// put() and get() as operations of Asio: see Lock::async_acquire(). For void(error_code), and
  /// for void(error_code, T), with a T() if there is an error: channel_closed where the queue is
  /// shut down. What has taken effect at once is not undone by a cancellation.
  template <class Token>
  requires detail::completion_token<Token>
  auto async_put(T item, Token&& token, Place place = Place::current()) {
    return detail::initiate_async(AsyncPut(*this, std::move(item), place),
                                  std::forward<Token>(token));
  }
  template <class Executor, class Token>
  requires detail::completion_token<Token>
  auto async_put(const Executor& executor, T item, Token&& token, Place place = Place::current()) {
    return detail::initiate_async(AsyncPut(*this, std::move(item), place), executor,
                                  std::forward<Token>(token));
  }
  template <class Token>
  requires detail::completion_token<Token>
  auto async_get(Token&& token, Place place = Place::current()) {
    return detail::initiate_async(AsyncGet(*this, place), std::forward<Token>(token));
  }
  template <class Executor, class Token>
  requires detail::completion_token<Token>
  auto async_get(const Executor& executor, Token&& token, Place place = Place::current()) {
    return detail::initiate_async(AsyncGet(*this, place), executor, std::forward<Token>(token));
  }

  /// Throws QueueFull, QueueShutDown.
  void put_nowait(const T& item, Place place = Place::current()) { put_nowait(T(item), place); }
  /// Moves from `item` if it does not throw.
  void put_nowait(T&& item, Place place = Place::current()) {
    if (detail::is_inert(object(), OperationKind::put, place)) return;
    check_put_nowait();
    add(std::move(item), place);
  }
  /// Throws QueueEmpty, QueueShutDown.
  T get_nowait(Place place = Place::current()) {
    check_get_nowait(place);
    return remove(place);
  }

  /// From now on every put throws QueueShutDown, and every get does once the queue has no items;
  /// with `immediate` they are dropped, and count as done. Whoever waits goes on. Never suspends.
  void shutdown(bool immediate = false, Place place = Place::current()) {
    if (detail::is_inert(object(), OperationKind::shut_down, place)) return;
    Items dropped;
    if (immediate) std::swap(dropped, items_);
    shut_down(immediate, place);
  }

 private:
  void add(T&& item, const Place& place) {
    items_.add(std::move(item));
    added(place);
  }
  T remove(const Place& place) {
    T item = items_.remove();
    removed(place);
    return item;
  }

  Items items_;
};

/// The item that was put last leaves first; else a Queue.
template <class T>
using LifoQueue = Queue<T, detail::LifoItems<T>>;

/// The least item leaves first, of equals the one that was put first; else a Queue.
template <class T, class Less = std::less<T>>
using PriorityQueue = Queue<T, detail::PriorityItems<T, Less>>;

/// Awaiter of Queue::put().
template <class T, class Items>
class [[nodiscard]] Queue<T, Items>::PutAwaiter : public detail::QueueBase::Wait {
 public:
  PutAwaiter(Queue& queue, const T& item, const Place& place)
      : Wait(queue, OperationKind::put, place),
        queue_(queue),
        copy_(item),
        item_(std::addressof(*copy_)) {}
  PutAwaiter(Queue& queue, T&& item, const Place& place)
      : Wait(queue, OperationKind::put, place), queue_(queue), item_(std::addressof(item)) {}

  [[nodiscard]] bool await_ready() {
    if (this->takes_effect_at_once()) queue_.add(std::move(*item_), this->place_);
    return this->is_over();
  }
  void await_resume() {
    if (this->takes_effect_after_wait()) queue_.add(std::move(*item_), this->place_);
  }

 private:
  Queue& queue_;
  std::optional<T> copy_;
  T* item_;
};

/// Awaiter of Queue::get().
template <class T, class Items>
class [[nodiscard]] Queue<T, Items>::GetAwaiter : public detail::QueueBase::Wait {
 public:
  GetAwaiter(Queue& queue, const Place& place)
      : Wait(queue, OperationKind::get, place), queue_(queue) {}

  [[nodiscard]] bool await_ready() {
    if (this->takes_effect_at_once()) item_.emplace(queue_.remove(this->place_));
    return this->is_over();
  }
  T await_resume() {
    if (this->takes_effect_after_wait()) return queue_.remove(this->place_);
    return std::move(*item_);
  }

 private:
  Queue& queue_;
  std::optional<T> item_;
};

/// A put without a coroutine.
template <class T, class Items>
class Queue<T, Items>::AsyncPut : public detail::QueueBase::AsyncOperation {
 public:
  AsyncPut(Queue& queue, T item, const Place& place)
      : AsyncOperation(queue, OperationKind::put, place), queue_(&queue), item_(std::move(item)) {}

  detail::AsyncResult start(detail::AsyncWaiter& waiter) { return act(this->begin(waiter)); }
  detail::AsyncResult finish(detail::AsyncWaiter& waiter, bool is_cancelled) {
    if (has_acted_) return detail::AsyncResult::done;
    return act(this->resume(waiter, is_cancelled));
  }

 private:
  detail::AsyncResult act(detail::AsyncResult result) {
    if (result == detail::AsyncResult::done) {
      queue_->add(std::move(item_), this->place_);
      has_acted_ = true;
    }
    return result;
  }

  Queue* queue_;
  T item_;
  bool has_acted_ = false;
};

/// A get without a coroutine.
template <class T, class Items>
class Queue<T, Items>::AsyncGet : public detail::QueueBase::AsyncOperation {
 public:
  using Value = T;

  AsyncGet(Queue& queue, const Place& place)
      : AsyncOperation(queue, OperationKind::get, place), queue_(&queue) {}

  detail::AsyncResult start(detail::AsyncWaiter& waiter) { return act(this->begin(waiter)); }
  detail::AsyncResult finish(detail::AsyncWaiter& waiter, bool is_cancelled) {
    if (item_) return detail::AsyncResult::done;
    return act(this->resume(waiter, is_cancelled));
  }
  /// Once, where the result is `done`.
  T take_value() { return std::move(*item_); }

 private:
  detail::AsyncResult act(detail::AsyncResult result) {
    if (result == detail::AsyncResult::done) item_.emplace(queue_->remove(this->place_));
    return result;
  }

  Queue* queue_;
  std::optional<T> item_;
};

}  // namespace coweave
