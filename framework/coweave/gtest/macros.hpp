#pragma once

#include "coweave/gtest/registration.hpp"

/// Internal: the class behind a test, and the members that all such classes share.
#define COWEAVE_TEST_CLASS_(suite, name) suite##_##name##_CoweaveTest
#define COWEAVE_TEST_OPTIONS_(...) \
  static ::coweave::Options coweave_options() { return ::coweave::detail::options_of(__VA_ARGS__); }

/// A test whose body is a coroutine, `Task<>`, explored under the default Options:
///     COWEAVE_TEST(Account, IsNeverOverdrawn) { co_await two_withdrawals(); }
/// or under those that follow the name:
///     COWEAVE_TEST(Account, Slow, coweave::Options{.max_schedules = 1'000}) { ... }
/// It passes if no schedule fails; else it is one GoogleTest failure that holds the whole report.
/// An enumeration that the options ask for and that a limit ends early does not pass. Environment
/// variables and flags win over the options: see settings.hpp.
#define COWEAVE_TEST(suite, name, ...)                                                            \
  struct COWEAVE_TEST_CLASS_(suite, name) {                                                       \
    static ::coweave::Task<> coweave_body();                                                      \
    COWEAVE_TEST_OPTIONS_(__VA_ARGS__)                                                            \
    static ::testing::TestInfo* const coweave_test;                                               \
  };                                                                                              \
  ::testing::TestInfo* const COWEAVE_TEST_CLASS_(suite, name)::coweave_test =                     \
      ::coweave::detail::register_test<COWEAVE_TEST_CLASS_(suite, name)>(#suite, #name, __FILE__, \
                                                                         __LINE__);               \
  ::coweave::Task<> COWEAVE_TEST_CLASS_(suite, name)::coweave_body()

/// The same with a fixture, a class derived from testing::Test, which is built anew for every
/// execution: constructor, SetUp, the body, TearDown and destructor belong to the execution, and so
/// do failures in them. After a fatal failure in SetUp the body does not run; TearDown always does.
/// SetUp and TearDown are plain functions. SetUpTestSuite and TearDownTestSuite run once, outside.
/// May share a suite with TEST_F.
#define COWEAVE_TEST_F(fixture, name, ...)                                                       \
  struct COWEAVE_TEST_CLASS_(fixture, name) : public ::coweave::detail::TestOnFixture<fixture> { \
    ::coweave::Task<> coweave_body();                                                            \
    COWEAVE_TEST_OPTIONS_(__VA_ARGS__)                                                           \
    static ::testing::TestInfo* const coweave_test;                                              \
  };                                                                                             \
  ::testing::TestInfo* const COWEAVE_TEST_CLASS_(fixture, name)::coweave_test =                  \
      ::coweave::detail::register_fixture_test<COWEAVE_TEST_CLASS_(fixture, name), fixture>(     \
          #fixture, #name, __FILE__, __LINE__);                                                  \
  ::coweave::Task<> COWEAVE_TEST_CLASS_(fixture, name)::coweave_body()

/// The same with a parameterised fixture, for INSTANTIATE_TEST_SUITE_P. May share a suite with
/// TEST_P.
#define COWEAVE_TEST_P(fixture, name, ...)                                                         \
  struct COWEAVE_TEST_CLASS_(fixture, name) : public ::coweave::detail::TestOnFixture<fixture> {   \
    ::coweave::Task<> coweave_body();                                                              \
    COWEAVE_TEST_OPTIONS_(__VA_ARGS__)                                                             \
    static const bool coweave_test;                                                                \
  };                                                                                               \
  const bool COWEAVE_TEST_CLASS_(fixture, name)::coweave_test =                                    \
      ::coweave::detail::register_parameterized_test<COWEAVE_TEST_CLASS_(fixture, name), fixture>( \
          #fixture, #name, __FILE__, __LINE__);                                                    \
  ::coweave::Task<> COWEAVE_TEST_CLASS_(fixture, name)::coweave_body()

/// Internal: the class template behind a test of a fixture template.
#define COWEAVE_TYPED_TEST_CLASS_(fixture, name, ...)                        \
  template <class CoweaveTypeParam>                                          \
  struct COWEAVE_TEST_CLASS_(fixture, name)                                  \
      : public ::coweave::detail::TestOnFixture<fixture<CoweaveTypeParam>> { \
    using TestFixture = fixture<CoweaveTypeParam>;                           \
    using TypeParam = CoweaveTypeParam;                                      \
    ::coweave::Task<> coweave_body();                                        \
    COWEAVE_TEST_OPTIONS_(__VA_ARGS__)                                       \
  };

/// The same with a fixture template, for each type of its TYPED_TEST_SUITE. As in TYPED_TEST,
/// members of the fixture are named with `this->`, and there are TypeParam and TestFixture. May
/// share a suite with TYPED_TEST.
#define COWEAVE_TYPED_TEST(fixture, name, ...)                                                    \
  COWEAVE_TYPED_TEST_CLASS_(fixture, name, __VA_ARGS__)                                           \
  [[maybe_unused]] static const bool fixture##_##name##_coweave_test =                            \
      ::coweave::detail::register_typed_test<COWEAVE_TEST_CLASS_(fixture, name), fixture,         \
                                             GTEST_TYPE_PARAMS_(fixture),                         \
                                             GTEST_NAME_GENERATOR_(fixture)>(#fixture, #name,     \
                                                                             __FILE__, __LINE__); \
  template <class CoweaveTypeParam>                                                               \
  ::coweave::Task<> COWEAVE_TEST_CLASS_(fixture, name)<CoweaveTypeParam>::coweave_body()

/// The same with a fixture template whose types follow later: name it in
/// REGISTER_TYPED_TEST_SUITE_P. May share a suite with TYPED_TEST_P.
#define COWEAVE_TYPED_TEST_P(fixture, name, ...)                                                   \
  namespace GTEST_SUITE_NAMESPACE_(fixture) {                                                      \
    COWEAVE_TYPED_TEST_CLASS_(fixture, name, __VA_ARGS__)                                          \
    using name##_CoweaveHosts =                                                                    \
        ::coweave::detail::TypedHosts<COWEAVE_TEST_CLASS_(fixture, name), fixture>;                \
    template <class CoweaveTypeParam>                                                              \
    using name = name##_CoweaveHosts::Host<CoweaveTypeParam>;                                      \
    [[maybe_unused]] static const bool name##_coweave_test =                                       \
        GTEST_TYPED_TEST_SUITE_P_STATE_(fixture).AddTestName(__FILE__, __LINE__, #fixture, #name); \
  }                                                                                                \
  template <class CoweaveTypeParam>                                                                \
  ::coweave::Task<> GTEST_SUITE_NAMESPACE_(fixture)::COWEAVE_TEST_CLASS_(                          \
      fixture, name)<CoweaveTypeParam>::coweave_body()
