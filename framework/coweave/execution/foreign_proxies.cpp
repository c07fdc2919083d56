#include "coweave/execution/foreign_proxies.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "coweave/runtime/foreign.hpp"

namespace coweave::detail {

/// A coroutine that reports each resume and suspends again. Its frame is the handle that foreign
/// code holds, so it is kept, out of use, once that code may resume it late.
struct ForeignProxies::Proxy {
  struct promise_type {
    Proxy get_return_object() { return {Handle::from_promise(*this)}; }
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }

    ForeignWaiter* waiter = nullptr;  // Null: nobody waits, a resume has no effect. Under the lock.
    promise_type* previous = nullptr;  // Of those that wait.
    promise_type* next = nullptr;
    bool is_running = false;  // Within a resume: not to be used again yet.
  };
  using Handle = std::coroutine_handle<promise_type>;
  Handle handle;

  struct Self {  // Gives a coroutine its own promise.
    promise_type* promise = nullptr;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    bool await_suspend(Handle self) noexcept {
      promise = &self.promise();
      return false;
    }
    [[nodiscard]] promise_type& await_resume() const noexcept { return *promise; }
  };
};

struct ForeignProxies::Hub {
  std::mutex mutex;
  std::condition_variable changed;
  std::thread::id owner = std::this_thread::get_id();
  std::vector<Proxy::Handle> idle;
  std::vector<Proxy::Handle> elsewhere;  // Resumed from other threads.
  std::vector<NewsFromElsewhere::Use> uses;
  std::vector<NewsFromElsewhere::Post> posts;
  std::atomic<bool> has_news = false;
  Proxy::promise_type* pending = nullptr;  // The last one made. Changed by the owner only.

  void add(Proxy::promise_type& proxy) {
    proxy.previous = nullptr;
    proxy.next = pending;
    if (pending != nullptr) pending->previous = &proxy;
    pending = &proxy;
  }
  void remove(Proxy::promise_type& proxy) {
    (proxy.previous != nullptr ? proxy.previous->next : pending) = proxy.next;
    if (proxy.next != nullptr) proxy.next->previous = proxy.previous;
  }
  /// Under the lock.
  void announce() {
    has_news.store(true, std::memory_order_release);
    changed.notify_all();
  }

  void resumed(Proxy::promise_type& proxy) {
    ForeignWaiter* waiter = nullptr;
    {
      const std::lock_guard lock(mutex);
      if (std::this_thread::get_id() != owner) {
        if (proxy.waiter == nullptr) return;
        elsewhere.push_back(Proxy::Handle::from_promise(proxy));
        announce();
        return;
      }
      waiter = proxy.waiter;
    }
    if (waiter == nullptr) return;
    // The task may run on within this call, and its await be over.
    proxy.is_running = true;
    proxy_resumed(*waiter);
    const std::lock_guard lock(mutex);
    proxy.is_running = false;
    if (proxy.waiter == nullptr) idle.push_back(Proxy::Handle::from_promise(proxy));
  }

  static Proxy run(std::shared_ptr<Hub> hub) {
    Proxy::promise_type& self = co_await Proxy::Self{};
    while (true) {
      hub->resumed(self);
      co_await std::suspend_always{};
    }
  }
};

namespace {

/// Keeps handles that foreign code may still resume reachable for the rest of the process.
template <class Handle>
void retire(Handle handle) {
  static auto& retired = *new std::vector<Handle>;  // NOLINT(*-owning-memory)
  static std::mutex guard;
  const std::lock_guard lock(guard);
  retired.push_back(handle);
}

}  // namespace

ForeignProxies::ForeignProxies() : hub_(std::make_shared<Hub>()) {}

ForeignProxies::~ForeignProxies() {
  // Idle frames hold the hub: destroy them first, or the hub never dies.
  std::vector<Proxy::Handle> idle;
  {
    const std::lock_guard lock(hub_->mutex);
    idle.swap(hub_->idle);
  }
  for (const Proxy::Handle proxy : idle) proxy.destroy();
}

std::coroutine_handle<> ForeignProxies::make(ForeignWaiter& waiter) {
  const std::lock_guard lock(hub_->mutex);
  Proxy::Handle proxy;
  if (hub_->idle.empty()) {
    proxy = Hub::run(hub_).handle;
  } else {
    proxy = hub_->idle.back();
    hub_->idle.pop_back();
  }
  proxy.promise().waiter = &waiter;
  hub_->add(proxy.promise());
  return proxy;
}

void ForeignProxies::drop(ForeignWaiter& waiter) noexcept {
  const std::lock_guard lock(hub_->mutex);
  const auto proxy = Proxy::Handle::from_address(std::exchange(waiter.proxy, nullptr).address());
  proxy.promise().waiter = nullptr;
  hub_->remove(proxy.promise());
  if (proxy.promise().is_running) return;  // Later.
  if (waiter.resumed) {
    hub_->idle.push_back(proxy);
  } else {
    retire(proxy);
  }
}

bool ForeignProxies::any_pending() const { return hub_->pending != nullptr; }

void ForeignProxies::forget_pending() noexcept {
  const std::lock_guard lock(hub_->mutex);
  while (Proxy::promise_type* const proxy = hub_->pending) {
    proxy->waiter = nullptr;
    hub_->remove(*proxy);
    retire(Proxy::Handle::from_promise(*proxy));
  }
}

void ForeignProxies::note_use(std::string_view what, const Place& place) {
  const std::lock_guard lock(hub_->mutex);
  hub_->uses.push_back({std::string(what), place});
  hub_->announce();
}

void ForeignProxies::note_post(std::function<void()> callable, std::string_view name,
                               const Place& place) {
  const std::lock_guard lock(hub_->mutex);
  hub_->posts.push_back({std::move(callable), std::string(name), place});
  hub_->announce();
}

bool ForeignProxies::has_news() const noexcept {
  return hub_->has_news.load(std::memory_order_acquire);
}

NewsFromElsewhere ForeignProxies::take_news() {
  const std::lock_guard lock(hub_->mutex);
  NewsFromElsewhere news{std::exchange(hub_->uses, {}), std::exchange(hub_->posts, {}), {}};
  for (const Proxy::Handle proxy : std::exchange(hub_->elsewhere, {}))
    if (ForeignWaiter* const waiter = proxy.promise().waiter;
        waiter != nullptr &&
        std::find(news.resumed.begin(), news.resumed.end(), waiter) == news.resumed.end())
      news.resumed.push_back(waiter);
  hub_->has_news.store(false, std::memory_order_relaxed);
  return news;
}

void ForeignProxies::wait_for_news(std::optional<Clock::duration> most) {
  std::unique_lock lock(hub_->mutex);
  const auto any = [this] { return has_news(); };
  if (most) {
    // The library reads its clocks: without services, coweave::virtual_clock shows the real ones.
    TaskServices* const services = std::exchange(context.services, nullptr);
    hub_->changed.wait_for(lock, *most, any);
    context.services = services;
  } else {
    hub_->changed.wait(lock, any);
  }
}

}  // namespace coweave::detail
