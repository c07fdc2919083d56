#pragma once

#include <exception>
#include <functional>
#include <type_traits>

#include "coweave/task/spawn.hpp"

namespace coweave {
namespace detail {

/// Runs the loop until the root task that `start` creates has ended; rethrows what it threw. `take`
/// reads the result while the root's frame is alive.
void run_loop(const std::function<void()>& start, const std::function<void(TaskControl&)>& take);

}  // namespace detail

/// Runs `task` to its end on the calling thread, in production order, on the real clock, with
/// asyncio's rule for awaits (AwaitPoints::suspending), and gives its result: no test, what
/// asyncio.run is. Tasks that are left then are cancelled and awaited. Foreign awaitables may be
/// resumed from any thread. Throws what the task throws; Error for a deadlock, or if called inside
/// explore() or run().
template <class T>
T run(Task<T> task) {
  const auto start = [&task] { detail::spawn_root(std::move(task), "main", false, {}); };
  if constexpr (std::is_void_v<T>) {
    detail::run_loop(start, [](detail::TaskControl&) {});
  } else if constexpr (std::is_reference_v<T>) {
    std::remove_reference_t<T>* result = nullptr;
    detail::run_loop(
        start, [&result](detail::TaskControl& root) { result = &detail::result_of<T>(root); });
    return *result;
  } else {
    std::optional<T> result;
    detail::run_loop(start, [&result](detail::TaskControl& root) {
      result.emplace(std::move(detail::result_of<T>(root)));
    });
    return std::move(*result);
  }
}

/// Refuses what is no task.
template <class Other>
requires(!detail::is_task<std::remove_cvref_t<Other>>) void run(Other&& /*other*/) {
  static_assert(detail::never<Other>,
                "run takes the task that the call of a coroutine function returns: write "
                "run(body())");
}

}  // namespace coweave
