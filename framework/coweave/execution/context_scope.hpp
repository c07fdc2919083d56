#pragma once

#include <optional>

#include "coweave/execution/execution_options.hpp"
#include "coweave/execution/heartbeat.hpp"
#include "coweave/runtime/context.hpp"

namespace coweave::detail {

/// Makes this thread's context that of an execution, and restores the former one: explorations may
/// nest.
class ContextScope {
 public:
  ContextScope(TaskServices& services, FrameArena& arena, AwaitPoints points,
               const RunOptions& options) {
    const bool is_recording = options.recorder != nullptr;
    AccessLog* const accesses = options.accesses;
    if (context.services != nullptr) [[unlikely]]
      outer_ = context;
    epoch_outside_ = context.epoch;
    objects_outside_ = context.root_objects;
    context.services = &services;
    if (outer_) [[unlikely]] {  // Else they are so: every execution leaves them so.
      context.current = nullptr;
      context.next = nullptr;
      context.is_tearing_down = false;
    }
    context.arena = &arena;
    context.epoch = next_epoch();
    context.root_objects = 0;
    context.unfinished_tasks = 0;
    context.disposed_tasks = 0;
    context.has_failed_task = false;
    context.await_points = points;
    context.accesses = accesses;
    context.is_recording = is_recording;
    context.is_apart = false;
    context.is_watched = accesses != nullptr;
    context.is_observed = is_recording || accesses != nullptr;
    context.needs_attention = false;
    beat();
  }
  ~ContextScope() {
    beat();
    if (outer_) [[unlikely]] {
      outer_->step_number = context.step_number;
      context = *outer_;
      return;
    }
    context.services = nullptr;
    context.current = nullptr;
    context.arena = nullptr;
    context.epoch = epoch_outside_;
    context.root_objects = objects_outside_;
    context.accesses = nullptr;
    context.is_recording = false;
    context.is_apart = context.is_watched = context.is_observed = true;
  }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  std::optional<Context> outer_;  // Of the step that explores, if one does.
  std::uint32_t epoch_outside_;
  std::uint32_t objects_outside_;
};

}  // namespace coweave::detail
