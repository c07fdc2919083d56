#pragma once

#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coweave/runtime/context.hpp"

namespace coweave::detail {

struct ForeignWaiter;

/// What other threads have done to an execution since it was last asked.
struct NewsFromElsewhere {
  struct Use {
    std::string what;
    Place place;
  };
  struct Post {
    std::function<void()> callable;
    std::string name;
    Place place;
  };
  std::vector<Use> uses;                ///< Without effect.
  std::vector<Post> posts;              ///< To be run.
  std::vector<ForeignWaiter*> resumed;  ///< To be passed to proxy_resumed(), each once.
};

/// The handles that foreign awaitables get instead of ours. The owning scheduler learns of each
/// resume. A resume after the end of the await or of the execution has no effect. A resume by
/// another thread is only noted. A handle that foreign code may still hold is never freed.
class ForeignProxies {
 public:
  ForeignProxies();
  ~ForeignProxies();
  ForeignProxies(const ForeignProxies&) = delete;
  ForeignProxies& operator=(const ForeignProxies&) = delete;

  std::coroutine_handle<> make(ForeignWaiter& waiter);
  void drop(ForeignWaiter& waiter) noexcept;

  /// Whether any proxy is waiting to be resumed.
  [[nodiscard]] bool any_pending() const;
  /// Makes later resumes of all pending proxies have no effect. For waiters that are leaked.
  void forget_pending() noexcept;

  /// Thread-safe.
  void note_use(std::string_view what, const Place& place);
  void note_post(std::function<void()> callable, std::string_view name, const Place& place);
  /// Whether other threads have done anything since take_news(). Does not lock.
  [[nodiscard]] bool has_news() const noexcept;
  [[nodiscard]] NewsFromElsewhere take_news();
  /// Blocks until there is news, or for `most` (null: for as long as it takes).
  void wait_for_news(std::optional<Clock::duration> most);

 private:
  struct Hub;
  struct Proxy;
  std::shared_ptr<Hub> hub_;
};

}  // namespace coweave::detail
