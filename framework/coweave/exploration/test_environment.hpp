#pragma once

#include <memory>
#include <optional>
#include <string>

namespace coweave::detail {

/// Redirects the failures that a test framework's macros report (EXPECT_EQ in a coroutine) to the
/// running execution, for as long as it lives.
class ExpectationCapture {
 public:
  virtual ~ExpectationCapture() = default;
  /// The program asked to skip the test: the exploration stops after this execution.
  [[nodiscard]] virtual bool is_skipped() const = 0;
};

/// What an exploration asks of the test framework around it. Set once, by coweave/gtest.hpp; null
/// without one.
struct TestEnvironment {
  std::unique_ptr<ExpectationCapture> (*capture)() = nullptr;
  std::string (*test_name)() = nullptr;
  /// Whether this process is a child that is to die, and whose crash is no news.
  bool (*is_to_die)() = nullptr;
};

inline TestEnvironment test_environment;

}  // namespace coweave::detail
