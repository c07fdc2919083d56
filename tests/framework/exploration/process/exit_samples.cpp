// The program that exit_test.cpp runs: tests that end their process without a failure of their own.
// Never discovered as tests themselves.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace {

using coweave::Task;

Task<> write(int& value, int written) {
  co_await coweave::yield();
  value = written;
}

/// Calls `end` in the last step of the one order of the two writers that is not production order.
Task<> end_in_other_order(void (*end)()) {
  int value = 0;
  co_await coweave::gather(write(value, 1), write(value, 2));
  if (value == 1) end();
  co_await coweave::yield();
}

COWEAVE_TEST(Ends, Exit) {
  co_await end_in_other_order([] { std::exit(0); });
}
COWEAVE_TEST(Ends, ExitWith256) {
  co_await end_in_other_order([] { std::exit(256); });
}
COWEAVE_TEST(Ends, ExitAtOnce) {
  co_await end_in_other_order([] { ::_exit(0); });
}
COWEAVE_TEST(Ends, ExitAtOnceOfC) {
  co_await end_in_other_order([] { std::_Exit(0); });
}
COWEAVE_TEST(Ends, QuickExit) {
  co_await end_in_other_order([] { std::quick_exit(0); });
}
COWEAVE_TEST(Ends, QuickExitWithHandler) {
  co_await end_in_other_order([] {
    std::at_quick_exit([] { ::_exit(0); });
    std::quick_exit(5);
  });
}
COWEAVE_TEST(Ends, ExitWithHandler) {
  std::atexit([] { ::_exit(0); });
  co_await end_in_other_order([] { std::exit(0); });
}
COWEAVE_TEST(Ends, ExitAtOnceWith7) {
  co_await end_in_other_order([] { ::_exit(7); });
}

struct EndsInDestructor {
  EndsInDestructor() = default;
  EndsInDestructor(const EndsInDestructor&) = delete;
  EndsInDestructor& operator=(const EndsInDestructor&) = delete;
  ~EndsInDestructor() {
    if (ends) std::exit(0);
  }
  bool ends = true;
};
Task<> waits(coweave::Event& event) {
  const EndsInDestructor ends;
  co_await event.wait();
}
/// In the teardown of the first execution.
COWEAVE_TEST(Ends, ExitInDestructor) {
  coweave::Event event;
  coweave::spawn_daemon(waits(event), "waits");
  co_await coweave::yield();
}

void in_thread(void (*end)()) {
  std::thread([end] {
    end();
    ::pause();
  }).join();
}
COWEAVE_TEST(Ends, ExitInThread) {
  co_await end_in_other_order([] { in_thread([] { std::exit(0); }); });
}
COWEAVE_TEST(Ends, ExitAtOnceInThread) {
  co_await end_in_other_order([] { in_thread([] { ::_exit(0); }); });
}
COWEAVE_TEST(Ends, AbortInThread) {
  co_await end_in_other_order([] { in_thread([] { std::abort(); }); });
}

