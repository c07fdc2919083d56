#include "coweave/gtest/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace {

using coweave::explore;
using coweave::FailureKind;
using coweave::Report;
using coweave::Task;
using coweave::detail::run_with_fixture;
using coweave::detail::TestOnFixture;

template <class Test>
Report explore_on_fixture(const coweave::Options& options = {}) {
  return explore([] { return run_with_fixture<Test>(); }, options);
}

/// Stops at the first failure: it is found, and executed once more for the report.
coweave::Options briefly() {
  return {.shrink = {.max_executions = 0}, .compare_await_points = false};
}

/// What a fixture and its body do in one execution after the other.
std::string events;

Task<> yields_once() { co_await coweave::yield(); }
Task<> two_tasks() { co_await coweave::gather(yields_once(), yields_once()); }

class Recording : public ::testing::Test {
 protected:
  Recording() { events += "("; }
  ~Recording() override { events += ")"; }
  void SetUp() override {
    events += "S";
    value_ = 1;
  }
  void TearDown() override { events += "T"; }
  int value_ = 0;
};

struct UsesItsFixture : TestOnFixture<Recording> {
  Task<> coweave_body() {
    events += "b";
    EXPECT_EQ(value_, 1);
    value_ = 2;  // Gone with this execution.
    co_await two_tasks();
    events += "e";
  }
};

TEST(Fixture, IsBuiltAnewForEveryExecution) {
  events.clear();
  const Report report = explore_on_fixture<UsesItsFixture>();
  EXPECT_EQ(report.verdict, coweave::Verdict::exhaustive);
  ASSERT_EQ(report.schedules, 6U);  // Two tasks of two steps: 4! / (2! 2!).
  std::string expected;
  // Six schedules, and the 1st, 2nd and 4th once more for the determinism check.
  for (int i = 0; i < 6 + 3; ++i) expected += "(SbeT)";
  EXPECT_EQ(events, expected);
}

struct Throws : TestOnFixture<Recording> {
  Task<> coweave_body() {
    co_await coweave::yield();
    throw std::runtime_error("from the body");
  }
};

TEST(Fixture, TearsDownAfterABodyThatThrows) {
  events.clear();
  const Report report = explore_on_fixture<Throws>(briefly());
  EXPECT_EQ(report.failures.at(0).kind, FailureKind::exception);
  EXPECT_THAT(report.failures.at(0).message, ::testing::HasSubstr("from the body"));
  EXPECT_EQ(events, "(ST)(ST)");  // Found, and executed once more for the report.
}

struct Deadlocks : TestOnFixture<Recording> {
  Task<> coweave_body() {
    events += "b";
    coweave::Event never;  // Behind an await of another library the fixture would be leaked.
    co_await never.wait();
    events += "e";
  }
};

TEST(Fixture, TearsDownAfterAnExecutionThatEndsInTheBody) {
  events.clear();
  const Report report = explore_on_fixture<Deadlocks>(briefly());
  ASSERT_TRUE(report.failed());
  EXPECT_EQ(events, "(SbT)(SbT)");
}

class FailsFatally : public Recording {
 protected:
  void SetUp() override {
    Recording::SetUp();
    ASSERT_TRUE(false) << "set-up";
  }
};
struct NeverRuns : TestOnFixture<FailsFatally> {
  Task<> coweave_body() {
    events += "b";
    co_await coweave::yield();
  }
};

TEST(Fixture, SkipsTheBodyAfterAFatalFailureInSetUp) {
  events.clear();
  const Report report = explore_on_fixture<NeverRuns>(briefly());
  EXPECT_EQ(report.failures.at(0).kind, FailureKind::check);
  EXPECT_THAT(report.failures.at(0).message, ::testing::EndsWith("set-up"));
  EXPECT_EQ(events, "(ST)(ST)");
}

class FailsMildly : public Recording {
 protected:
  void SetUp() override {
    Recording::SetUp();
    EXPECT_TRUE(false) << "set-up";
  }
};
struct RunsAllTheSame : TestOnFixture<FailsMildly> {
  Task<> coweave_body() {
    events += "b";
    co_await coweave::yield();
  }
};

TEST(Fixture, RunsTheBodyAfterANonFatalFailureInSetUp) {
  events.clear();
  EXPECT_TRUE(explore_on_fixture<RunsAllTheSame>(briefly()).failed());
  EXPECT_EQ(events, "(SbT)(SbT)");
}

class FailsInConstructor : public Recording {
 protected:
  FailsInConstructor() { construct(); }
  static void construct() { FAIL() << "constructor"; }
};
struct IsNotSetUp : TestOnFixture<FailsInConstructor> {
  Task<> coweave_body() {
    events += "b";
    co_await coweave::yield();
  }
};

