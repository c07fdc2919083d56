#include "coweave/execution/foreign_proxies.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "coweave/task/foreign.hpp"

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
    bool is_running = false;          // Within a resume: not to be used again yet.
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
  std::size_t pending = 0;

  void resumed(Proxy::promise_type& proxy) {
    ForeignWaiter* waiter = nullptr;
    {
      const std::lock_guard lock(mutex);
      if (std::this_thread::get_id() != owner) {
        if (proxy.waiter != nullptr) elsewhere.push_back(Proxy::Handle::from_promise(proxy));
        changed.notify_all();
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
  ++hub_->pending;
  return proxy;
}

void ForeignProxies::drop(ForeignWaiter& waiter) noexcept {
  const std::lock_guard lock(hub_->mutex);
  const auto proxy = Proxy::Handle::from_address(std::exchange(waiter.proxy, nullptr).address());
  proxy.promise().waiter = nullptr;
  --hub_->pending;
  if (proxy.promise().is_running) return;  // Later.
  if (waiter.resumed) {
    hub_->idle.push_back(proxy);
  } else {
    retire(proxy);
  }
}

std::size_t ForeignProxies::resumed_elsewhere() const {
  const std::lock_guard lock(hub_->mutex);
  return hub_->elsewhere.size();
}

void ForeignProxies::forget_resumed_elsewhere() {
  const std::lock_guard lock(hub_->mutex);
  hub_->elsewhere.clear();
}

bool ForeignProxies::any_pending() const {
  const std::lock_guard lock(hub_->mutex);
  return hub_->pending != 0;
}

void ForeignProxies::wait_for_other_threads(std::optional<Clock::duration> most) {
  std::vector<Proxy::Handle> resumed;
  {
    std::unique_lock lock(hub_->mutex);
    const auto any = [this] { return !hub_->elsewhere.empty(); };
    if (most) {
      hub_->changed.wait_for(lock, *most, any);
    } else {
      hub_->changed.wait(lock, any);
    }
    resumed.swap(hub_->elsewhere);
  }
  for (const Proxy::Handle proxy : resumed)
    if (ForeignWaiter* waiter = proxy.promise().waiter) proxy_resumed(*waiter);
}

}  // namespace coweave::detail
