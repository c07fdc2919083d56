#pragma once

#include <utility>

#include "coweave/task/spawn.hpp"

namespace coweave {
namespace detail {

template <class T>
class [[nodiscard]] ShieldAwaiter : public JoinAwaiter<T> {
 public:
  ShieldAwaiter(TaskControl& target, const Place& place) : JoinAwaiter<T>(target, place) {
    this->shield();
  }
};

}  // namespace detail

/// `co_await shield(handle)` is `co_await handle`, but cancelling the awaiting task leaves the
/// awaited one alone: CancelledError comes at once, and the other runs on. asyncio.shield.
template <class T>
[[nodiscard]] detail::ShieldAwaiter<T> shield(const TaskHandle<T>& handle,
                                              Place place = Place::current()) {
  return {detail::HandleAccess::control(handle), place};
}

/// Spawns `task` and shields it. If the awaiting task is cancelled, nobody waits for it any more:
/// keep a handle (`spawn`, then `shield`) of what must have ended before the test does.
template <class T>
[[nodiscard]] detail::ShieldAwaiter<T> shield(Task<T> task, Place place = Place::current()) {
  return shield(spawn(std::move(task), {}, place), place);
}

}  // namespace coweave