TEST(Fixture, SkipsSetUpAfterAFatalFailureInTheConstructor) {
  events.clear();
  const Report report = explore_on_fixture<IsNotSetUp>(briefly());
  EXPECT_EQ(report.failures.at(0).message, "constructor");
  EXPECT_EQ(events, "()()");
}

class ThrowsInSetUp : public Recording {
 protected:
  void SetUp() override {
    Recording::SetUp();
    throw std::runtime_error("from SetUp");
  }
};
struct IsTornDown : TestOnFixture<ThrowsInSetUp> {
  Task<> coweave_body() {
    events += "b";
    co_await coweave::yield();
  }
};

TEST(Fixture, ReportsAnExceptionOfSetUpAndTearsDown) {
  events.clear();
  const Report report = explore_on_fixture<IsTornDown>(briefly());
  EXPECT_EQ(report.failures.at(0).kind, FailureKind::exception);
  EXPECT_THAT(report.failures.at(0).message, ::testing::HasSubstr("from SetUp"));
  EXPECT_EQ(events, "(ST)(ST)");
}

class SkipsInSetUp : public Recording {
 protected:
  void SetUp() override { GTEST_SKIP() << "no network"; }
};
struct NeverStarts : TestOnFixture<SkipsInSetUp> {
  Task<> coweave_body() {
    events += "b";
    co_await two_tasks();
  }
};

TEST(Fixture, SkipsTheBodyAfterASkipInSetUp) {
  events.clear();
  EXPECT_FALSE(explore_on_fixture<NeverStarts>().failed());
  EXPECT_EQ(events, "(T)(T)");  // One execution, and its repetition for the determinism check.
}

class ThrowsInTearDown : public ::testing::Test {
 protected:
  void TearDown() override { throw std::runtime_error("from TearDown"); }
};
struct PassesAndThrows : TestOnFixture<ThrowsInTearDown> {
  Task<> coweave_body() { co_await coweave::yield(); }
};
struct ThrowsTwice : TestOnFixture<ThrowsInTearDown> {
  Task<> coweave_body() {
    co_await coweave::yield();
    throw std::runtime_error("from the body");
  }
};

TEST(Fixture, ReportsAnExceptionOfTearDownUnlessTheBodyThrewBefore) {
  EXPECT_THAT(explore_on_fixture<PassesAndThrows>().failures.at(0).message,
              ::testing::HasSubstr("from TearDown"));
  EXPECT_THAT(explore_on_fixture<ThrowsTwice>().failures.at(0).message,
              ::testing::HasSubstr("from the body"));
}

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void heard() = 0;
};
class MockListener : public Listener {
 public:
  MOCK_METHOD(void, heard, (), (override));
};
class Mocked : public ::testing::Test {
 private:  // GoogleTest calls a private SetUp too.
  void SetUp() override { EXPECT_CALL(listener_, heard()).Times(1); }

 protected:
  MockListener listener_;
};
struct NeverHeard : TestOnFixture<Mocked> {
  Task<> coweave_body() { co_await coweave::yield(); }
};

TEST(Fixture, VerifiesItsMocksWithinTheExecution) {
  const Report report = explore_on_fixture<NeverHeard>();
  EXPECT_EQ(report.failures.at(0).kind, FailureKind::check);
  EXPECT_THAT(report.failures.at(0).message, ::testing::HasSubstr("never called"));
}

Task<> background() {
  co_await coweave::yield();
  co_await coweave::yield();
}
/// Ends without a suspension while another task is ready.
Task<> leaves_a_daemon() {
  coweave::spawn_daemon(background());
  co_return;
}
struct LeavesADaemon : TestOnFixture<::testing::Test> {
  Task<> coweave_body() {
    coweave::spawn_daemon(background());
    co_return;
  }
};

TEST(Fixture, AddsNoSchedules) {
  EXPECT_EQ(explore(leaves_a_daemon).schedules, 1U);
  EXPECT_EQ(explore_on_fixture<LeavesADaemon>().schedules, 1U);
}

struct alignas(64) Wide {
  char bytes[64] = {};
};
struct IsAligned : TestOnFixture<::testing::Test> {
  Task<> coweave_body() {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&wide_) % alignof(Wide), 0U);
    co_await coweave::yield();
  }
  Wide wide_;
};

TEST(Fixture, IsAlignedAsItAsks) { EXPECT_FALSE(explore_on_fixture<IsAligned>().failed()); }

}  // namespace
