#pragma once

// The names of testing::internal below are those that TEST_F, TEST_P, TYPED_TEST and TYPED_TEST_P
// expand to; GoogleTest has no public way to register a test whose object is not its fixture.

#include <gtest/gtest.h>

#include "coweave/exploration/options.hpp"
#include "coweave/gtest/fixture.hpp"
#include "coweave/gtest/run_explored_test.hpp"
#include "coweave/task/task.hpp"

namespace coweave::detail {

/// What stands behind the name of a test in a COWEAVE_TEST macro.
inline Options options_of() { return {}; }
inline Options options_of(Options options) { return options; }

/// Base of the class that a macro makes for a test with a fixture.
template <class Fixture>
class TestOnFixture : public Fixture {
  void TestBody() final {}  // The body is coweave_body(): GoogleTest never runs this object.
};

/// The object that GoogleTest runs: explores the test. It is not the user's fixture, whose
/// constructor, SetUp and TearDown belong to the executions.
template <class Test, class Base = ::testing::Test>
class Host : public Base {
  void TestBody() override { run_test(Test::coweave_body, Test::coweave_options()); }
};
template <class Test, class Base = ::testing::Test>
class FixtureHost : public Base {
  void TestBody() override { run_test(run_with_fixture<Test>, Test::coweave_options()); }
};

/// Makes the functions that a fixture has for its whole suite those of a host.
template <class Test, class Fixture>
class TypedHost : public FixtureHost<Test> {
  struct Suite : Fixture {
    static void set_up() {
      Fixture::SetUpTestSuite();
#ifndef GTEST_REMOVE_LEGACY_TEST_CASEAPI_
      Fixture::SetUpTestCase();
#endif
    }
    static void tear_down() {
      Fixture::TearDownTestSuite();
#ifndef GTEST_REMOVE_LEGACY_TEST_CASEAPI_
      Fixture::TearDownTestCase();
#endif
    }
  };

 public:
  static void SetUpTestSuite() { Suite::set_up(); }
  static void TearDownTestSuite() { Suite::tear_down(); }
};

/// The hosts of a test class template, one for each type of its fixture template.
template <template <class> class TestOf, template <class> class FixtureOf>
struct TypedHosts {
  template <class Type>
  using Host = TypedHost<TestOf<Type>, FixtureOf<Type>>;
};

template <class Test>
::testing::TestInfo* register_test(const char* suite, const char* name, const char* file,
                                   int line) {
  return ::testing::internal::MakeAndRegisterTestInfo(
      suite, name, nullptr, nullptr, ::testing::internal::CodeLocation(file, line),
      ::testing::internal::GetTestTypeId(), nullptr, nullptr,
      new ::testing::internal::TestFactoryImpl<Host<Test>>);
}

template <class Test, class Fixture>
::testing::TestInfo* register_fixture_test(const char* suite, const char* name, const char* file,
                                           int line) {
  using Resolver = ::testing::internal::SuiteApiResolver<Fixture>;
  return ::testing::internal::MakeAndRegisterTestInfo(
      suite, name, nullptr, nullptr, ::testing::internal::CodeLocation(file, line),
      ::testing::internal::GetTypeId<Fixture>(), Resolver::GetSetUpCaseOrSuite(file, line),
      Resolver::GetTearDownCaseOrSuite(file, line),
      new ::testing::internal::TestFactoryImpl<FixtureHost<Test>>);
}

template <class Test, class Fixture>
bool register_parameterized_test(const char* suite, const char* name, const char* file, int line) {
  // The parameter is a static member of TestWithParam<ParamType>: what a host of that type is
  // given, the fixtures of its executions see.
  using HostOfTest = FixtureHost<Test, ::testing::TestWithParam<typename Fixture::ParamType>>;
  const ::testing::internal::CodeLocation location(file, line);
  ::testing::UnitTest::GetInstance()
      ->parameterized_test_registry()
      .GetTestSuitePatternHolder<Fixture>(suite, location)
      ->AddTestPattern(suite, name, new ::testing::internal::TestMetaFactory<HostOfTest>(),
                       location);
  return true;
}

/// `Types` and `NameGenerator`: what TYPED_TEST_SUITE has made of its arguments.
template <template <class> class TestOf, template <class> class FixtureOf, class Types,
          class NameGenerator>
bool register_typed_test(const char* suite, const char* name, const char* file, int line) {
  using Hosts = ::testing::internal::TemplateSel<TypedHosts<TestOf, FixtureOf>::template Host>;
  return ::testing::internal::TypeParameterizedTest<FixtureOf, Hosts, Types>::Register(
      "", ::testing::internal::CodeLocation(file, line), suite, name, 0,
      ::testing::internal::GenerateNames<NameGenerator, Types>());
}

}  // namespace coweave::detail
