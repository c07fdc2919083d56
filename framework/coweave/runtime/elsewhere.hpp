#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "coweave/core/place.hpp"

namespace coweave::detail {

class TaskServices;

/// A number for an execution or a loop of run(): no two in the process have the same, so that an
/// object or a handle of one thread is never taken for that of another. Grows on each thread. 0 is
/// never returned. O(1), without a lock.
[[nodiscard]] std::uint32_t next_epoch() noexcept;

/// A scheduler as the other threads of the process find it. Lives as long as the scheduler.
class LiveExecution {
 public:
  explicit LiveExecution(TaskServices& services);
  ~LiveExecution();
  LiveExecution(const LiveExecution&) = delete;
  LiveExecution& operator=(const LiveExecution&) = delete;

  /// An execution of that number begins on the calling thread.
  void begin(std::uint32_t epoch) noexcept;
  /// It has ended: what other threads do from now on is none of its concern.
  void end() noexcept { epoch_.store(0, std::memory_order_release); }

 private:
  friend struct LiveExecutions;
  TaskServices& services_;
  std::atomic<std::uint32_t> epoch_ = 0;       // 0: nothing runs.
  std::atomic<const void*> thread_ = nullptr;  // The context of its thread.
};

/// The calling thread uses, by `what` ("set of event "ready""), something of the execution of
/// `epoch`. If another thread runs that execution, the use is noted there, as a failure
/// (uncontrolled) at `place`, and true is returned. False: it has ended, or runs here. Thread-safe.
bool note_use_elsewhere(std::uint32_t epoch, std::string_view what, const Place& place) noexcept;
/// The use of something of `services`, which may have been destroyed, and may be that of an
/// exploration around the innermost one of this thread.
bool note_use_elsewhere(const TaskServices* services, std::string_view what,
                        const Place& place) noexcept;
/// A use of no object: of all executions that other threads run. False: there are none.
bool note_use_elsewhere(std::string_view what, const Place& place) noexcept;

/// Hands `callable` to the execution that another thread runs, as note_use_elsewhere does. False:
/// there is none, or there are several. `callable` is left alone then.
bool post_elsewhere(std::function<void()>& callable, std::string_view name, const Place& place);

}  // namespace coweave::detail
