// Unmodified Asio code with the installed package: which comes first, the timeout or the
// completion?
#ifdef USES_BOOST
#include <boost/asio.hpp>
#include <coweave/boost_asio.hpp>
namespace asio = boost::asio;
namespace adapter = coweave::boost_asio;
#else
#include <asio.hpp>
#include <coweave/asio.hpp>
namespace adapter = coweave::asio;
#endif
#include <chrono>
#include <coweave/gtest.hpp>
#include <set>

namespace {

using namespace std::chrono_literals;

struct Outcome {
  bool has_timed_out = false;
  bool is_complete = false;
};

asio::awaitable<void> guarded(Outcome& outcome) {
  asio::steady_timer timeout(co_await asio::this_coro::executor, 30s);
  timeout.async_wait([&outcome](auto error) { outcome.has_timed_out = !error; });
  co_await asio::post(asio::use_awaitable);
  outcome.is_complete = true;
  timeout.cancel();
  co_await asio::post(asio::use_awaitable);
}

TEST(Timeout, ComesBeforeOrAfterWhatItGuards) {
  std::set<bool> timeouts;
  const auto body = [&timeouts]() -> coweave::Task<> {
    adapter::context io;
    Outcome outcome;
    asio::co_spawn(io, guarded(outcome), asio::detached);
    co_await io.run();
    coweave::check(outcome.is_complete, "the operation");
    timeouts.insert(outcome.has_timed_out);
  };
  EXPECT_THAT(coweave::explore(body, {.timers = coweave::TimerOrder::any}),
              coweave::PassesExhaustively());
  EXPECT_EQ(timeouts, (std::set<bool>{false, true}));
}

}  // namespace
