#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

/// Coroutine types as libraries have them. They know nothing of Coweave: no base, no scheduler, no
/// await_transform.
namespace foreign {

/// Eager, nobody waits for it, its frame goes when it ends. What nobody catches leaves by resume(),
/// and the frame is then nobody's.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() {
      left().push_back(std::coroutine_handle<promise_type>::from_promise(*this));
      throw;
    }
  };
  /// Frames that an exception has left.
  static std::vector<std::coroutine_handle<>>& left() {
    static std::vector<std::coroutine_handle<>> handles;
    return handles;
  }
};

/// Lazy, awaited once; starts and ends by symmetric transfer.
template <class T>
class Lazy {
 public:
  struct promise_type {
    Lazy get_return_object() { return Lazy(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept {
      struct Transfer {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(Handle ended) const noexcept {
          return ended.promise().continuation;
        }
        void await_resume() const noexcept {}
      };
      return Transfer{};
    }
    void return_value(T value) { result = std::move(value); }
    void unhandled_exception() noexcept { error = std::current_exception(); }

    std::coroutine_handle<> continuation;
    std::optional<T> result;
    std::exception_ptr error;
  };
  using Handle = std::coroutine_handle<promise_type>;

  Lazy(Lazy&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Lazy& operator=(Lazy&&) = delete;
  ~Lazy() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const noexcept {
    handle_.promise().continuation = awaiting;
    return handle_;
  }
  T await_resume() const {
    if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
    return std::move(*handle_.promise().result);
  }

 private:
  explicit Lazy(Handle handle) : handle_(handle) {}
  Handle handle_;
};

/// A gate that resumes those who wait within the call that opens it.
class Gate {
 public:
  void open() {
    is_open_ = true;
    for (const std::coroutine_handle<> handle : std::exchange(waiting_, {})) handle.resume();
  }
  [[nodiscard]] bool await_ready() const noexcept { return is_open_; }
  void await_suspend(std::coroutine_handle<> handle) { waiting_.push_back(handle); }
  void await_resume() const noexcept {}

 private:
  bool is_open_ = false;
  std::vector<std::coroutine_handle<>> waiting_;
};

}  // namespace foreign
