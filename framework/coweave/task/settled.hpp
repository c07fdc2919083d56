#pragma once

#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "coweave/task/gather.hpp"

namespace coweave {

/// How a task has ended: with a value, an exception or by cancellation. To look at, not thrown.
template <class T>
class Settled {
 public:
  using Value = detail::GatheredValue<T>;

  explicit Settled(Value value) : value_(std::move(value)) {}
  Settled(std::exception_ptr error, bool is_cancelled)
      : error_(std::move(error)), is_cancelled_(is_cancelled) {}

  [[nodiscard]] bool has_value() const { return value_.has_value(); }
  /// By a CancelledError.
  [[nodiscard]] bool cancelled() const { return is_cancelled_; }
  /// What it threw, a CancelledError too; null if it has a value.
  [[nodiscard]] const std::exception_ptr& error() const { return error_; }
  /// Rethrows error() if there is one. std::monostate for a task without a result.
  [[nodiscard]] const Value& value() const& {
    if (error_) std::rethrow_exception(error_);
    return *value_;
  }
  [[nodiscard]] Value value() && {
    if (error_) std::rethrow_exception(error_);
    return std::move(*value_);
  }

 private:
  std::optional<Value> value_;
  std::exception_ptr error_;
  bool is_cancelled_ = false;
};

namespace detail {

/// Of a finished task; its exception counts as seen.
template <class T>
Settled<T> settled_result_of(TaskControl& task) {
  static_assert(!std::is_reference_v<T>, "Settled holds values: await the handle itself");
  task.is_retrieved = true;
  if (task.result == TaskResult::value) {
    if constexpr (std::is_void_v<T>) {
      return Settled<T>(std::monostate{});
    } else {
      return Settled<T>(T(result_of<T>(task)));
    }
  }
  const bool is_cancelled = task.result == TaskResult::cancelled;
  if (task.error != nullptr && *task.error) return {*task.error, is_cancelled};
  return {std::make_exception_ptr(CancelledError(task.cancel_message)), is_cancelled};
}

template <class T>
class [[nodiscard]] SettledAwaiter : public JoinAwaiter<T> {
 public:
  SettledAwaiter(const TaskHandle<T>& handle, const Place& place)
      : JoinAwaiter<T>(HandleAccess::control(handle), place) {
    this->shield();
  }
  Settled<T> await_resume() {
    this->leave();
    return settled_result_of<T>(this->target());
  }
};

}  // namespace detail

/// `co_await settled(handle)` waits until the task has ended and tells how: it throws only if the
/// awaiting task is cancelled, and then leaves the other task alone.
template <class T>
[[nodiscard]] detail::SettledAwaiter<T> settled(const TaskHandle<T>& handle,
                                                Place place = Place::current()) {
  return {handle, place};
}

}  // namespace coweave
