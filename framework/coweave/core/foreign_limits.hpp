#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coweave::detail {

/// What another runtime does, or is asked for, that Coweave does not control or refuses. The table
/// in framework/docs/how_to/asio.md has a row for each. A test compares it with `foreign_limits`.
enum class ForeignLimit : std::uint8_t {
  native_handler,         ///< A handler ran in the other runtime's own loop.
  native_run,             ///< The program ran or stopped that loop.
  other_thread,           ///< A handler was posted by another thread.
  real_wait,              ///< An operation waits for real time or for the kernel.
  blocking_wait,          ///< A timer is waited for by blocking the thread.
  injected_cancellation,  ///< Asked of handlers and coroutines of the other runtime.
};

struct ForeignLimitText {
  ForeignLimit limit;
  std::string_view key;      ///< Of the row.
  std::string_view message;  ///< Part of the failure or warning; empty where an error code says it.
};

inline constexpr std::array<ForeignLimitText, 6> foreign_limits{{
    {ForeignLimit::native_handler, "native_handler",
     "ran on the io_context itself, outside the scheduler's control"},
    {ForeignLimit::native_run, "native_run",
     "the program has run or stopped the io_context itself, outside the scheduler's control"},
    {ForeignLimit::other_thread, "other_thread",
     "another thread posted to an executor of this execution: Coweave controls one thread only"},
    {ForeignLimit::real_wait, "real_wait",
     "an operation of the other runtime's own did not complete within 100 ms: a real timer (link "
     "coweave::virtual_clock or use a virtual_timer), or a socket that nothing is sent to"},
    {ForeignLimit::blocking_wait, "blocking_wait", ""},
    {ForeignLimit::injected_cancellation, "injected_cancellation",
     "no cancellation was injected into handlers and coroutines of Asio"},
}};

constexpr std::string_view message_of(ForeignLimit limit) {
  return foreign_limits[static_cast<std::size_t>(limit)].message;
}

}  // namespace coweave::detail
