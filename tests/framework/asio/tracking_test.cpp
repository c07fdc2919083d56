// Reduced searches over handlers: those that share nothing are independent, and whoever awaits
// run() comes after all.
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <functional>
#include <set>
#include <string>

#include "framework/asio/library.hpp"

namespace {

using coweave::Report;
using coweave::Shared;
using coweave::Task;
using coweave::Tracking;

Report reduced(const std::function<Task<>()>& body) {
  return coweave::explore(body, {.strategy = coweave::dpor(), .tracking = Tracking::declared});
}

/// Two handlers, on the variables of these numbers; none below 0.
Task<> two_posts(int first, int second) {
  adapter::context io;
  Shared<int> v{0};
  Shared<int> w{0};
  const auto increment = [&](int which) {
    return [&v, &w, which] {
      if (which < 0) return;
      Shared<int>& chosen = which == 0 ? v : w;
      chosen.write(chosen.read() + 1);
    };
  };
  asio::post(io.executor("a"), increment(first));
  asio::post(io.executor("b"), increment(second));
  co_await io.run();
}

// Two orders of two handlers: one class if they commute.
TEST(AsioTracking, TwoPosts) {
  struct Expected {
    int first, second;
    std::uint64_t classes;
  };
  for (const Expected& expected : {Expected{-1, -1, 1}, Expected{0, 1, 1}, Expected{0, 0, 2}}) {
    const auto body = [&expected] { return two_posts(expected.first, expected.second); };
    const Report report = reduced(body);
    EXPECT_EQ(report.verdict, coweave::Verdict::exhaustive) << report;
    EXPECT_EQ(report.schedules, expected.classes) << report;
    const Report plain =
        coweave::explore(body, {.strategy = coweave::exhaustive(), .tracking = Tracking::declared});
    EXPECT_EQ(plain.verdict, coweave::Verdict::exhaustive) << plain;
    EXPECT_EQ(plain.schedules, 2U) << plain;
  }
}

// Three chains of two posts: 6!/(2!2!2!) = 90 interleavings, one class where each has a variable of
// its own; with one for all, each step conflicts with each of another chain: 90.
Task<> three_chains(bool is_shared) {
  adapter::context io;
  Shared<int> own[3] = {Shared<int>(0), Shared<int>(0), Shared<int>(0)};
  for (int i = 0; i < 3; ++i) {
    Shared<int>& variable = own[is_shared ? 0 : i];
    const auto executor = io.executor(std::string(1, static_cast<char>('a' + i)));
    asio::post(executor, [&variable, executor] {
      variable.write(variable.read() + 1);
      asio::post(executor, [&variable] { variable.write(variable.read() + 1); });
    });
  }
  co_await io.run();
}
TEST(AsioTracking, ThreeChainsOfTwoPosts) {
  EXPECT_EQ(reduced([] { return three_chains(false); }).schedules, 1U);
  EXPECT_EQ(reduced([] { return three_chains(true); }).schedules, 90U);
}

/// What a program ends with, under all orders.
template <class Body>
std::set<int> outcomes(const Body& body, const coweave::StrategyRecipe& strategy) {
  std::set<int> seen;
  const Report report = coweave::explore([&] { return body(seen); },
                                         {.strategy = strategy, .tracking = Tracking::declared});
  EXPECT_EQ(report.verdict, coweave::Verdict::exhaustive) << report;
  return seen;
}

// No outcome is lost: a variable that two chains update over a post, read after run().
TEST(AsioTracking, FindsEveryOutcomeOfThePlainEnumeration) {
  const auto body = [](std::set<int>& seen) -> Task<> {
    adapter::context io;
    Shared<int> v{0};
    Shared<int> w{0};
    for (const int amount : {1, 2, 4}) {
      const auto executor = io.executor(std::to_string(amount));
      asio::post(executor, [&, executor, amount] {
        const int before = amount == 4 ? w.read() : v.read();
        asio::post(executor, [&, amount, before] { (amount == 4 ? w : v).write(before + amount); });
      });
    }
    co_await io.run();
    seen.insert(v.read() * 10 + w.read());
  };
  const std::set<int> plain = outcomes(body, coweave::exhaustive());
  EXPECT_EQ(plain, (std::set<int>{14, 24, 34}));
  EXPECT_EQ(outcomes(body, coweave::dpor()), plain);
}

}  // namespace
