#pragma once

#include <algorithm>
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/detail/reactor.hpp>
#include <asio/detail/recycling_allocator.hpp>
#include <asio/detail/resolver_service.hpp>
#include <asio/detail/scheduler.hpp>
#include <asio/detail/strand_executor_service.hpp>
#include <asio/detail/thread_context.hpp>
#include <asio/detail/thread_info_base.hpp>
#include <asio/error.hpp>
#include <asio/execution.hpp>
#include <asio/execution_context.hpp>
#include <asio/experimental/channel_error.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/prefer.hpp>
#include <asio/query.hpp>
#include <asio/require.hpp>
#include <asio/system_executor.hpp>
#include <asio/version.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "coweave/asio/deadline.hpp"
#include "coweave/core/versions.hpp"
#include "coweave/foreign/handler_runtime.hpp"
#include "coweave/runtime/async_wait.hpp"
#include "coweave/runtime/elsewhere.hpp"
#include "coweave/runtime/never.hpp"

/// Standalone Asio on Coweave's scheduler: `coweave::asio::context` in the place of
/// `asio::io_context`.
#define COWEAVE_ASIO_NAMESPACE asio
#define COWEAVE_ASIO ::asio
#define COWEAVE_ASIO_DETAIL asio::detail
#define COWEAVE_ASIO_VERSION ASIO_VERSION
#define COWEAVE_ASIO_NUMBER ASIO_VERSION
#if defined(ASIO_HAS_EPOLL)
#define COWEAVE_ASIO_HAS_EPOLL 1
#else
#define COWEAVE_ASIO_HAS_EPOLL 0
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push  // any_executor has a null case that g++ cannot see to be impossible.
#pragma GCC diagnostic ignored "-Wnull-dereference"
#endif
#include "coweave/asio/detail/adapter.ipp"
#include "coweave/asio/detail/async_operation.ipp"
#include "coweave/asio/detail/strand.ipp"
#include "coweave/asio/detail/timer_service.ipp"
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#undef COWEAVE_ASIO_NAMESPACE
#undef COWEAVE_ASIO
#undef COWEAVE_ASIO_DETAIL
#undef COWEAVE_ASIO_VERSION
#undef COWEAVE_ASIO_NUMBER
#undef COWEAVE_ASIO_HAS_EPOLL
