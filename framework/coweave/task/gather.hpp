#pragma once

#include <array>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "coweave/task/spawn.hpp"

namespace coweave {
namespace detail {

template <class T>
using GatheredValue = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// Waits until all of a number of children have ended; the part that does not depend on their
/// types.
class GatherState : public OwnAwaiter, protected Waiter {
 public:
  GatherState(const GatherState&) = delete;
  GatherState& operator=(const GatherState&) = delete;
  void set_place(const Place& place) { place_ = place; }

 protected:
  /// One child. Its result is taken in the step in which it ends, so that its frame can go; then
  /// `control` is null again.
  struct Child : ChildTask {
    Child(decltype(finished) ended, std::coroutine_handle<> to_start, PromiseBase* of_that)
        : ChildTask{{ended}, to_start, of_that} {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
      if (coroutine) [[unlikely]]
        coroutine.destroy();
    }
    void tell_gather(TaskControl& task) { gather->child_ended(*this, task); }
    GatherState* gather = nullptr;
  };

  explicit GatherState(std::size_t children) : running_(children) {}
  void adopt(Child& child) {
    if (!child.coroutine) [[unlikely]]
      has_empty_child_ = true;
    child.gather = this;
  }
  ~GatherState() = default;

  /// All in their order, or none: throws Error if one is empty, or nothing runs here.
  void start(std::span<ChildTask* const> children);
  void suspend(std::coroutine_handle<> leaf) {
    suspend_blocked(leaf, {OperationKind::gather, ObjectId::none, place_}, *this);
  }
  void child_ended(Child& child, TaskControl& control) {
    child.control = nullptr;
    if (control.result != TaskResult::value) [[unlikely]]
      note_failure(control);
    if (context.accesses != nullptr) [[unlikely]]
      context.accesses->enables(task->id);
    if (--running_ == 0 && state == WaiterState::pending) wake(*this);
  }
  void throw_if_failed() {
    if (first_error_) [[unlikely]]
      std::rethrow_exception(first_error_);
    if (take_cancellation(*context.current) || cancel_requested_) [[unlikely]]
      throw_cancelled(*context.current);
  }

  Place place_;
  bool cancel_requested_ = false;
  bool has_empty_child_ = false;

 private:
  void note_failure(TaskControl& child);

  std::size_t running_;
  std::exception_ptr first_error_;  // Of the child that failed first.
};

/// Runs its children as tasks and waits until all have ended.
template <class... T>
class [[nodiscard]] GatherAwaiter final : public GatherState {
 public:
  explicit GatherAwaiter(Task<T>&&... tasks)
      : GatherState(sizeof...(T)), children_(std::move(tasks)...) {
    forward_cancel = [](Waiter& waiter) {
      return static_cast<GatherAwaiter&>(waiter).cancel_children();
    };
    std::apply([&](TypedChild<T>&... each) { (adopt(each), ...); }, children_);
  }

  [[nodiscard]] bool await_ready() {
    if constexpr (sizeof...(T) == 0) return !suspends_when_complete();
    return false;
  }

  void await_suspend(std::coroutine_handle<> leaf) {
    if constexpr (sizeof...(T) == 0) {
      task = &suspend_ready(leaf, {OperationKind::gather, ObjectId::none, place_},
                            TaskState::ready_head);
    } else {
      // Spawned in the order of the arguments, whatever order those were evaluated in.
      start(std::apply(
          [](TypedChild<T>&... each) { return std::array<ChildTask*, sizeof...(T)>{&each...}; },
          children_));
      suspend(leaf);
    }
  }

  std::tuple<GatheredValue<T>...> await_resume() {
    if constexpr (sizeof...(T) == 0) {
      if (task != nullptr) resume_or_throw(*context.current);
      return {};
    } else {
      throw_if_failed();
      return std::apply(
          [](TypedChild<T>&... each) {
            return std::tuple<GatheredValue<T>...>{std::move(each).value()...};
          },
          children_);
    }
  }

 private:
  template <class U>
  struct TypedChild : Child {
    using Stored =
        std::conditional_t<std::is_void_v<U>, std::monostate,
                           std::conditional_t<std::is_reference_v<U>, std::add_pointer_t<U>,
                                              std::optional<GatheredValue<U>>>>;
    explicit TypedChild(Task<U>&& to_start) : TypedChild(to_start.release()) {}
    explicit TypedChild(std::coroutine_handle<Promise<U>> to_start)
        : Child(ended, to_start, to_start ? &to_start.promise() : nullptr) {}
    static void ended(CompletionHook& hook, TaskControl& task) {
      auto& child = static_cast<TypedChild&>(hook);
      if constexpr (!std::is_void_v<U>)
        if (task.result == TaskResult::value) child.take_result();
      child.tell_gather(task);
    }
    void take_result() {
      auto& ended_with = static_cast<Promise<U>&>(*this->promise);
      if constexpr (std::is_reference_v<U>) {
        result = std::addressof(ended_with.result());
      } else {
        result.emplace(ended_with.take_result());
      }
    }
    GatheredValue<U> value() && {
      if constexpr (std::is_void_v<U>) {
        return {};
      } else if constexpr (std::is_reference_v<U>) {
        return *result;
      } else {
        return std::move(*result);
      }
    }
    Stored result{};
  };

  bool cancel_children() {
    const auto cancel_one = [this](Child& child) {
      return child.control != nullptr && cancel(*child.control, task->cancel_message, place_);
    };
    const bool any = std::apply(
                         [&](TypedChild<T>&... each) {
                           return (static_cast<unsigned>(cancel_one(each)) | ... | 0U);
                         },
                         children_) != 0;
    cancel_requested_ = any;
    return any;
  }

  std::tuple<TypedChild<T>...> children_;
};

}  // namespace detail

/// Runs `tasks` concurrently, as children in the order given, and gives their results as a tuple
/// (std::monostate for void). Rethrows the exception of the child that failed first, but only after
/// *all* children have ended, since children use the parent's locals (asyncio does not wait).
/// Cancelling the awaiting task cancels the children; CancelledError follows when they have ended.
template <class... T>
[[nodiscard]] detail::GatherAwaiter<T...> gather(Task<T>... tasks) {
  return detail::GatherAwaiter<T...>(std::move(tasks)...);
}

}  // namespace coweave
