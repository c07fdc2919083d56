#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// The coroutine twins of GoogleTest's ASSERT_*, FAIL and SKIP, for coroutines that return
/// `Task<>`: a plain ASSERT_* would `return`. A failure is streamed to as in GoogleTest, ends the
/// coroutine and goes to the running execution; the tasks around it go on. A coroutine with a
/// result (Task<int>) cannot end without one: use EXPECT_*, or throw. Operands may contain
/// `co_await`.

/// Internal: ends the coroutine; what is streamed to it goes into the message.
#define COWEAVE_END_TASK_(kind, message)                                                           \
  co_return ::testing::internal::AssertHelper(::testing::TestPartResult::kind, __FILE__, __LINE__, \
                                              message) = ::testing::Message()
#define COWEAVE_FAIL_TASK_(message) COWEAVE_END_TASK_(kFatalFailure, message)

#define CO_FAIL() COWEAVE_FAIL_TASK_("Failed")

/// Skips the test in GoogleTest, and ends the exploration after this execution; other tasks of it
/// run on. Failures win over a skip.
#define CO_SKIP() COWEAVE_END_TASK_(kSkip, "")

#define CO_ASSERT_TRUE(condition) \
  GTEST_TEST_BOOLEAN_(condition, #condition, false, true, COWEAVE_FAIL_TASK_)
#define CO_ASSERT_FALSE(condition) \
  GTEST_TEST_BOOLEAN_(!(condition), #condition, true, false, COWEAVE_FAIL_TASK_)

#define CO_ASSERT_PRED_FORMAT1(format, value) \
  GTEST_ASSERT_(format(#value, value), COWEAVE_FAIL_TASK_)
#define CO_ASSERT_PRED_FORMAT2(format, left, right) \
  GTEST_ASSERT_(format(#left, #right, left, right), COWEAVE_FAIL_TASK_)
#define CO_ASSERT_PRED_FORMAT3(format, first, second, third) \
  GTEST_ASSERT_(format(#first, #second, #third, first, second, third), COWEAVE_FAIL_TASK_)

#define CO_ASSERT_EQ(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::EqHelper::Compare, left, right)
#define CO_ASSERT_NE(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperNE, left, right)
#define CO_ASSERT_LT(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperLT, left, right)
#define CO_ASSERT_LE(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperLE, left, right)
#define CO_ASSERT_GT(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperGT, left, right)
#define CO_ASSERT_GE(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperGE, left, right)

#define CO_ASSERT_STREQ(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperSTREQ, left, right)
#define CO_ASSERT_STRNE(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperSTRNE, left, right)
#define CO_ASSERT_STRCASEEQ(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperSTRCASEEQ, left, right)
#define CO_ASSERT_STRCASENE(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperSTRCASENE, left, right)

#define CO_ASSERT_FLOAT_EQ(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperFloatingPointEQ<float>, left, right)
#define CO_ASSERT_DOUBLE_EQ(left, right) \
  CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperFloatingPointEQ<double>, left, right)
#define CO_ASSERT_NEAR(left, right, most) \
  CO_ASSERT_PRED_FORMAT3(::testing::internal::DoubleNearPredFormat, left, right, most)

#define CO_ASSERT_THAT(value, matcher) \
  CO_ASSERT_PRED_FORMAT1(::testing::internal::MakePredicateFormatterFromMatcher(matcher), value)

#define CO_ASSERT_THROW(statement, exception) \
  GTEST_TEST_THROW_(statement, exception, COWEAVE_FAIL_TASK_)
#define CO_ASSERT_ANY_THROW(statement) GTEST_TEST_ANY_THROW_(statement, COWEAVE_FAIL_TASK_)
#define CO_ASSERT_NO_THROW(statement) GTEST_TEST_NO_THROW_(statement, COWEAVE_FAIL_TASK_)
