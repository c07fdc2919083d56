#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/detail/thread_context.hpp>
#include <boost/asio/detail/thread_info_base.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/version.hpp>
#include <boost/version.hpp>

#include "coweave/asio/deadline.hpp"
#include "coweave/core/versions.hpp"
#include "coweave/task/foreign_runtime.hpp"

/// Boost.Asio on Coweave's scheduler: `coweave::boost_asio::context` in the place of
/// `boost::asio::io_context`.
#define COWEAVE_ASIO_ROOM boost_asio
#define COWEAVE_ASIO ::boost::asio
#define COWEAVE_ASIO_DETAIL boost::asio::detail
#define COWEAVE_ASIO_VERSION BOOST_ASIO_VERSION, BOOST_VERSION
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push  // any_executor has a null case that g++ cannot see to be impossible.
#pragma GCC diagnostic ignored "-Wnull-dereference"
#endif
#include "coweave/asio/detail/timer_service.inc"
#include "coweave/asio/detail/adapter.inc"
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#undef COWEAVE_ASIO_ROOM
#undef COWEAVE_ASIO
#undef COWEAVE_ASIO_DETAIL
#undef COWEAVE_ASIO_VERSION
