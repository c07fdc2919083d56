#pragma once

#include <coroutine>
#include <cstdlib>
#include <exception>
#include <utility>
#include <vector>

/// A coroutine library whose destructors do not put up with coroutines that still wait, as those of
/// well-known libraries do not. It knows nothing of Coweave.
namespace hostile {

/// Lazy; owns its frame; starts and ends by symmetric transfer.
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

 private:
  explicit task(handle owned) : handle_(owned) {}
  handle handle_;
};

/// Starts at once; destroyed by its owner, wherever it stands.
class owned {
 public:
  struct promise_type {
    owned get_return_object() {
      return owned(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::abort(); }
  };

  owned(owned&& moved) noexcept : handle_(std::exchange(moved.handle_, nullptr)) {}
  owned& operator=(owned&&) = delete;
  ~owned() {
    if (handle_) handle_.destroy();
  }

 private:
  explicit owned(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

/// Aborts if it is destroyed while somebody waits.
class event {
 public:
  event() = default;
  event(const event&) = delete;
  event& operator=(const event&) = delete;
  ~event() {
    if (!waiters_.empty()) std::abort();
  }
  void set() {
    is_set_ = true;
    for (const std::coroutine_handle<> waiter : std::exchange(waiters_, {})) waiter.resume();
  }
  [[nodiscard]] bool await_ready() const noexcept { return is_set_; }
  void await_suspend(std::coroutine_handle<> awaiting) { waiters_.push_back(awaiting); }
  void await_resume() const noexcept {}

 private:
  bool is_set_ = false;
  std::vector<std::coroutine_handle<>> waiters_;
};

/// unlock() runs the next waiter on the spot, also where a guard's destructor calls it, and throws
/// if it is not locked.
class mutex {
 public:
  class guard {
   public:
    explicit guard(mutex& locked) : mutex_(&locked) {}
    guard(guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    guard& operator=(guard&&) = delete;
    ~guard() {
      if (mutex_ != nullptr) mutex_->unlock();
    }

   private:
    mutex* mutex_;
  };

  auto scoped() {
    struct awaiter {
      explicit awaiter(mutex& locked) : of(locked) {}
      bool await_ready() const noexcept { return !std::exchange(of.is_locked_, true); }
      void await_suspend(std::coroutine_handle<> awaiting) { of.waiters_.push_back(awaiting); }
      guard await_resume() const { return guard(of); }
      mutex& of;
    };
    return awaiter(*this);
  }
  void unlock() {
    if (!is_locked_) std::abort();
    if (waiters_.empty()) {
      is_locked_ = false;
      return;
    }
    const std::coroutine_handle<> next = waiters_.back();
    waiters_.pop_back();
    next.resume();
  }

 private:
  bool is_locked_ = false;
  std::vector<std::coroutine_handle<>> waiters_;
};

}  // namespace hostile
