#include "coweave/gtest/capture.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string_view>
#include <utility>

#include "coweave/exploration/test_environment.hpp"
#include "coweave/runtime/context.hpp"

namespace coweave::detail {
namespace {

constinit thread_local SkipRequest* awaited_request = nullptr;
constinit thread_local std::uint64_t stopping_parts = 0;

/// Stands in front of GoogleTest's reporter for this thread. The base installs it, gives the former
/// reporter back at its end, and forwards to it: the only class in GoogleTest's headers that can.
class GTestCapture final : public ExpectationCapture,
                           private ::testing::internal::HasNewFatalFailureHelper {
 public:
  GTestCapture() : request_(std::exchange(awaited_request, nullptr)), outside_(context.services) {}

  [[nodiscard]] bool is_skipped() const override { return is_skipped_; }

 private:
  void ReportTestPartResult(const ::testing::TestPartResult& part) override {
    TaskServices* const execution = context.services;
    if (execution == nullptr || execution == outside_) {
      HasNewFatalFailureHelper::ReportTestPartResult(part);
      return;
    }
    if (part.passed()) return;
    if (part.skipped() || part.fatally_failed()) ++stopping_parts;
    if (part.skipped()) {
      skip(part);
      return;
    }
    // The summary is the message with its SCOPED_TRACEs, without the machine's stack trace.
    std::string_view message = part.summary();
    if (message.ends_with('\n')) message.remove_suffix(1);
    // ADD_FAILURE() << "text" reports "Failed", and the text below it.
    if (constexpr std::string_view title = "Failed\n"; message.starts_with(title))
      message.remove_prefix(title.size());
    const bool has_place = part.file_name() != nullptr && part.line_number() > 0;
    execution->report_failure(FailureKind::check, std::string(message),
                              has_place ? part.file_name() : nullptr,
                              has_place ? static_cast<std::uint32_t>(part.line_number()) : 0);
  }

  void skip(const ::testing::TestPartResult& part) {
    if (std::exchange(is_skipped_, true) || request_ == nullptr) return;
    request_->is_made = true;
    request_->message = part.summary();
    request_->file = part.file_name() != nullptr ? part.file_name() : "";
    request_->line = part.line_number();
  }

  SkipRequest* request_;
  TaskServices* outside_;  // Of the code that explores: null, or an execution around this one.
  bool is_skipped_ = false;
};

std::unique_ptr<ExpectationCapture> capture_of_gtest() { return std::make_unique<GTestCapture>(); }

}  // namespace

SkipListener::SkipListener(SkipRequest& request)
    : former_(std::exchange(awaited_request, &request)) {}

SkipListener::~SkipListener() { awaited_request = former_; }

std::uint64_t parts_that_stop_a_test() { return stopping_parts; }

std::string current_test_name() {
  const ::testing::TestInfo* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  if (test == nullptr) return "";
  return std::string(test->test_suite_name()) + "." + test->name();
}

namespace {

bool is_death_test() {
#if GTEST_HAS_DEATH_TEST
  return ::testing::internal::InDeathTestChild();
#else
  return false;
#endif
}

}  // namespace

bool capture_expectations() {
  test_environment.is_to_die = is_death_test;
  test_environment.capture = capture_of_gtest;
  test_environment.test_name = current_test_name;
  return true;
}

}  // namespace coweave::detail
