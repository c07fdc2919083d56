#pragma once

#include <atomic>
#include <cstdint>

namespace coweave::detail {

/// Grows with every execution that begins or ends on this thread; another thread may look at it.
inline constinit thread_local std::atomic<std::uint64_t> heartbeat = 0;

/// Written by this thread alone: a plain increment is enough.
inline void beat() noexcept {
  heartbeat.store(heartbeat.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace coweave::detail
