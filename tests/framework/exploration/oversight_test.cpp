// What a report says of tasks that were never awaited, and when it says nothing.

#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using coweave::Report;
using coweave::Task;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The warnings of unawaited tasks.
std::vector<std::string> oversights(const Report& report) {
  std::vector<std::string> found;
  for (const std::string& warning : report.warnings)
    if (warning.find("never awaited") != std::string::npos) found.push_back(warning);
  return found;
}

Task<int> work() { co_return 1; }
Task<> other_work() { co_return; }

TEST(Oversight, ATaskThatIsNeverAwaitedIsAWarning) {
  const auto body = []() -> Task<> {
    const Task<int> forgotten = work();
    co_return;
  };
  const Report report = coweave::explore(body);
  EXPECT_THAT(report, coweave::Passes());
  EXPECT_THAT(oversights(report), ElementsAre(AllOf(HasSubstr("the coroutine 'work' ("),
                                                    HasSubstr("oversight_test.cpp:"),
                                                    HasSubstr("was called and never awaited"))));
}

// Once for each coroutine function, however often and in however many schedules.
TEST(Oversight, IsSaidOnce) {
  const auto body = []() -> Task<> {
    for (int i = 0; i < 3; ++i) {
      const Task<int> forgotten = work();
      co_await coweave::yield();
    }
    const Task<> another = other_work();
    co_await coweave::gather(work(), work());
  };
  const Report report = coweave::explore(body);
  EXPECT_GT(report.schedules, 1U);
  EXPECT_THAT(oversights(report), ElementsAre(HasSubstr("the coroutine 'work'"),
                                              HasSubstr("the coroutine 'other_work'")));
}

TEST(Oversight, IsFoundInWhatWasToBeAwaited) {
  const auto body = []() -> Task<> {
    { [[maybe_unused]] auto awaiter = coweave::gather(work()); }
    {
      std::vector<Task<>> tasks;
      tasks.push_back(other_work());
    }
    co_return;
  };
  EXPECT_THAT(oversights(coweave::explore(body)),
              ElementsAre(HasSubstr("'work'"), HasSubstr("'other_work'")));
}

TEST(Oversight, IsPartOfTheReportOfAReplay) {
  const auto body = []() -> Task<> {
    const Task<int> forgotten = work();
    coweave::check(false, "fails");
    co_return;
  };
  const Report report = coweave::explore(body);
  ASSERT_TRUE(report.failed());
  EXPECT_THAT(oversights(report), ElementsAre(HasSubstr("'work'")));
  EXPECT_THAT(oversights(coweave::replay(body, report.failures.front().schedule)),
              ElementsAre(HasSubstr("'work'")));
}

Task<> takes(Task<int> /*task*/, bool throws) {
  if (throws) throw std::runtime_error("before it was awaited");
  co_return;
}

// No oversight: every way in which a task that was awaited, spawned or gathered does not run.
TEST(Oversight, IsNotSaidOfTasksThatWereCancelledOrLostToAnException) {
  const auto body = []() -> Task<> {
    coweave::spawn(work()).cancel();
    try {
      const Task<int> lost = work();
      throw std::runtime_error("before it was awaited");
    } catch (const std::runtime_error&) {
    }
    try {
      co_await coweave::gather(takes(work(), true));
    } catch (const std::runtime_error&) {
    }
    const auto refused = [](coweave::TaskGroup& group) -> Task<> {
      group.cancel();
      try {
        group.spawn(work());
      } catch (const coweave::MisuseError&) {
      }
      co_return;
    };
    co_await coweave::task_group(refused);
    co_await coweave::wait_all_tasks_blocked();
  };
  EXPECT_THAT(oversights(coweave::explore(body)), IsEmpty());
}

// What an execution that ends early leaves behind was not forgotten.
TEST(Oversight, IsNotSaidAtTheEndOfAnExecution) {
  const auto body = []() -> Task<> {
    const auto waits = [](coweave::Event& event) -> Task<> {
      Task<int> later = work();
      co_await event.wait();
      co_await std::move(later);
    };
    coweave::Event never;
    co_await waits(never);
  };
  const Report report = coweave::explore(body);
  EXPECT_THAT(report, coweave::FailsWith(coweave::FailureKind::deadlock));
  EXPECT_THAT(oversights(report), IsEmpty());
}

TEST(Oversight, IsPrintedUnderRun) {
  testing::internal::CaptureStderr();
  coweave::run([]() -> Task<> {
    const Task<int> forgotten = work();
    co_return;
  }());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("had never been awaited"));
}

}  // namespace
