// Strands: Asio's own over an executor of a context, and coweave::asio::strand.
#include <coweave/gtest.hpp>
#include <functional>
#include <set>
#include <string>

#include "framework/asio/library.hpp"

namespace {

using coweave::Report;
using coweave::Task;
using coweave::Verdict;

template <class Strand>
std::uint64_t schedules_of_strand(const std::function<Strand(adapter::context&)>& make,
                                  std::set<std::string>& seen) {
  const Report report = coweave::explore([&]() -> Task<> {
    adapter::context io;
    const Strand strand = make(io);
    std::string order;
    for (const char name : {'a', 'b', 'c'}) asio::post(strand, [&order, name] { order += name; });
    asio::post(io, [&order] { order += '!'; });
    co_await io.run();
    seen.insert(order);
  });
  EXPECT_EQ(report.verdict, Verdict::exhaustive) << report;
  return report.schedules;
}

// The first handler is a turn; those that were queued behind it until then are the next.
TEST(AsioStrand, OfAsioRunsAllThatIsQueuedInOneStep) {
  std::set<std::string> seen;
  using Strand = asio::strand<adapter::executor>;
  EXPECT_EQ(schedules_of_strand<Strand>(
                [](adapter::context& io) { return asio::make_strand(io.get_executor()); }, seen),
            3U);
  EXPECT_EQ(seen, (std::set<std::string>{"abc!", "a!bc", "!abc"}));
}

/// What a dispatch to an idle strand does within a handler, as a string.
template <class Strand>
void dispatch_to(const Strand& strand, const asio::any_io_executor& plain, std::string& order) {
  asio::post(plain, [strand, &order] {
    order += '[';
    asio::dispatch(strand, [strand, &order] {
      order += 'a';
      asio::dispatch(strand, [&order] { order += 'b'; });
      asio::post(strand, [&order] { order += 'c'; });
    });
    order += ']';
  });
}

TEST(AsioStrand, ADispatchToAnIdleStrandRunsInline) {
  std::string production;
  asio::io_context plain;
  dispatch_to(asio::make_strand(plain), plain.get_executor(), production);
  plain.run();
  EXPECT_EQ(production, "[ab]c");
  const auto explored = [](const auto& make) {
    std::string order;
    const Report report = coweave::explore([&]() -> Task<> {
      adapter::context io;
      order.clear();
      dispatch_to(make(io), io.get_executor(), order);
      co_await io.run();
    });
    EXPECT_FALSE(report.failed()) << report;
    EXPECT_EQ(report.schedules, 1U);
    return order;
  };
  EXPECT_EQ(explored([](adapter::context& io) { return adapter::strand(io.executor("s")); }),
            production);
  EXPECT_EQ(explored([](adapter::context& io) { return asio::make_strand(io.executor("s")); }),
            production);
}

TEST(AsioStrand, OursGivesEachHandlerAStep) {
  std::set<std::string> seen;
  EXPECT_EQ(schedules_of_strand<adapter::strand>(
                [](adapter::context& io) { return adapter::strand(io.get_executor()); }, seen),
            4U);
  EXPECT_EQ(seen, (std::set<std::string>{"abc!", "ab!c", "a!bc", "!abc"}));
}

}  // namespace
