#include "coweave/runtime/elsewhere.hpp"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "coweave/runtime/context.hpp"

namespace coweave::detail {

std::uint32_t next_epoch() noexcept {
  constexpr std::uint32_t block = 1024;  // Numbers that a thread takes at a time.
  static constinit std::atomic<std::uint32_t> blocks = 0;
  static constinit thread_local std::uint32_t last = 0;
  static constinit thread_local std::uint32_t left = 0;
  if (left == 0) {
    last = blocks.fetch_add(1, std::memory_order_relaxed) * block;
    left = block - 1;
  }
  --left;
  return ++last;
}

/// The schedulers of the process. Never destroyed: objects of static duration are destroyed late.
struct LiveExecutions {
  /// How many there are: without any, whoever asks in production pays for one load.
  static constinit inline std::atomic<std::size_t> count = 0;
  std::mutex mutex;
  std::vector<LiveExecution*> all;

  static LiveExecutions& instance() {
    static LiveExecutions& only = *new LiveExecutions;  // NOLINT(*-owning-memory)
    return only;
  }
  static const void* here() { return &context; }

  /// Calls `use` with the first scheduler that `matches`, has an execution under way and is not the
  /// innermost of this thread; and with whether another thread runs it. Under the lock: it is not
  /// destroyed meanwhile.
  template <class Matches, class Use>
  static bool find(Matches matches, Use use) {
    if (count.load(std::memory_order_relaxed) == 0) return false;
    LiveExecutions& executions = instance();
    const std::lock_guard lock(executions.mutex);
    for (LiveExecution* const execution : executions.all) {
      const std::uint32_t epoch = execution->epoch_.load(std::memory_order_acquire);
      if (epoch == 0 || &execution->services_ == context.services) continue;
      const bool is_here = execution->thread_.load(std::memory_order_relaxed) == here();
      if (!matches(execution->services_, epoch, is_here)) continue;
      use(execution->services_, is_here);
      return true;
    }
    return false;
  }

  static void note(TaskServices& services, bool is_here, std::string_view what,
                   const Place& place) {
    services.used_elsewhere(
        std::string(what) + (is_here ? " by an exploration within one of its steps"
                                     : " by another thread: Coweave controls one thread only"),
        place);
  }
};

LiveExecution::LiveExecution(TaskServices& services) : services_(services) {
  LiveExecutions& executions = LiveExecutions::instance();
  const std::lock_guard lock(executions.mutex);
  executions.all.push_back(this);
  LiveExecutions::count.store(executions.all.size(), std::memory_order_relaxed);
}

LiveExecution::~LiveExecution() {
  LiveExecutions& executions = LiveExecutions::instance();
  const std::lock_guard lock(executions.mutex);
  std::erase(executions.all, this);
  LiveExecutions::count.store(executions.all.size(), std::memory_order_relaxed);
}

void LiveExecution::begin(std::uint32_t epoch) noexcept {
  thread_.store(LiveExecutions::here(), std::memory_order_relaxed);
  epoch_.store(epoch, std::memory_order_release);
}

bool note_use_elsewhere(std::uint32_t epoch, std::string_view what, const Place& place) noexcept {
  if (epoch == 0) return false;
  return LiveExecutions::find([epoch](const TaskServices&, std::uint32_t running,
                                      bool is_here) { return running == epoch && !is_here; },
                              [&](TaskServices& services, bool is_here) {
                                LiveExecutions::note(services, is_here, what, place);
                              });
}

bool note_use_elsewhere(const TaskServices* services, std::string_view what,
                        const Place& place) noexcept {
  return LiveExecutions::find(
      [services](const TaskServices& running, std::uint32_t, bool) { return &running == services; },
      [&](TaskServices& used, bool is_here) { LiveExecutions::note(used, is_here, what, place); });
}

bool note_use_elsewhere(std::string_view what, const Place& place) noexcept {
  bool any = false;
  LiveExecutions::find(
      [&](TaskServices& services, std::uint32_t, bool is_here) {
        if (is_here) return false;
        LiveExecutions::note(services, is_here, what, place);
        any = true;
        return false;  // The next one too.
      },
      [](TaskServices&, bool) {});
  return any;
}

bool post_elsewhere(std::function<void()>& callable, std::string_view name, const Place& place) {
  const TaskServices* only = nullptr;
  std::size_t running = 0;
  LiveExecutions::find(
      [&](const TaskServices& services, std::uint32_t, bool is_here) {
        if (is_here) return false;
        only = &services;
        ++running;
        return false;  // The next one too.
      },
      [](TaskServices&, bool) {});
  if (running != 1) return false;
  return LiveExecutions::find(
      [only](const TaskServices& services, std::uint32_t, bool) { return &services == only; },
      [&](TaskServices& services, bool) {
        services.posted_elsewhere(std::move(callable), name, place);
      });
}

}  // namespace coweave::detail
