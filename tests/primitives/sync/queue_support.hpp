#pragma once

#include <memory>
#include <utility>

#include "primitives/sync/rules.hpp"

namespace coweave::test {

template <class Queue>
auto get_from(Queue& queue) -> Task<decltype(queue.get_nowait())> {
  co_return co_await queue.get();
}

template <class Queue, class Item>
Task<> put_into(Queue& queue, Item item) {
  co_await queue.put(std::move(item));
}

template <class Queue>
Task<> join(Queue& queue) {
  co_await queue.join();
}

template <class Queue>
bool put_nowait_is_full(Queue& queue, int item) {
  try {
    queue.put_nowait(item);
  } catch (const QueueFull&) {
    return true;
  }
  return false;
}

template <class Queue>
bool get_nowait_is_empty(Queue& queue) {
  try {
    static_cast<void>(queue.get_nowait());
  } catch (const QueueEmpty&) {
    return true;
  }
  return false;
}

/// Whether awaiting it throws QueueShutDown.
template <class Awaitable>
Task<bool> is_shut_down(Awaitable&& awaitable) {
  try {
    static_cast<void>(co_await std::forward<Awaitable>(awaitable));
  } catch (const QueueShutDown&) {
    co_return true;
  }
  co_return false;
}

}  // namespace coweave::test
