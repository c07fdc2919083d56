#pragma once

// The Asio that this program tests, as `asio`, and Coweave's adapter for it, as `adapter`.
#ifdef COWEAVE_TEST_BOOST_ASIO
#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <coweave/boost_asio.hpp>
namespace asio = boost::asio;
namespace adapter = coweave::boost_asio;
using error_code = boost::system::error_code;
using system_error = boost::system::system_error;
#define COWEAVE_TEST_ASIO BOOST_ASIO_VERSION
#else
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/channel.hpp>
#include <asio/experimental/concurrent_channel.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <coweave/asio.hpp>
namespace adapter = coweave::asio;
using error_code = asio::error_code;
using system_error = asio::system_error;
#define COWEAVE_TEST_ASIO ASIO_VERSION
#endif

// The build names the version that the tests are called after.
static_assert(COWEAVE_TEST_ASIO == COWEAVE_TEST_ASIO_VERSION);
