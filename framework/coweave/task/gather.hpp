#pragma once

#include <array>
#include <tuple>
#include <utility>
#include <variant>

#include "coweave/task/spawn.hpp"

namespace coweave {
namespace detail {

template <class T>
using GatheredValue = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// Runs its children as tasks and waits until all have ended.
template <class... T>
class [[nodiscard]] GatherAwaiter : public OwnAwaiter, private CompletionHook, private Waiter {
 public:
  explicit GatherAwaiter(Task<T>... tasks) : tasks_(std::move(tasks)...) {
    CompletionHook::finished = [](CompletionHook& hook, TaskControl& child) {
      static_cast<GatherAwaiter&>(hook).child_finished(child);
    };
    forward_cancel = [](Waiter& waiter) {
      return static_cast<GatherAwaiter&>(waiter).cancel_children();
    };
  }
  void set_place(const Place& place) { place_ = place; }

  bool await_ready() {
    if constexpr (sizeof...(T) == 0) return !suspends_when_complete();
    return false;
  }

  void await_suspend(std::coroutine_handle<> leaf) {
    const Operation operation{OperationKind::gather, ObjectId::none, place_};
    if constexpr (sizeof...(T) == 0) {
      task = &suspend_ready(leaf, operation, TaskState::ready_head);
    } else {
      if (context.current == nullptr) [[unlikely]] no_scheduler(operation.kind, place_);
      // Spawned in the order of the arguments, whatever order those were evaluated in.
      std::apply([this](Task<T>&... each) { (start(each), ...); }, tasks_);
      suspend_blocked(leaf, operation, *this);
    }
  }

  std::tuple<GatheredValue<T>...> await_resume() {
    if constexpr (sizeof...(T) == 0) {
      if (task != nullptr) resume_or_throw(*task);
      return {};
    } else {
      for (const TaskReference& child : children_) child.live()->is_retrieved = true;
      if (first_failed_ != nullptr) [[unlikely]] {
        if (*first_failed_->error) std::rethrow_exception(*first_failed_->error);
        throw_cancelled(*first_failed_);
      }
      if (take_cancellation(*task) || cancel_requested_) [[unlikely]] throw_cancelled(*task);
      return results(std::index_sequence_for<T...>{});
    }
  }

 private:
  template <class U>
  void start(Task<U>& child) {
    TaskControl& control = spawn_root(std::move(child), {}, false, place_);
    control.completion = this;
    children_[started_++] = TaskReference(control);
  }
  void child_finished(TaskControl& child) {
    if (child.result != TaskResult::value && first_failed_ == nullptr) first_failed_ = &child;
    if (++ended_ == sizeof...(T) && state == WaiterState::pending) wake(*this);
  }
  bool cancel_children() {
    bool any = false;
    for (const TaskReference& child : children_)
      any = cancel(*child.live(), task->cancel_message, place_) || any;
    cancel_requested_ = any;
    return any;
  }
  template <std::size_t... I>
  std::tuple<GatheredValue<T>...> results(std::index_sequence<I...>) {
    return {result<T>(children_[I])...};
  }
  template <class U>
  static GatheredValue<U> result(const TaskReference& child) {
    auto& promise =
        std::coroutine_handle<Promise<U>>::from_address(child.live()->root.address()).promise();
    if constexpr (std::is_void_v<U>) {
      return {};
    } else {
      return promise.take_result();
    }
  }

  std::tuple<Task<T>...> tasks_;
  std::array<TaskReference, sizeof...(T)> children_;
  std::size_t started_ = 0;
  std::size_t ended_ = 0;
  TaskControl* first_failed_ = nullptr;
  bool cancel_requested_ = false;
  Place place_;
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
