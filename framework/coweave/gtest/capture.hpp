#pragma once

#include <cstdint>
#include <string>

namespace coweave::detail {

/// That the program asked GoogleTest to skip the test, and where.
struct SkipRequest {
  bool is_made = false;
  std::string message;
  std::string file;
  int line = 0;
};

/// While it lives, the next exploration of this thread writes into `request` if its program asks to
/// be skipped. Explorations nested in that one do not.
class SkipListener {
 public:
  explicit SkipListener(SkipRequest& request);
  ~SkipListener();
  SkipListener(const SkipListener&) = delete;
  SkipListener& operator=(const SkipListener&) = delete;

 private:
  SkipRequest* former_;
};

/// How many fatal failures (ASSERT_*, FAIL) and skips explorations of this thread have captured so
/// far: more of them after a piece of code means that it asks not to go on.
[[nodiscard]] std::uint64_t parts_that_stop_a_test();

/// "Suite.Name" of the GoogleTest test under way; empty outside of tests.
[[nodiscard]] std::string current_test_name();

/// Makes explorations capture what EXPECT_*, ASSERT_*, ADD_FAILURE and gMock report within an
/// execution: it becomes a failure (FailureKind::check) of that execution and does not reach
/// GoogleTest. What is reported outside an execution, or by other threads, goes where it would have
/// gone. Captured is what the exploring thread reports; SCOPED_TRACE and EXPECT_NO_FATAL_FAILURE
/// keep per-thread state of their own, so no `co_await` should stand in their scope.
bool capture_expectations();

/// Including this header is enough.
inline const bool expectations_are_captured = capture_expectations();

}  // namespace coweave::detail
