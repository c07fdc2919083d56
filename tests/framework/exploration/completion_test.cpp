// The facts beside the sentence of a verdict.
#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace {

using coweave::Completion;
using coweave::explore;
using coweave::gather;
using coweave::Report;
using coweave::SearchEnd;
using coweave::Task;
using coweave::Tracking;
using coweave::yield;
using ::testing::HasSubstr;

Task<> yields(int times) {
  for (int i = 0; i < times; ++i) co_await yield();
}

TEST(Completion, HasTheFactsOfAReducedSearch) {
  const auto body = []() -> Task<> {
    coweave::Shared<int> a;
    coweave::Shared<int> b;
    const auto adds = [](coweave::Shared<int>& number) -> Task<> {
      co_await yield();
      number.update([](int& value) { ++value; });
    };
    co_await gather(adds(a), adds(b));
  };
  const Report report = explore(body, {.tracking = Tracking::declared});
  EXPECT_EQ(report.completion.kind, Completion::Kind::every);
  EXPECT_EQ(report.completion.end, SearchEnd::exhausted);
  ASSERT_TRUE(report.completion.reduction);
  EXPECT_EQ(report.completion.reduction->classes, 1U);
  EXPECT_EQ(report.completion.reduction->engine, "wakeup trees");
  EXPECT_EQ(report.completion.reduction->audited, 6U);
  EXPECT_EQ(coweave::describe(report.completion), report.verdict_detail);
}

TEST(Completion, NamesTheParts) {
  const auto body = []() -> Task<> { co_await gather(yields(7), yields(7), yields(7)); };
  const Report report = explore(body, {.max_schedules = 500});
  ASSERT_EQ(report.completion.parts.size(), 3U);
  EXPECT_EQ(report.completion.parts[0].search, "bounded");
  EXPECT_EQ(report.completion.parts[1].search, "random");
  EXPECT_EQ(report.completion.parts[1].schedules, 32U);
  EXPECT_EQ(report.completion.parts[2].search, "portfolio");
  EXPECT_EQ(report.completion.parts[0].schedules + report.completion.parts[2].schedules, 468U);
  EXPECT_THAT(coweave::to_json(report), HasSubstr("\"search\": \"portfolio\""));
}

TEST(Completion, SaysOfAReducedSearchThatItDidNotEnd) {
  const auto body = []() -> Task<> {
    coweave::Shared<int> number;
    const auto adds = [](coweave::Shared<int>& shared) -> Task<> {
      for (int i = 0; i < 5; ++i) {
        co_await yield();
        shared.update([](int& value) { ++value; });
      }
    };
    co_await gather(adds(number), adds(number), adds(number));
  };
  const Report report = explore(body, {.max_schedules = 200, .tracking = Tracking::declared});
  EXPECT_FALSE(report.failed());
  EXPECT_THAT(report.verdict_detail, HasSubstr(" of them by a reduced search that did not end"));
}

TEST(Completion, SaysEveryFairInterleavingWithItsBound) {
  Completion completion;
  completion.kind = Completion::Kind::every;
  completion.end = SearchEnd::exhausted;
  completion.schedules = 3;
  completion.fairness = 20;
  EXPECT_EQ(coweave::describe(completion),
            "every fair interleaving (a ready task that has been passed over 20 times in a row "
            "comes next): 3 schedules");
}

}  // namespace