COWEAVE_TEST(Ends, RaisesSigterm) {
  co_await end_in_other_order([] { ::raise(SIGTERM); });
}
COWEAVE_TEST(Ends, RaisesSigtermTwice) {
  co_await end_in_other_order([] {
    ::raise(SIGTERM);
    ::raise(SIGTERM);
  });
}
COWEAVE_TEST(Ends, RaisesSigusr1) {
  co_await end_in_other_order([] { ::raise(SIGUSR1); });
}
COWEAVE_TEST(Ends, RaisesSigtrap) {
  co_await end_in_other_order([] { ::raise(SIGTRAP); });
}
COWEAVE_TEST(Ends, BreaksAPipe) {
  co_await end_in_other_order([] {
    int ends[2] = {};
    if (::pipe(ends) != 0) return;
    ::close(ends[0]);
    static_cast<void>(!::write(ends[1], "x", 1));
  });
}
COWEAVE_TEST(Ends, IsEndedByItsAlarm) {
  co_await end_in_other_order([] {
    ::ualarm(1'000, 0);
    ::pause();
  });
}

Task<> raises_sigterm() {
  co_await end_in_other_order([] { ::raise(SIGTERM); });
}
/// Not interruptible: SIGTERM is the end.
TEST(Ends, RaisesSigtermOfItsOwn) {
  static_cast<void>(coweave::explore(
      raises_sigterm, {.name = "Ends.RaisesSigtermOfItsOwn", .schedule_dir = "coweave-schedules"}));
}

Task<> exits() {
  co_await end_in_other_order([] { std::exit(0); });
}
TEST(Ends, ExitWithoutADirectory) { static_cast<void>(coweave::explore(exits)); }
TEST(Ends, ExitWhereNothingIsSaved) {
  static_cast<void>(coweave::explore(
      exits, {.schedule_dir = "coweave-schedules", .save_crashes = false, .stuck_after = {}}));
}
/// After main() has returned.
TEST(Ends, ExitInAnExplorationAtExit) {
  std::atexit([] { static_cast<void>(coweave::explore(exits)); });
}

Task<> passes() {
  co_await end_in_other_order([] {});
}
TEST(Ends, ExitBetweenExecutions) {
  coweave::Options options;
  options.name = "Ends.ExitBetweenExecutions";
  options.schedule_dir = "coweave-schedules";
  options.strategy = coweave::random_walk();
  options.max_schedules = 1'000'000'000;  // Far more than fit before the first word of progress.
  options.progress = [](const coweave::Progress&) { std::exit(0); };
  static_cast<void>(coweave::explore(passes, options));
}

/// Children end as they like.
COWEAVE_TEST(Passes, WhoseChildrenExit) {
  for (int kind = 0; kind < 4; ++kind) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (kind == 0) ::_exit(0);
      if (kind == 1) std::_Exit(0);
      if (kind == 2) std::quick_exit(0);
      ::execl("/bin/true", "true", nullptr);
      ::_exit(9);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << kind;
  }
  co_await coweave::yield();
}
COWEAVE_TEST(Passes, WhoseChildIsTerminated) {
  const pid_t child = ::fork();
  if (child == 0)
    while (true) ::pause();
  ::kill(child, SIGTERM);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, SIGTERM);
  co_await coweave::yield();
}
TEST(Passes, AndThenExits) {
  static_cast<void>(coweave::explore(passes));
  std::exit(0);
}
TEST(Passes, AndThenExitsAtOnce) {
  static_cast<void>(coweave::explore(passes));
  ::_exit(0);
}

Task<> yields() {
  for (int i = 0; i < 8; ++i) co_await coweave::yield();
}
int executions = 0;
/// The thousandth execution leaves a file, at which exit_test.cpp sends a signal. A checkpoint that
/// exists after that is of a thousand executions or more.
Task<> large() {
  if (++executions == 1'000) {
    std::filesystem::remove("large.checkpoint");
    std::ofstream("thousand-executions") << executions;
  }
  co_await coweave::gather(yields(), yields(), yields(), yields());
}

coweave::Options enumeration() {
  coweave::Options options;
  options.strategy = coweave::exhaustive();
  options.max_schedules = 1'000'000'000;
  options.max_time = std::chrono::minutes(2);
  options.checkpoint = "large.checkpoint";
  options.name = "Long.Enumeration";
  return options;
}
/// With a checkpoint; ended from outside.
TEST(Long, Enumeration) {
  coweave::Options options = enumeration();
  if (std::getenv("SAMPLE_EVERY") != nullptr)
    options.checkpoint_every = std::chrono::milliseconds(50);
  options.interruptible = std::getenv("SAMPLE_INTERRUPTIBLE") != nullptr;
  const coweave::Report report = coweave::explore(large, options);
  FAIL() << report.verdict_detail;
}
/// Goes on where that one was ended.
TEST(Long, GoesOn) {
  coweave::Options options = enumeration();
  options.max_schedules = 10;
  const coweave::Report report = coweave::explore(large, options);
  EXPECT_GT(report.schedules, 100U);
  std::printf("%s\n", report.verdict_detail.c_str());
}
/// A step of the program ends it, after some time.
Task<> large_and_exits() {
  if (executions == 4'999) std::exit(0);
  return large();
}
TEST(Long, Exits) {
  coweave::Options options = enumeration();
  options.checkpoint_every = {};
  static_cast<void>(coweave::explore(large_and_exits, options));
}
COWEAVE_TEST(Long, Interruptible,
             coweave::Options{.max_schedules = 1'000'000'000,
                              .max_time = std::chrono::minutes(2)}) {
  co_await large();
}

}  // namespace
