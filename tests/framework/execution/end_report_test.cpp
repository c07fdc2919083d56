#include "coweave/execution/end_report.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <string>

#include "coweave/core/error.hpp"
#include "coweave/execution/recorder.hpp"
#include "framework/execution/run_parts.hpp"

// How an execution ended, in failures; of tasks that were made by hand.

namespace coweave::test {
namespace {

using detail::ExecutionFailure;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Ending : public testing::Test {
 protected:
  Ending() {
    failures.begin_execution(nullptr);
    report.begin_execution(nullptr);
  }

  /// "deadlock: ..." of each failure.
  [[nodiscard]] std::vector<std::string> found() const {
    std::vector<std::string> result;
    for (const ExecutionFailure& failure : failures.all())
      result.push_back(std::string(to_string(failure.kind)) + ": " + failure.message);
    return result;
  }
  static void finish(detail::TaskControl& task) {
    task.state = detail::TaskState::finished;
    task.result = detail::TaskResult::value;
  }

  RunParts parts;
  detail::FailureCollector failures{parts.log, parts.tasks, parts.source_root};
  detail::EndReport report{failures, parts.log, parts.tasks};
  detail::TaskControl& body = parts.create(nullptr, "Task<> body()");
  detail::TaskControl& writer = parts.create(&body, "Task<> bank::writer(int)");
};

TEST_F(Ending, NamesTasksByNameOrFunctionAndPath) {
  EXPECT_EQ(report.label(body), "the test body");
  EXPECT_EQ(report.label(writer), "'writer' (task 0.1)");
  writer.name = Name("w");
  EXPECT_EQ(report.label(writer), "'w'");
}

TEST_F(Ending, WellIsNoFailure) {
  finish(body);
  finish(writer);
  report.add_results();
  EXPECT_THAT(failures.all(), IsEmpty());
}

TEST_F(Ending, OfTheBodyLeaksTasksThatAreNoDaemons) {
  detail::TaskControl& daemon = parts.create(&body, "Task<> daemon()");
  daemon.is_daemon = true;
  finish(body);
  report.add_results();
  EXPECT_THAT(found(),
              ElementsAre("leaked_task: 'writer' (task 0.1) had not finished when the test "
                          "body did (spawn_daemon it, or await it)"));
  EXPECT_EQ(failures.all().front().task, writer.id);
}

// The body fails by an exception that the writer threw, in the second of three steps.
TEST_F(Ending, ByAnExceptionNamesTheTaskAndTheStepThatThrew) {
  parts.step(body);
  parts.step(writer);
  const std::exception_ptr error = std::make_exception_ptr(std::domain_error("overdraft"));
  parts.end_by(writer, error);
  writer.is_retrieved = true;  // By the body, which let it pass.
  parts.step(body);
  parts.end_by(body, error);
  report.add_results();
  EXPECT_THAT(found(),
              ElementsAre("exception: std::domain_error left 'writer' (task 0.1): overdraft"));
  EXPECT_EQ(failures.all().front().step, 1U);
  EXPECT_EQ(failures.all().front().task, writer.id);
}

TEST_F(Ending, InADeadlockIsAtTheFirstTaskThatIsNotTheBody) {
  body.state = detail::TaskState::blocked;
  writer.state = detail::TaskState::blocked;
  writer.resumes_from.place = Place::current();
  report.add_blocked(false);
  EXPECT_THAT(found(), ElementsAre("deadlock: nothing is ready and 2 tasks wait"));
  EXPECT_EQ(failures.all().front().task, writer.id);
  EXPECT_EQ(failures.all().front().place.line, writer.resumes_from.place.line());
}

TEST_F(Ending, IsNoDeadlockWhereAnotherThreadHadAHandInIt) {
  body.state = detail::TaskState::blocked;
  report.add_blocked(true);
  EXPECT_THAT(failures.all(), IsEmpty());
}

TEST_F(Ending, AtTheLimitCountsTheStepsThatFollowedMovesOfTheClock) {
  report.add_livelock(100, 0);
  report.add_livelock(100, 2);
  EXPECT_THAT(found(),
              ElementsAre("livelock: the execution has not ended after 100 steps, choices and "
                          "awaits that completed at once",
                          "livelock: the execution has not ended after 300 steps, choices and "
                          "awaits that completed at once; the clock has moved 2 times although "
                          "tasks were ready"));
}

TEST_F(Ending, ByTheCallOfTheBodyTellsMisuseFromOtherExceptions) {
  try {
    throw std::domain_error("no account");
  } catch (...) {
    report.add_exception_of_call();
  }
  try {
    throw MisuseError("released twice", Place::current());
  } catch (...) {
    report.add_exception_of_call();
  }
  EXPECT_THAT(found(), ElementsAre("exception: std::domain_error left the call of the test body: "
                                   "no account",
                                   "misuse: released twice"));
}

TEST_F(Ending, WithAThrowingDestructorNamesTheTaskThatWasDestroyed) {
  try {
    throw 1;
  } catch (...) {
    report.add_exception_of_tear_down(&writer);
  }
  EXPECT_THAT(found(), ElementsAre("exception: an exception left a destructor while 'writer' (task "
                                   "0.1) was destroyed, which had not ended: int"));
}

TEST_F(Ending, NotesForTheRecorderWhatIsBlocked) {
  detail::Recorder recorder("");
  recorder.task_created(body);
  recorder.task_created(writer);
  report.begin_execution(&recorder);
  writer.state = detail::TaskState::blocked;
  report.add_blocked(false);
  EXPECT_THAT(recorder.take().blocked, SizeIs(1));
}

}  // namespace
}  // namespace coweave::test
