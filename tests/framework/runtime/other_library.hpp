#pragma once

#include <coroutine>
#include <deque>
#include <exception>
#include <utility>
#include <vector>

/// A coroutine library in the manner of those that resume on the spot. It knows nothing of Coweave.
namespace other {

/// Lazy, awaited once; starts and ends by symmetric transfer.
class task {
 public:
  struct promise_type {
    task get_return_object() { return task(handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept {
      struct transfer {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(handle ended) const noexcept {
          const std::coroutine_handle<> next = ended.promise().continuation;
          return next ? next : std::coroutine_handle<>(std::noop_coroutine());
        }
        void await_resume() const noexcept {}
      };
      return transfer{};
    }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { error = std::current_exception(); }

    std::coroutine_handle<> continuation;
    std::exception_ptr error;
  };
  using handle = std::coroutine_handle<promise_type>;

  task(task&& moved) noexcept : handle_(std::exchange(moved.handle_, nullptr)) {}
  task& operator=(task&&) = delete;
  ~task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const noexcept {
    handle_.promise().continuation = awaiting;
    return handle_;
  }
  void await_resume() const {
    if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
  }
  /// To start it without awaiting it; this object keeps the frame.
  [[nodiscard]] handle coroutine() const { return handle_; }

 private:
  explicit task(handle owned) : handle_(owned) {}
  handle handle_;
};

/// One coroutine waits, and runs on within the call of set().
class single_consumer_event {
 public:
  void set() {
    is_set_ = true;
    if (const auto waiter = std::exchange(waiter_, nullptr)) waiter.resume();
  }
  void reset() { is_set_ = false; }
  [[nodiscard]] bool await_ready() const noexcept { return is_set_; }
  void await_suspend(std::coroutine_handle<> awaiting) { waiter_ = awaiting; }
  void await_resume() const noexcept {}

 private:
  bool is_set_ = false;
  std::coroutine_handle<> waiter_;
};

/// unlock() hands the mutex to the first waiter, which runs on within it.
class async_mutex {
 public:
  auto lock() {
    struct awaiter {
      explicit awaiter(async_mutex& locked) : mutex(locked) {}
      bool await_ready() const noexcept { return !std::exchange(mutex.is_locked_, true); }
      void await_suspend(std::coroutine_handle<> awaiting) { mutex.waiters_.push_back(awaiting); }
      void await_resume() const noexcept {}
      async_mutex& mutex;
    };
    return awaiter(*this);
  }
  void unlock() {
    if (waiters_.empty()) {
      is_locked_ = false;
      return;
    }
    const std::coroutine_handle<> next = waiters_.front();
    waiters_.pop_front();
    next.resume();
  }

 private:
  bool is_locked_ = false;
  std::deque<std::coroutine_handle<>> waiters_;
};

}  // namespace other
