#include "coweave/execution/failure_collector.hpp"

#include <gmock/gmock.h>

#include <string>

#include "framework/execution/run_parts.hpp"

// Which failures of an execution are kept, and where they are said to be.

namespace coweave::test {
namespace {

using detail::ExecutionFailure;
using detail::FailureCollector;
using testing::ElementsAre;

std::vector<std::string> messages(const FailureCollector& failures) {
  std::vector<std::string> result;
  for (const ExecutionFailure& failure : failures.all()) result.push_back(failure.message);
  return result;
}

class Failures : public testing::Test {
 protected:
  Failures() { failures.begin_execution(nullptr); }

  bool add(const std::string& message, FailureCollector::Source source) {
    return failures.add(FailureKind::check, message, {}, TaskId::root, source) != nullptr;
  }

  RunParts parts;
  FailureCollector failures{parts.log, parts.tasks, parts.source_root};
};

// 16 of the steps, 16 more of the end; the rest is counted.
TEST_F(Failures, OfTheEndAreKeptBehindThoseOfSteps) {
  int kept = 0;
  for (int i = 0; i < 20; ++i) kept += add("step", FailureCollector::Source::step) ? 1 : 0;
  EXPECT_EQ(kept, 16);
  EXPECT_EQ(failures.left_out(), 4U);
  for (int i = 0; i < 20; ++i) kept += add("end", FailureCollector::Source::end) ? 1 : 0;
  EXPECT_EQ(kept, 32);
  EXPECT_EQ(failures.left_out(), 8U);
  failures.begin_execution(nullptr);
  EXPECT_TRUE(failures.empty());
  EXPECT_EQ(failures.left_out(), 0U);
}

TEST_F(Failures, NameTheStepUnderWay) {
  const detail::TaskControl& body = parts.create(nullptr, "");
  ASSERT_TRUE(add("before any step", FailureCollector::Source::step));
  parts.step(body);
  parts.step(body);
  ASSERT_TRUE(add("in the second", FailureCollector::Source::step));
  EXPECT_EQ(failures.all()[0].step, 0U);
  EXPECT_EQ(failures.all()[1].step, 1U);
}

// The first message may have 16,384 bytes, each other one 1,024. A cut is made behind a whole
// character: an umlaut of two bytes begins at byte 1,023.
TEST_F(Failures, HaveLongMessagesCutBehindAWholeCharacter) {
  ASSERT_TRUE(add(std::string(16'384, 'a'), FailureCollector::Source::step));
  EXPECT_EQ(failures.all()[0].message, std::string(16'384, 'a'));
  ASSERT_TRUE(add(std::string(1'023, 'b') + "\xC3\xA4" + "c", FailureCollector::Source::step));
  EXPECT_EQ(failures.all()[1].message, std::string(1'023, 'b') + "... (3 more bytes)");
}

class Reports {
 public:
  explicit Reports(FailureCollector& failures) : failures_(failures) {}
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;
  ~Reports() { failures_.add_reported(FailureKind::misuse, "consequence", {}, TaskId::root); }

 private:
  FailureCollector& failures_;
};

TEST_F(Failures, ThatFollowFromAnExceptionComeLast) {
  try {
    const Reports reports(failures);
    throw 1;
  } catch (int) {
  }
  failures.add_reported(FailureKind::check, "check", {}, TaskId::root);
  failures.add(FailureKind::exception, "exception", {}, TaskId::root);
  failures.move_consequences_back();
  EXPECT_THAT(messages(failures), ElementsAre("check", "exception", "consequence"));
}

// What was under way when the execution began is none of its exceptions.
TEST_F(Failures, OfAnExecutionWithinADestructorFollowFromNothing) {
  try {
    struct Explores {
      FailureCollector& failures;
      ~Explores() {
        failures.begin_execution(nullptr);
        failures.add_reported(FailureKind::check, "check", {}, TaskId::root);
      }
    };
    const Explores explores{failures};
    throw 1;
  } catch (int) {
  }
  EXPECT_FALSE(failures.all().front().is_consequence);
}

TEST_F(Failures, AreInsertedBeforeOthers) {
  ASSERT_TRUE(add("b", FailureCollector::Source::end));
  ASSERT_TRUE(add("d", FailureCollector::Source::end));
  EXPECT_TRUE(failures.insert(0, FailureKind::uncontrolled, "a", {}, TaskId::none));
  EXPECT_TRUE(failures.insert(2, FailureKind::uncontrolled, "c", {}, TaskId::none));
  EXPECT_THAT(messages(failures), ElementsAre("a", "b", "c", "d"));
}

// A check within a header of the system is said to be where the task last awaited; if that is in
// such a header too, where its parent did.
TEST_F(Failures, AreInCodeOfTheUser) {
  detail::TaskControl& body = parts.create(nullptr, "");
  detail::TaskControl& child = parts.create(&body, "");
  child.show({OperationKind::yield, ObjectId::none, Place::current()});
  const std::uint32_t line = child.resumes_from.place.line();
  EXPECT_EQ(failures.place_in_user_code("/usr/include/c++/12/vector", 9, &child).line, line);
  EXPECT_EQ(failures.place_in_user_code("/home/user/bank.cpp", 9, &child).line, 9U);
  EXPECT_EQ(failures.place_in_user_code("/usr/include/c++/12/vector", 9, nullptr).line, 9U);
  EXPECT_EQ(failures.place_in_user_code(nullptr, 0, &child).line, 0U);
}

}  // namespace
}  // namespace coweave::test
