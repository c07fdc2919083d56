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

/// Thrown by Queue::put_nowait() where put() would wait.
class QueueFull : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown by Queue::get_nowait() where get() would wait.
class QueueEmpty : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown by every put into a queue that is shut down, and by a get once it is empty.
class QueueShutDown : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

/// What queues of all item types share: who waits, how many items there are, what join() waits for.
/// At most one getter and one putter are woken at a time; each wakes the next when it has resumed,
/// so that items come and go in the order of the calls under every schedule.
class QueueBase : private Object {
 public:
  class JoinAwaiter;
  class AsyncJoin;

  QueueBase(const QueueBase&) = delete;
  QueueBase& operator=(const QueueBase&) = delete;

  /// As given; 0 or less: no bound.
  [[nodiscard]] std::int64_t maxsize() const { return maxsize_; }
  /// The items in the queue, those included that a woken getter is about to take.
  [[nodiscard]] std::size_t size() const {
    touch(*this, AccessKind::read);
    return size_;
  }
  /// Whether a get would wait now: there is no item, or a getter that is not cancelled is queued.
  [[nodiscard]] bool empty() const {
    touch(*this, AccessKind::read);
    return size_ == 0 || getters_.any_live();
  }
  /// Whether a put would wait now: there is no room, or a putter that is not cancelled is queued.
  [[nodiscard]] bool full() const {
    touch(*this, AccessKind::read);
    return !has_room() || (!is_shut_down_ && putters_.any_live());
  }
  [[nodiscard]] bool is_shut_down() const {
    touch(*this, AccessKind::read);
    return is_shut_down_;
  }

  /// Says that an item, which a get has given, is dealt with; when all that were put are, join()
  /// returns. Throws MisuseError if it is called more often than items were put.
  void task_done(Place place = Place::current());
  /// `co_await queue.join()`: waits until task_done() was called for each item that was put.
  /// Returns also if more are put before it has resumed. Throws CancelledError.
  [[nodiscard]] JoinAwaiter join(Place place = Place::current());
  /// join() as an operation of Asio: see Lock::async_acquire().
  template <class Token>
  requires completion_token<Token>
  auto async_join(Token&& token, Place place = Place::current());
  template <class Executor, class Token>
  requires completion_token<Token>
  auto async_join(const Executor& executor, Token&& token, Place place = Place::current());

  /// Identity in reports; not for users.
  [[nodiscard]] const Object& object() const { return *this; }

 protected:
  class Wait;
  class AsyncOperation;

  QueueBase(std::int64_t maxsize, std::string_view name, const Place& created_at)
      : Object(ObjectKind::queue, name, created_at), maxsize_(maxsize) {}
  ~QueueBase();

  [[nodiscard]] bool put_fails() const {
    touch(*this, AccessKind::read);
    return is_shut_down_;
  }
  [[nodiscard]] bool get_fails() const {
    touch(*this, AccessKind::read);
    return is_shut_down_ && size_ == 0;
  }
  /// Throw unless the operation can take effect now.
  void check_put_nowait() const;
  void check_get_nowait(const Place& place) const;
  [[noreturn]] void fail(const char* operation) const;

  /// An item has come or gone: counts, and wakes who can go on.
  void added(const Place& place);
  void removed(const Place& place);
  /// `drops_items`: there are none any more.
  void shut_down(bool drops_items, const Place& place);

 private:
  [[nodiscard]] bool has_room() const {
    return maxsize_ <= 0 || size_ < static_cast<std::size_t>(maxsize_);
  }
  void wake_next_getter();
  void wake_next_putter();

  std::int64_t maxsize_;
  std::size_t size_ = 0;
  std::size_t unfinished_ = 0;  // Items that were put and are not done.
  bool is_shut_down_ = false;
  WaitQueue getters_;
  WaitQueue putters_;
  WaitQueue joiners_;
};

/// One put or get: when it takes effect, the part that does not depend on the item.
class QueueBase::Wait : public QueuedAwaiter<> {
 public:
  void await_suspend(std::coroutine_handle<> leaf);

