#include <unistd.h>

#include <coweave/gtest.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "coweave/core/rng.hpp"

namespace {

using coweave::Options;
using coweave::Report;
using coweave::Task;
using coweave::Verdict;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::set<std::string> orders;  // Of all executions.
std::string order;
int extra_yields = 0;

Task<> writes(char letter) {
  for (int i = 0; i < 2; ++i) {
    order += letter;
    co_await coweave::yield();
  }
  order += letter;
}

/// 9! / (3!)^3 = 1,680 interleavings.
Task<> program() {
  order.clear();
  for (int i = 0; i < extra_yields; ++i) co_await coweave::yield();
  co_await coweave::gather(writes('a'), writes('b'), writes('c'));
  orders.insert(order);
}

class Resumed : public ::testing::Test {
 protected:
  Resumed() {
    orders.clear();
    extra_yields = 0;
    std::filesystem::remove(file_);
  }
  ~Resumed() override { std::filesystem::remove(file_); }

  [[nodiscard]] Options options(std::uint64_t schedules) const {
    Options options;
    options.strategy = coweave::exhaustive();
    options.max_schedules = schedules;
    options.max_time = std::chrono::hours(1);
    options.checkpoint = file_;
    options.name = "Suite.Test";
    return options;
  }
  [[nodiscard]] static std::string complaint(const Options& options) {
    try {
      static_cast<void>(coweave::explore(program, options));
    } catch (const coweave::Error& error) {
      return error.what();
    }
    return "";
  }
  [[nodiscard]] std::string text() const {
    std::ostringstream text;
    text << std::ifstream(file_).rdbuf();
    return text.str();
  }

  const std::filesystem::path file_ = std::filesystem::path(::testing::TempDir()) /
                                      ("coweave-" + std::to_string(::getpid()) + ".checkpoint");
};

TEST_F(Resumed, EnumerationCompletesInPieces) {
  Options first = options(100);
  const Report begun = coweave::explore(program, first);
  EXPECT_EQ(begun.verdict, Verdict::limit_hit);
  EXPECT_EQ(begun.schedules, 100U);
  EXPECT_EQ(orders.size(), 100U);
  EXPECT_THAT(begun.verdict_detail, HasSubstr("to be continued from "));
  int runs = 1;
  Report report = begun;
  while (report.verdict == Verdict::limit_hit) {
    report = coweave::explore(program, options(100 + 13 * static_cast<unsigned>(runs)));
    ASSERT_LT(++runs, 20);
  }
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  EXPECT_EQ(report.schedules, 1'680U);
  EXPECT_EQ(orders.size(), 1'680U);
  EXPECT_THAT(report.verdict_detail, HasSubstr("of them before the checkpoint"));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(Resumed, PiecesOfOneScheduleMissNone) {
  extra_yields = 0;
  for (unsigned i = 1; i <= 30; ++i) EXPECT_EQ(coweave::explore(program, options(1)).schedules, i);
  EXPECT_EQ(orders.size(), 30U);
}

TEST_F(Resumed, BoundedSearchCompletesInPieces) {
  Options whole = options(1'000'000);
  whole.strategy = coweave::bounded({.deviations = 3});
  whole.checkpoint.clear();
  const Report expected = coweave::explore(program, whole);
  const std::set<std::string> all = std::exchange(orders, {});
  ASSERT_EQ(expected.verdict, Verdict::bounded);

  Report report;
  int runs = 0;
  do {
    Options piece = whole;
    piece.max_schedules = 17 + 10 * static_cast<unsigned>(runs);
    piece.checkpoint = file_;
    report = coweave::explore(program, piece);
    ASSERT_LT(++runs, 60);
  } while (report.verdict != Verdict::bounded);
  EXPECT_EQ(report.schedules, expected.schedules);
  EXPECT_EQ(orders, all);
  EXPECT_GT(runs, 3);
}

TEST_F(Resumed, DefaultPlanIsTheBoundedSearch) {
  Options piece = options(600);
  piece.strategy = {};
  EXPECT_EQ(coweave::explore(program, piece).verdict, Verdict::bounded);
  EXPECT_EQ(coweave::explore(program, piece).schedules, 1'200U);
  const Report last = coweave::explore(program, piece);
  EXPECT_EQ(last.verdict, Verdict::exhaustive);
  EXPECT_EQ(last.schedules, 1'680U);
}

TEST_F(Resumed, IsSavedWhileItRuns) {
  Options piece = options(1'000'000);
  piece.checkpoint_every = std::chrono::milliseconds(1);
  bool was_there = false;
  piece.progress = [&](const coweave::Progress&) {};
  const auto watched = [&]() -> Task<> {
    was_there = was_there || std::filesystem::exists(file_);
    return program();
  };
  EXPECT_EQ(coweave::explore(watched, piece).verdict, Verdict::exhaustive);
  EXPECT_TRUE(was_there);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(Resumed, IsRefusedByAnotherProgram) {
  static_cast<void>(coweave::explore(program, options(10)));
  const std::string before = text();
  extra_yields = 1;
  EXPECT_THAT(complaint(options(10)),
              AllOf(HasSubstr(file_.string()), HasSubstr("the program has changed")));
  EXPECT_EQ(text(), before);
}

TEST_F(Resumed, IsRefusedUnderOtherOptions) {
  static_cast<void>(coweave::explore(program, options(10)));
  Options other = options(10);
  other.max_steps = 1'000;
  EXPECT_THAT(complaint(other), HasSubstr("the options have changed"));
  other = options(10);
  other.strategy = coweave::bounded();
  EXPECT_THAT(complaint(other), HasSubstr("the options have changed"));
  other = options(10);
  other.name = "Suite.Other";
  EXPECT_THAT(complaint(other), HasSubstr("another test's"));
}

TEST_F(Resumed, IsRefusedWhereItCannotBe) {
  Options other = options(10);
  other.strategy = coweave::random_walk();
  EXPECT_THAT(complaint(other), HasSubstr("expected a strategy that can be taken up again"));
  other = options(10);
  other.keep_going = true;
  EXPECT_THAT(complaint(other), HasSubstr("keep_going"));
}

TEST_F(Resumed, FilesThatAreDamagedAreRefusedAndKept) {
  for (const bool is_bounded : {false, true}) {
    std::filesystem::remove(file_);
    Options piece = options(200);
    if (is_bounded) piece.strategy = coweave::bounded();
    static_cast<void>(coweave::explore(program, piece));
    const std::string good = text();
    coweave::Rng rng(1);
    for (int i = 0; i < 300; ++i) {
      std::string bad = good;
      // Most of the text is the position.
      const std::size_t at = rng.below(static_cast<std::uint32_t>(bad.size()));
      switch (rng.below(3)) {
        case 0:
          bad[at] = static_cast<char>('0' + rng.below(10));
          break;
        case 1:
          bad.erase(at, 1 + rng.below(9));
          break;
        default:
          bad.resize(at);
      }
      std::ofstream(file_) << bad;
      Options once = piece;
      once.max_schedules = 3;
      const std::string line = complaint(once);
      if (!line.empty()) {
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
        EXPECT_EQ(text(), bad);
      }
    }
  }
}

TEST_F(Resumed, AFailureRemovesIt) {
  static_cast<void>(coweave::explore(program, options(10)));
  const auto failing = []() -> Task<> {
    order.clear();
    co_await coweave::gather(writes('a'), writes('b'), writes('c'));
    coweave::check(order.back() == 'c', "c comes last");
  };
  EXPECT_TRUE(coweave::explore(failing, options(1'000)).failed());
  EXPECT_FALSE(std::filesystem::exists(file_));
}

}  // namespace
