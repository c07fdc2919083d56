// The program that cancelled_before_start_test.cpp runs. In Boost.Asio 1.81 a coroutine that is
// cancelled between co_spawn and its first step throws out of io_context::run, and its completion
// handler is never called: std::terminate in a thread that runs the loop. Cure: it is spawned in a
// handler of its executor, so that it has started when co_spawn returns. Never discovered as tests
// themselves: one ends the process.
#include <boost/asio.hpp>
#include <coweave/boost_asio.hpp>
#include <coweave/gtest.hpp>
#include <exception>

namespace {

namespace asio = boost::asio;
using coweave::Task;

struct Session {
  asio::cancellation_signal stop;
  bool hung_up = false;
  int completions = 0;
};

asio::awaitable<void> serve() {
  co_await asio::post(asio::use_awaitable);  // Reads ...
  co_await asio::post(asio::use_awaitable);  // ... and writes.
}

void spawn(const asio::any_io_executor& executor, Session& session) {
  asio::co_spawn(executor, serve(),
                 asio::bind_cancellation_slot(session.stop.slot(), [&session](std::exception_ptr) {
                   ++session.completions;
                 }));
}

/// Starts within a handler, unless there is nobody to serve any more.
void spawn_in_handler(const asio::any_io_executor& executor, Session& session) {
  asio::post(executor, [executor, &session] {
    if (session.hung_up)
      ++session.completions;
    else
      spawn(executor, session);
  });
}

void hang_up(const asio::any_io_executor& executor, Session& session) {
  asio::post(executor, [&session] {
    session.hung_up = true;
    session.stop.emit(asio::cancellation_type::terminal);
  });
}

using Start = void (*)(const asio::any_io_executor&, Session&);

Task<> one_client(Start start) {
  coweave::boost_asio::context io;  // In production: asio::io_context io;
  Session session;
  start(io.executor("session"), session);
  hang_up(io.executor("client"), session);
  co_await io.run();  // In production: io.run();
  coweave::check(session.completions == 1, "the session did not complete");
}

/// A thread of production runs the loop: what leaves it ends the process.
Task<> in_a_thread(Start start) {
  try {
    co_await one_client(start);
  } catch (...) {
    std::terminate();
  }
}

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};
const coweave::Options counted{.strategy = coweave::exhaustive(), .keep_going = true};

COWEAVE_TEST(AsioCancelled, BeforeItsFirstStep) { co_await in_a_thread(spawn); }

COWEAVE_TEST(AsioCancelled, AfterItsFirstStep, every_interleaving) {
  co_await in_a_thread(spawn_in_handler);
}

// The session has three steps (start, read, write) and the client one, before, between or after
// them: 4. The first is fatal. In the cured form the client that comes first is told before
// anything is spawned.
TEST(AsioCancelled, InOneOrderOfFour) {
  const coweave::Report buggy = coweave::explore([] { return one_client(spawn); }, counted);
  EXPECT_EQ(buggy.schedules, 4U);
  EXPECT_EQ(buggy.failing, BOOST_ASIO_VERSION == 102600 ? 1U : 0U);
  const coweave::Report cured =
      coweave::explore([] { return one_client(spawn_in_handler); }, counted);
  EXPECT_EQ(cured.schedules, 4U);
  EXPECT_EQ(cured.failing, 0U);
}

// One thread runs first what comes first: an ordinary test does not see the bug.
TEST(AsioCancelled, RunsOnAPlainIoContext) {
  for (const Start start : {spawn, spawn_in_handler}) {
    asio::io_context io;
    Session session;
    start(io.get_executor(), session);
    hang_up(io.get_executor(), session);
    io.run();
    EXPECT_EQ(session.completions, 1);
  }
}

}  // namespace