 protected:
  Wait(QueueBase& queue, OperationKind kind, const Place& place)
      : place_(place), base_(queue), kind_(kind) {}
  ~Wait() {
    if (must_leave_queue()) [[unlikely]]
      give_up();
  }

  /// In await_ready: whether it takes effect at once.
  [[nodiscard]] bool takes_effect_at_once();
  /// Then: whether it is over without a suspension.
  [[nodiscard]] bool is_over() const { return start_ != Start::waits && !suspends_; }
  /// In await_resume: whether it has waited and takes effect now; if not, it has done so at once.
  /// Throws CancelledError, QueueShutDown.
  [[nodiscard]] bool takes_effect_after_wait();

  Place place_;

 private:
  enum class Start : std::uint8_t { takes_effect, waits, fails, is_cancelled };

  [[nodiscard]] bool is_put() const { return kind_ == OperationKind::put; }
  [[nodiscard]] bool fails() const { return is_put() ? base_.put_fails() : base_.get_fails(); }
  /// Leaves the queue; the next in line takes the wake-up that it may have got.
  void give_up();

  QueueBase& base_;
  OperationKind kind_;
  Start start_ = Start::waits;
  bool suspends_ = false;
};

/// A put or get without a coroutine, the part that does not depend on the item.
class QueueBase::AsyncOperation {
 public:
  [[nodiscard]] Operation operation() const { return {kind_, base_->id(), place_}; }
  void give_up(AsyncWaiter& waiter) { resume(waiter, true); }
  void note_cancel() const { touch(*base_, AccessKind::exclusive); }

 protected:
  AsyncOperation(QueueBase& queue, OperationKind kind, const Place& place)
      : place_(place), base_(&queue), kind_(kind) {}

  /// `done`: it takes effect now. `waits`: it is queued.
  AsyncResult begin(AsyncWaiter& waiter);
  /// The same where it goes on, if it has had no effect yet.
  AsyncResult resume(AsyncWaiter& waiter, bool is_cancelled);

  Place place_;

 private:
  [[nodiscard]] bool is_put() const { return kind_ == OperationKind::put; }
  [[nodiscard]] bool fails() const { return is_put() ? base_->put_fails() : base_->get_fails(); }

  QueueBase* base_;
  OperationKind kind_;
};

/// Awaiter of QueueBase::join().
class [[nodiscard]] QueueBase::JoinAwaiter : public QueuedAwaiter<> {
 public:
  JoinAwaiter(QueueBase& queue, const Place& place) : queue_(queue), place_(place) {}
  ~JoinAwaiter() {
    if (must_leave_queue()) [[unlikely]]
      queue_.joiners_.remove(waiter_);
  }

  [[nodiscard]] bool await_ready() {
    touch(queue_.object(), AccessKind::exclusive);
    was_done_ = queue_.unfinished_ == 0;
    return was_done_ && !suspends_when_complete();
  }
  void await_suspend(std::coroutine_handle<> leaf);
  void await_resume();

 private:
  QueueBase& queue_;
  Place place_;
  bool was_done_ = false;
};

/// A join without a coroutine.
class QueueBase::AsyncJoin {
 public:
  AsyncJoin(QueueBase& queue, const Place& place) : queue_(&queue), place_(place) {}
  [[nodiscard]] Operation operation() const { return {OperationKind::join, queue_->id(), place_}; }
  AsyncResult start(AsyncWaiter& waiter);
  AsyncResult finish(AsyncWaiter& waiter, bool is_cancelled);
  void give_up(AsyncWaiter& waiter) { finish(waiter, true); }
  void note_cancel() const { touch(*queue_, AccessKind::exclusive); }

 private:
  QueueBase* queue_;
  Place place_;
};

inline QueueBase::JoinAwaiter QueueBase::join(Place place) { return {*this, place}; }

template <class Token>
requires completion_token<Token>
auto QueueBase::async_join(Token&& token, Place place) {
  return initiate_async(AsyncJoin(*this, place), std::forward<Token>(token));
}
template <class Executor, class Token>
requires completion_token<Token>
auto QueueBase::async_join(const Executor& executor, Token&& token, Place place) {
  return initiate_async(AsyncJoin(*this, place), executor, std::forward<Token>(token));
}

}  // namespace detail
}  // namespace coweave
