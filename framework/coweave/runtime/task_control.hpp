#pragma once

#include <coroutine>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <string>
#include <type_traits>

#include "coweave/core/name.hpp"
#include "coweave/core/ready_task.hpp"
#include "coweave/runtime/wait_queue.hpp"

namespace coweave::detail {

class PromiseBase;
class TaskServices;
struct ForeignWaiter;
struct TaskControl;

/// TaskControl::function of the tasks that handlers of other runtimes are. Known by its address.
inline constexpr char handler_function[] = "handler";

enum class TaskState : std::uint8_t {
  ready,       ///< In the ready queue: new or woken.
  running,     ///< Its step is under way, or it ended without suspending.
  ready_head,  ///< In the ready queue; put at its head when its last step ended.
  ready_tail,  ///< In the ready queue; put at its tail when its last step ended.
  blocked,     ///< Waits for `waiter`.
  finished,
};

enum class TaskResult : std::uint8_t { none, value, exception, cancelled };

/// Told once when a task ends, in the step in which it ends: a gather counts its children so.
struct CompletionHook {
  void (*finished)(CompletionHook&, TaskControl&) = nullptr;
};

/// A coroutine that is to become a task of its own, and hears of its end.
struct ChildTask : CompletionHook {
  std::coroutine_handle<> coroutine;  ///< Owned until it is a task; then null.
  PromiseBase* promise = nullptr;     ///< Of `coroutine`.
  TaskControl* control = nullptr;     ///< What it has become.
};

/// What changes while a task lives; a new task begins with these values.
struct TaskProgress {
  void (*hook)(TaskControl&) = nullptr;  ///< Runs instead of `leaf` if set; cleared before.
  Waiter* waiter = nullptr;              ///< While blocked, and until the step after; null if what
                                         ///< it waited for is gone.
  CompletionHook* completion = nullptr;
  ForeignWaiter* foreign = nullptr;  ///< Innermost foreign await under way, beneath `waiter`.
  WaitQueue joiners;
  std::uint32_t references = 0;  ///< Handles that may ask for the result.
  std::uint32_t children = 0;    ///< Spawned so far.
  std::uint32_t objects = 0;     ///< Created so far.
  std::uint32_t cancel_requests = 0;
  // `state` and `result` stand apart: bytes side by side that are set together become one store of
  // two, on which a load of the second stalls.
  TaskState state = TaskState::ready;
  bool cancel_pending = false;     ///< Throw CancelledError at the next resume.
  bool cancel_forwarding = false;  ///< Guards against cycles of joins.
  bool is_daemon = false;
  bool has_residue = false;   ///< `foreign_error` or `callable` may be set.
  bool is_retrieved = false;  ///< Somebody has seen the exception that it ended with.
  TaskResult result = TaskResult::none;
  bool is_queued = false;  ///< `waiter` stands in a queue though the task is ready at once.

  [[nodiscard]] bool finished() const { return state == TaskState::finished; }

  /// A fresh one is zero in every byte, and is written in wide words.
  void reset() { std::memset(static_cast<void*>(this), 0, sizeof(*this)); }
};
static_assert(std::has_unique_object_representations_v<TaskProgress>, "it has no padding");

/// Everything that the scheduler knows of one task. A runnable is anything that can be resumed:
/// `leaf` is a coroutine of any type, `hook` is what runs instead of it (a step inside a primitive,
/// a posted callable). Lives until the execution ends; its frame is destroyed as soon as the task
/// has ended and nobody can ask for the result.
struct TaskControl : ReadyTask, TaskProgress {
  explicit TaskControl(const TaskServices& scheduler) : owner(&scheduler) {}

  const TaskServices* const owner;      ///< The scheduler whose task this is, for good.
  std::coroutine_handle<> leaf;         ///< What the next step resumes.
  std::coroutine_handle<> root;         ///< Owned frame of the task's coroutine; null if foreign.
  std::exception_ptr* error = nullptr;  ///< In the promise of `root`, or `foreign_error`.
  std::exception_ptr foreign_error;     ///< For tasks without a frame of ours.
  std::function<void()> callable;       ///< Of a posted task, until its first step.

  TaskId parent = TaskId::none;
  std::uint32_t nth_child = 0;  ///< It is the n-th spawn of its parent, from 1.
  const char* function = "";    ///< Signature of the coroutine, for a default name.
  Name name;
  Place spawned_at;
  std::string cancel_message;
  std::uint64_t ended_in_step = 0;  ///< Context::step_number; set unless it gave a value.

  /// A new task, in place of whatever this was. It runs `coroutine`, whose promise holds `thrown`;
  /// both null for one whose maker then says what it runs.
  void begin(std::coroutine_handle<> coroutine, std::exception_ptr* thrown, const char* signature,
             Place place) {
    reset();
    show({OperationKind::start, ObjectId::none, place});
    spawned_at = place;
    leaf = root = coroutine;
    error = thrown;
    function = signature;
    name = {};
  }

  /// Written member by member: a copy of a fresh Operation stalls on store forwarding.
  void show(const Operation& operation) {
    resumes_from.kind = operation.kind;
    resumes_from.object = operation.object;
    resumes_from.place = operation.place;
  }
};

}  // namespace coweave::detail
