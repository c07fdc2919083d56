#pragma once

#include <algorithm>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/recycling_allocator.hpp>
#include <boost/asio/detail/resolver_service.hpp>
#include <boost/asio/detail/scheduler.hpp>
#include <boost/asio/detail/strand_executor_service.hpp>
#include <boost/asio/detail/thread_context.hpp>
#include <boost/asio/detail/thread_info_base.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/experimental/channel_error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/version.hpp>
#include <boost/version.hpp>
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

/// Boost.Asio on Coweave's scheduler: `coweave::boost_asio::context` in the place of
/// `boost::asio::io_context`.
#define COWEAVE_ASIO_NAMESPACE boost_asio
#define COWEAVE_ASIO ::boost::asio
#define COWEAVE_ASIO_DETAIL boost::asio::detail
#define COWEAVE_ASIO_VERSION BOOST_ASIO_VERSION, BOOST_VERSION
#define COWEAVE_ASIO_NUMBER BOOST_ASIO_VERSION
#if defined(BOOST_ASIO_HAS_EPOLL)
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
