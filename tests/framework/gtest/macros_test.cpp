#include "coweave/gtest/macros.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "coweave/gtest.hpp"

namespace {

using coweave::Task;

Task<> yields_once() { co_await coweave::yield(); }

COWEAVE_TEST(Macros, RunABodyThatAwaits) { co_await coweave::gather(yields_once(), yields_once()); }

COWEAVE_TEST(Macros, TakeOptions, coweave::Options{.seed = 3, .max_schedules = 10}) {
  co_await coweave::gather(yields_once(), yields_once());
}

TEST(Macros, ShareASuiteWithPlainTests) {
  using Generated = COWEAVE_TEST_CLASS_(Macros, TakeOptions);
  EXPECT_EQ(Generated::coweave_options().seed, 3U);
  EXPECT_EQ(Generated::coweave_options().max_schedules, 10U);
  EXPECT_EQ((COWEAVE_TEST_CLASS_(Macros, RunABodyThatAwaits)::coweave_options().max_schedules),
            coweave::Options{}.max_schedules);
}

TEST(Macros, TellGoogleTestWhereTheTestStands) {
  const ::testing::TestInfo& test = *COWEAVE_TEST_CLASS_(Macros, TakeOptions)::coweave_test;
  EXPECT_STREQ(test.test_suite_name(), "Macros");
  EXPECT_STREQ(test.name(), "TakeOptions");
  EXPECT_THAT(test.file(), ::testing::EndsWith("macros_test.cpp"));
  EXPECT_GT(test.line(), 0);
}

/// A fixture that only works if GoogleTest's own object never is one: two at once would be seen,
/// and so would a SetUp outside of an execution.
class MacrosFixture : public ::testing::Test {
 public:
  static void SetUpTestSuite() { ++suites; }
  static void TearDownTestSuite() { --suites; }

 protected:
  MacrosFixture() { EXPECT_EQ(++alive, 1); }
  ~MacrosFixture() override { --alive; }
  void SetUp() override {
    is_explored_ = coweave::detail::context.services != nullptr;
    text_ = "set up";
  }
  static inline int alive = 0;
  static inline int suites = 0;
  bool is_explored_ = false;
  std::string text_;
};

COWEAVE_TEST_F(MacrosFixture, BuildsTheFixtureWithinTheExecution) {
  co_await coweave::gather(yields_once(), yields_once());
  EXPECT_TRUE(is_explored_);
  EXPECT_EQ(suites, 1);
}

TEST_F(MacrosFixture, SharesASuiteWithTestF) {
  EXPECT_FALSE(is_explored_);
  EXPECT_EQ(suites, 1);
  EXPECT_EQ(text_, "set up");
}

COWEAVE_TEST_F(MacrosFixture, GivesEveryExecutionItsOwn, coweave::Options{.max_schedules = 100}) {
  EXPECT_EQ(text_, "set up");
  text_ = "used";
  co_await coweave::gather(yields_once(), yields_once());
  EXPECT_EQ(text_, "used");
}

class MacrosParameter : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { seen_ = GetParam(); }
  int seen_ = 0;
};

COWEAVE_TEST_P(MacrosParameter, IsSeenBySetUpAndBody) {
  co_await coweave::gather(yields_once(), yields_once());
  EXPECT_EQ(seen_, GetParam());
  EXPECT_THAT(GetParam(), ::testing::AnyOf(3, 5));
  const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  EXPECT_EQ(name, "IsSeenBySetUpAndBody/" + std::to_string(GetParam()));
}

COWEAVE_TEST_P(MacrosParameter, TakesOptions, coweave::Options{.seed = 1, .max_schedules = 10}) {
  co_await coweave::gather(yields_once(), yields_once());
  EXPECT_EQ(seen_, GetParam());
}

TEST_P(MacrosParameter, SharesASuiteWithTestP) { EXPECT_EQ(seen_, GetParam()); }

INSTANTIATE_TEST_SUITE_P(Odd, MacrosParameter, ::testing::Values(3, 5),
                         ::testing::PrintToStringParamName());

template <class T>
class MacrosTyped : public ::testing::Test {
 public:
  static void SetUpTestSuite() { ++suites; }
  static void TearDownTestSuite() { --suites; }

 protected:
  void SetUp() override { is_explored_ = coweave::detail::context.services != nullptr; }
  static inline int suites = 0;
  bool is_explored_ = false;
  T value_{};
};
using TwoTypes = ::testing::Types<int, std::string>;
TYPED_TEST_SUITE(MacrosTyped, TwoTypes);

COWEAVE_TYPED_TEST(MacrosTyped, KnowsItsType) {
  co_await coweave::gather(yields_once(), yields_once());
  static_assert(std::is_same_v<decltype(this->value_), TypeParam>);
  EXPECT_EQ(this->value_, TypeParam{});
  EXPECT_TRUE(this->is_explored_);
  EXPECT_EQ(TestFixture::suites, 1);
}

COWEAVE_TYPED_TEST(MacrosTyped, TakesOptions, coweave::Options{.seed = 1, .max_schedules = 10}) {
  co_await coweave::gather(yields_once(), yields_once());
  EXPECT_EQ(this->value_, TypeParam{});
}

TYPED_TEST(MacrosTyped, SharesASuiteWithTypedTest) {
  EXPECT_EQ(this->value_, TypeParam{});
  EXPECT_FALSE(this->is_explored_);
  EXPECT_EQ(TestFixture::suites, 1);
}

template <class T>
class MacrosTypedLater : public ::testing::Test {};
TYPED_TEST_SUITE_P(MacrosTypedLater);

COWEAVE_TYPED_TEST_P(MacrosTypedLater, KnowsItsType) {
  co_await coweave::gather(yields_once(), yields_once());
  EXPECT_EQ(TypeParam{}, TypeParam{});
}

COWEAVE_TYPED_TEST_P(MacrosTypedLater, TakesOptions,
                     coweave::Options{.seed = 1, .max_schedules = 10}) {
  co_await coweave::gather(yields_once(), yields_once());
}

TYPED_TEST_P(MacrosTypedLater, SharesASuiteWithTypedTestP) { EXPECT_EQ(TypeParam{}, TypeParam{}); }

REGISTER_TYPED_TEST_SUITE_P(MacrosTypedLater, KnowsItsType, TakesOptions,
                            SharesASuiteWithTypedTestP);
INSTANTIATE_TYPED_TEST_SUITE_P(Both, MacrosTypedLater, TwoTypes);

}  // namespace
