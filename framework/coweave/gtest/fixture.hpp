#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <exception>
#include <memory>

#include "coweave/task/task.hpp"

namespace coweave::detail {

/// Calls the fixture's SetUp and TearDown within one execution, in GoogleTest's order: SetUp,
/// unless the constructor failed fatally; the body, unless SetUp did; TearDown always, once, after
/// the body or when the execution ends in its middle.
class FixtureLife {
 public:
  /// `stops_before`: parts_that_stop_a_test() before the fixture was constructed.
  FixtureLife(::testing::Test& fixture, std::uint64_t stops_before)
      : fixture_(fixture), stops_before_(stops_before) {}
  FixtureLife(const FixtureLife&) = delete;
  FixtureLife& operator=(const FixtureLife&) = delete;
  ~FixtureLife();

  /// Whether the body is to run. Keeps what SetUp throws.
  [[nodiscard]] bool set_up();
  /// In a handler: keeps what the body has thrown.
  void keep_exception() { thrown_ = std::current_exception(); }
  /// Throws what was kept; else what TearDown throws.
  void tear_down();

 private:
  ::testing::Test& fixture_;
  std::uint64_t stops_before_;
  std::exception_ptr thrown_;
  bool needs_tear_down_ = false;
};

/// A class that a macro has made for a test with a fixture, without its type: g++ warns of
/// coroutines in headers whose frames hold a type of an unnamed namespace, where many tests live.
struct FixtureTest {
  std::unique_ptr<::testing::Test> (*make)();
  Task<> (*body)(::testing::Test& made);
};

/// One execution of a test with a fixture: the fixture is built, used and destroyed within it.
[[nodiscard]] Task<> run_with_fixture(FixtureTest test);

template <class Test>
[[nodiscard]] Task<> run_with_fixture() {
  return run_with_fixture(
      FixtureTest{[]() -> std::unique_ptr<::testing::Test> { return std::make_unique<Test>(); },
                  [](::testing::Test& made) { return dynamic_cast<Test&>(made).coweave_body(); }});
}

}  // namespace coweave::detail
