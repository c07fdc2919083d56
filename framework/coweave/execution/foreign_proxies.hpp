#pragma once

#include <coroutine>
#include <cstddef>
#include <memory>
#include <optional>

#include "coweave/task/context.hpp"

namespace coweave::detail {

struct ForeignWaiter;

/// The handles that foreign awaitables get instead of ours. Resuming one tells the scheduler that
/// owns it; a late resume, after the await or the execution has ended, has no effect; one from
/// another thread is noted, never run. A handle that foreign code may still hold is never freed.
class ForeignProxies {
 public:
  ForeignProxies();
  ~ForeignProxies();
  ForeignProxies(const ForeignProxies&) = delete;
  ForeignProxies& operator=(const ForeignProxies&) = delete;

  std::coroutine_handle<> make(ForeignWaiter& waiter);
  void drop(ForeignWaiter& waiter) noexcept;

  /// How many proxies were resumed from another thread. Thread-safe.
  [[nodiscard]] std::size_t resumed_elsewhere() const;
  void forget_resumed_elsewhere();
  /// Blocks until another thread resumes a proxy, or for `most` (null: for as long as it takes),
  /// then wakes, on this thread, every waiter resumed so. For run().
  void wait_for_other_threads(std::optional<Clock::duration> most);
  /// Whether any proxy is waiting to be resumed.
  [[nodiscard]] bool any_pending() const;

 private:
  struct Hub;
  struct Proxy;
  std::shared_ptr<Hub> hub_;
};

}  // namespace coweave::detail
