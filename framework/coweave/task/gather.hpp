#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <ranges>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

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
        destroy_unawaited(coroutine, *promise);
    }
    void tell_gather(TaskControl& task) { gather->child_ended(*this, task); }
    GatherState* gather = nullptr;
  };

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
  /// Whether it will end because of this.
  bool cancel_child(Child& child) {
    return child.control != nullptr && cancel(*child.control, task->cancel_message, place_);
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
class [[nodiscard("write: co_await gather(...);")]] GatherAwaiter final : public GatherState {
 public:
  explicit GatherAwaiter(Task<T> && ... tasks)
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
  bool cancel_children() {
    cancel_requested_ = std::apply(
                            [&](TypedChild<T>&... each) {
                              return (static_cast<unsigned>(cancel_child(each)) | ... | 0U);
                            },
                            children_) != 0;
    return cancel_requested_;
  }

  std::tuple<TypedChild<T>...> children_;
};

/// As GatherAwaiter, for a number of children that is known when the program runs.
template <class T>
class [[nodiscard("write: co_await gather(...);")]] RangeGatherAwaiter final : public GatherState {
  using OneChild = TypedChild<T>;

 public:
  /// The result of one child; a reference is stored as such.
  using Value =
      std::conditional_t<std::is_reference_v<T>, std::reference_wrapper<std::remove_reference_t<T>>,
                         GatheredValue<T>>;

  explicit RangeGatherAwaiter(std::vector<Task<T>> tasks)
      : GatherState(tasks.size()),
        memory_(tasks.size() * (sizeof(OneChild) + sizeof(ChildTask*))),
        size_(tasks.size()) {
    forward_cancel = [](Waiter& waiter) {
      return static_cast<RangeGatherAwaiter&>(waiter).cancel_children();
    };
    for (std::size_t i = 0; i < size_; ++i)
      adopt(*::new (children() + i) OneChild(std::move(tasks[i])));
    for (std::size_t i = 0; i < size_; ++i) ::new (started() + i) ChildTask*(children() + i);
  }
  ~RangeGatherAwaiter() {
    while (size_ > 0) std::destroy_at(children() + --size_);
  }

  [[nodiscard]] bool await_ready() { return size_ == 0 && !suspends_when_complete(); }
  void await_suspend(std::coroutine_handle<> leaf) {
    if (size_ == 0) {
      task = &suspend_ready(leaf, {OperationKind::gather, ObjectId::none, place_},
                            TaskState::ready_head);
    } else {
      start({started(), size_});
      suspend(leaf);
    }
  }
  std::vector<Value> await_resume() {
    if (size_ != 0) {
      throw_if_failed();
    } else if (task != nullptr) {
      resume_or_throw(*context.current);
    }
    std::vector<Value> values;
    values.reserve(size_);
    for (std::size_t i = 0; i < size_; ++i) {
      if constexpr (std::is_reference_v<T>) {
        values.emplace_back(std::move(children()[i]).value());
      } else {
        values.push_back(std::move(children()[i]).value());
      }
    }
    return values;
  }

 private:
  /// Where the children are, and behind them the pointers to them; from the memory of frames.
  struct Memory {
    explicit Memory(std::size_t size)
        : bytes(PromiseBase::operator new(size + 1)), count(size + 1) {}  // Never of no size.
    ~Memory() { PromiseBase::operator delete(bytes, count); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    void* bytes;
    std::size_t count;
  };
  static_assert(sizeof(OneChild) % alignof(ChildTask*) == 0);
  static_assert(alignof(OneChild) <= alignof(std::max_align_t),
                "gather of a range: expected a result of the usual alignment");

  [[nodiscard]] OneChild* children() const { return static_cast<OneChild*>(memory_.bytes); }
  [[nodiscard]] ChildTask** started() const {
    return reinterpret_cast<ChildTask**>(children() + number_);
  }
  bool cancel_children() {
    bool any = false;
    for (std::size_t i = 0; i < size_; ++i) any = cancel_child(children()[i]) || any;
    cancel_requested_ = any;
    return any;
  }

  Memory memory_;
  std::size_t size_;  // Children that live.
  std::size_t number_ = size_;
};

/// A range whose tasks gather() may take: of rvalues, or an rvalue that owns its elements.
template <class Range>
concept gives_tasks_away =
    !std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>> ||
    (!std::is_lvalue_reference_v<Range> && !std::ranges::view<std::remove_cvref_t<Range>>);

template <class Range>
using GatheredFromRange =
    typename std::remove_cvref_t<std::ranges::range_reference_t<Range>>::value_type;

}  // namespace detail

/// Runs `tasks` concurrently, as children in the order given, and returns their results as a tuple
/// (std::monostate for void). Rethrows the exception of the child that failed first, but only after
/// *all* children have ended, since children use the parent's locals (asyncio does not wait).
/// Cancelling the awaiting task cancels the children; CancelledError follows when they have ended.
template <class... Tasks>
requires(detail::is_task<std::remove_cvref_t<Tasks>>&&...)
    [[nodiscard("write: co_await gather(...);")]] auto gather(Tasks&&... tasks) {
  if constexpr ((std::is_same_v<Tasks, std::remove_cvref_t<Tasks>> && ...)) {
    return detail::GatherAwaiter<typename Tasks::value_type...>(std::move(tasks)...);
  } else {
    static_assert(detail::never<Tasks...>,
                  "gather of a Task that has a name: it runs once, so give it away: write "
                  "gather(std::move(task), ...)");
    return detail::AwaiterOfAnything();
  }
}

/// As above for a range of tasks, in its order: `co_await gather(std::move(tasks))` returns a
/// vector of their results (std::monostate for void, std::reference_wrapper for references). The
/// range is an rvalue that owns its tasks, such as a std::vector<Task<int>>, or an input range of
/// rvalues, such as a view that makes them. An empty one completes at once.
template <std::ranges::input_range Range>
requires(detail::is_task<std::remove_cvref_t<std::ranges::range_reference_t<Range>>>)
    [[nodiscard("write: co_await gather(...);")]] auto gather(Range&& range) {
  using T = detail::GatheredFromRange<Range>;
  if constexpr (std::is_same_v<Range, std::vector<Task<T>>>) {
    return detail::RangeGatherAwaiter<T>(std::forward<Range>(range));
  } else if constexpr (detail::gives_tasks_away<Range>) {
    std::vector<Task<T>> tasks;
    for (auto&& task : range) tasks.push_back(std::move(task));
    return detail::RangeGatherAwaiter<T>(std::move(tasks));
  } else {
    static_assert(detail::never<Range>,
                  "gather of a range that has a name: its tasks run once, so give them away: write "
                  "gather(std::move(tasks))");
    return detail::AwaiterOfAnything();
  }
}

/// Refuses what is no task.
template <class... Others>
requires(!(detail::is_task<std::remove_cvref_t<Others>> && ...) &&
         !(sizeof...(Others) == 1 &&
           (std::ranges::input_range<Others> && ...))) auto gather(Others&&... /*others*/) {
  static_assert(detail::never<Others...>,
                "gather of what is no Task: call the coroutine functions, as in gather(f(), g()); "
                "await handles of spawned tasks one by one, or by wait(handles)");
  return detail::AwaiterOfAnything();
}

}  // namespace coweave
