#include "coweave/execution/program_checks.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <string>

#include "coweave/task/invariant.hpp"
#include "framework/execution/run_parts.hpp"

// Invariants, names given to sometimes() and oversights, without an execution.

namespace coweave::test {
namespace {

using detail::ProgramChecks;
using testing::ElementsAre;
using testing::SizeIs;

/// Answers as it is told to, and counts how often it was asked.
class Scripted final : public detail::InvariantBase {
 public:
  enum class Answer : std::uint8_t { holds, fails, throws };
  explicit Scripted(std::string_view name) : InvariantBase(name, Place::current()) {}
  [[nodiscard]] bool holds() const override {
    ++asked;
    if (answer == Answer::throws) throw std::domain_error("negative");
    return answer == Answer::holds;
  }

  Answer answer = Answer::holds;
  mutable int asked = 0;
};

class Checks : public testing::Test {
 protected:
  Checks() { failures.begin_execution(nullptr); }
  [[nodiscard]] std::vector<std::string> found() const {
    std::vector<std::string> result;
    for (const detail::ExecutionFailure& failure : failures.all())
      result.push_back(failure.message);
    return result;
  }

  RunParts parts;
  detail::FailureCollector failures{parts.log, parts.tasks, parts.source_root};
  ProgramChecks checks{parts.source_root};
};

TEST_F(Checks, FailOnceForEachInvariantThatDoesNotHold) {
  Scripted sum("sum");
  Scripted limit("limit");
  Scripted balance("balance");
  for (Scripted* const one : {&sum, &limit, &balance}) checks.add(*one);
  checks.check_invariants(failures, TaskId::root);
  EXPECT_THAT(found(), ElementsAre());
  sum.answer = Scripted::Answer::fails;
  balance.answer = Scripted::Answer::throws;
  checks.check_invariants(failures, TaskId::root);
  checks.check_invariants(failures, TaskId::root);
  EXPECT_THAT(found(), ElementsAre("\"sum\" does not hold",
                                   "\"balance\" threw std::domain_error: negative"));
  EXPECT_EQ(failures.all().front().kind, FailureKind::invariant);
  EXPECT_EQ(failures.all().front().place.line, sum.place().line());
  EXPECT_EQ(sum.asked, 2);
  EXPECT_EQ(limit.asked, 3);
}

TEST_F(Checks, AskNoInvariantThatWasRemovedOrIsOfAnEarlierExecution) {
  Scripted removed("removed");
  Scripted earlier("earlier");
  checks.add(removed);
  checks.add(earlier);
  checks.remove(removed);
  EXPECT_TRUE(checks.any_invariants());
  checks.begin_execution();
  EXPECT_FALSE(checks.any_invariants());
  checks.check_invariants(failures, TaskId::root);
  EXPECT_EQ(removed.asked + earlier.asked, 0);
}

TEST_F(Checks, RememberOverAllExecutionsWhetherAClaimHasHeld) {
  checks.note_sometimes("retries", false);
  checks.note_sometimes("times out", false);
  checks.begin_execution();
  checks.note_sometimes("retries", true);
  checks.note_sometimes("retries", false);
  ASSERT_THAT(checks.claims(), SizeIs(2));
  EXPECT_EQ(checks.claims()[0].name, "retries");
  EXPECT_TRUE(checks.claims()[0].has_held);
  EXPECT_FALSE(checks.claims()[1].has_held);
}

TEST_F(Checks, NoteAnOversightOncePerKindNameAndPlace) {
  const Place here = Place::current();
  const Place there = Place::current();
  for (int round = 0; round < 2; ++round) {
    checks.note_oversight(detail::Oversight::unawaited_task, "send", here);
    checks.note_oversight(detail::Oversight::unawaited_task, "send", there);
    checks.note_oversight(detail::Oversight::unawaited_task, "receive", there);
    checks.note_oversight(detail::Oversight::unretrieved_exception, "receive", there);
    checks.begin_execution();
  }
  EXPECT_THAT(checks.overlooked(), SizeIs(4));
}

}  // namespace
}  // namespace coweave::test
