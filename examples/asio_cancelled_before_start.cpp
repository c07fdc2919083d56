// examples/asio_cancelled_before_start.cpp: a server admits sessions, and closes them by
// cancellation signals. One that is admitted after the close ends itself by its signal, before it
// has suspended for the first time. Boost.Asio 1.81 then throws out of run(): in the thread of a
// server that is std::terminate. Cure: who comes late just returns. A bug of the library as much as
// of the program: the completion handler is never called.
#include <boost/asio.hpp>
#include <coweave/boost_asio.hpp>
#include <coweave/gtest.hpp>
#include <csignal>
#include <deque>
#include <filesystem>
#include <thread>

namespace {

using coweave::FailureKind;
using coweave::Report;
using coweave::Task;
namespace asio = boost::asio;
using asio::cancellation_signal;
using asio::use_awaitable;

/// What a late session does.
enum class Late { cancels_itself, returns };

struct Server {
  asio::any_io_executor executor;
  Late late;
  std::deque<cancellation_signal> sessions = {};
  bool is_closed = false;
  int active = 0;

  asio::awaitable<void> session(cancellation_signal& stop) {
    if (is_closed && late == Late::returns) co_return;
    if (is_closed) stop.emit(asio::cancellation_type::terminal);
    coweave::boost_asio::virtual_timer idle(executor, std::chrono::seconds(30));
    co_await idle.async_wait(use_awaitable);
  }

  void admit() {
    ++active;
    cancellation_signal& stop = sessions.emplace_back();
    asio::co_spawn(
        executor, session(stop),
        asio::bind_cancellation_slot(stop.slot(), [this](const std::exception_ptr&) { --active; }));
  }

  void close() {
    is_closed = true;
    for (cancellation_signal& stop : sessions) stop.emit(asio::cancellation_type::terminal);
  }
};

/// The order to close comes when it will: before a client or after it.
Task<> serve(Late late) {
  coweave::boost_asio::context io;
  Server server{io.get_executor(), late};
  asio::post(io.executor("client"), [&server] { server.admit(); });
  asio::post(io.executor("operator"), [&server] { server.close(); });
  co_await io.run();
  coweave::check(server.active == 0, "a session is still there");
}

/// Later versions of Boost have mended it.
constexpr bool throws_out_of_run = BOOST_ASIO_VERSION == 102600;

TEST(AsioCancelledBeforeStart, ThrowsOutOfRun) {
  const auto buggy = [] { return serve(Late::cancels_itself); };
  const auto directory =
      std::filesystem::path(::testing::TempDir()) / "coweave-cancelled-before-start";
  const Report report =
      coweave::explore(buggy, {.name = "AsioCancelledBeforeStart", .schedule_dir = directory});
  if (!throws_out_of_run) {
    EXPECT_THAT(report, coweave::PassesExhaustively());
    return;
  }
  ASSERT_THAT(report, coweave::FailsWith(FailureKind::exception));
  EXPECT_THAT(report.failures.front().message,
              ::testing::HasSubstr("co_await: Operation canceled"));

  // The schedule that was saved fails in the same way again.
  const auto saved = coweave::Schedule::load(directory / "AsioCancelledBeforeStart.json");
  EXPECT_THAT(coweave::replay(buggy, saved), coweave::FailsWith(FailureKind::exception));
  std::filesystem::remove_all(directory);
}

TEST(AsioCancelledBeforeStart, EndsTheProcessInProduction) {
  if (!throws_out_of_run) GTEST_SKIP() << "a bug of Boost.Asio 1.81";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto close_first = [] {
    asio::io_context io;
    Server server{io.get_executor(), Late::cancels_itself};
    asio::post(io, [&server] { server.close(); });
    asio::post(io, [&server] { server.admit(); });
    std::thread([&io] { io.run(); }).join();
  };
  EXPECT_EXIT(close_first(), ::testing::KilledBySignal(SIGABRT), "terminate|uncaught");
}

TEST(AsioCancelledBeforeStart, DoesNotWhereALateSessionReturns) {
  EXPECT_THAT(coweave::explore([] { return serve(Late::returns); }), coweave::PassesExhaustively());
}

}  // namespace
