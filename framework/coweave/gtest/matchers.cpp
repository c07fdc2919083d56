#include "coweave/gtest/matchers.hpp"

#include <ostream>
#include <utility>

namespace coweave {
namespace {

using ::testing::Matcher;
using ::testing::MatcherInterface;
using ::testing::MatchResultListener;

/// What happened, in one line; GoogleTest prints the whole report before it.
void tell_result(const Report& report, MatchResultListener& listener) {
  if (report.failures.empty()) {
    listener << "which did not fail: " << to_string(report.verdict);
    if (!report.verdict_detail.empty()) listener << ", " << report.verdict_detail;
    return;
  }
  const Failure& first = report.failures.front();
  listener << "whose first failure is " << to_string(first.kind) << " at " << to_string(first.place)
           << ": " << first.message;
}

class FailsWithMatcher final : public MatcherInterface<const Report&> {
 public:
  FailsWithMatcher(FailureKind kind, Matcher<const std::string&> message, bool has_message)
      : kind_(kind), message_(std::move(message)), has_message_(has_message) {}

  bool MatchAndExplain(const Report& report, MatchResultListener* listener) const override {
    tell_result(report, *listener);
    if (!report.failed() || report.failures.empty()) return false;
    const Failure& first = report.failures.front();
    return first.kind == kind_ && message_.Matches(first.message);
  }
  void DescribeTo(std::ostream* out) const override { describe("fails with ", *out); }
  void DescribeNegationTo(std::ostream* out) const override {
    describe("does not fail with ", *out);
  }

 private:
  void describe(const char* claim, std::ostream& out) const {
    out << claim << to_string(kind_);
    if (!has_message_) return;
    out << " whose message ";
    message_.DescribeTo(&out);
  }
  FailureKind kind_;
  Matcher<const std::string&> message_;
  bool has_message_;
};

class PassesMatcher final : public MatcherInterface<const Report&> {
 public:
  explicit PassesMatcher(bool must_be_exhaustive) : must_be_exhaustive_(must_be_exhaustive) {}

  bool MatchAndExplain(const Report& report, MatchResultListener* listener) const override {
    tell_result(report, *listener);
    if (report.failed() || !report.failures.empty()) return false;
    return !must_be_exhaustive_ || report.verdict == Verdict::exhaustive;
  }
  void DescribeTo(std::ostream* out) const override {
    *out << (must_be_exhaustive_ ? "passes in every interleaving" : "does not fail");
  }
  void DescribeNegationTo(std::ostream* out) const override {
    *out << (must_be_exhaustive_ ? "fails, or passes without every interleaving executed"
                                 : "fails");
  }

 private:
  bool must_be_exhaustive_;
};

}  // namespace

Matcher<const Report&> FailsWith(FailureKind kind) {
  return ::testing::MakeMatcher(new FailsWithMatcher(kind, ::testing::_, false));
}

Matcher<const Report&> FailsWith(FailureKind kind, const Matcher<const std::string&>& message) {
  return ::testing::MakeMatcher(new FailsWithMatcher(kind, message, true));
}

Matcher<const Report&> PassesExhaustively() {
  return ::testing::MakeMatcher(new PassesMatcher(true));
}

Matcher<const Report&> Passes() { return ::testing::MakeMatcher(new PassesMatcher(false)); }

}  // namespace coweave
