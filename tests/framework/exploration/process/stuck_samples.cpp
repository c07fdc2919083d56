// The program that stuck_test.cpp runs: tests with steps that do not end, in the one order of two
// tasks that is not production order, and tests that only take their time. Never discovered as
// tests themselves.

#include <signal.h>

#include <chrono>
#include <coweave/gtest.hpp>
#include <cstdlib>
#include <future>
#include <thread>
#ifdef COWEAVE_TEST_ASIO
#include <asio.hpp>
#endif

namespace {

using coweave::Task;
using std::chrono::milliseconds;

Task<> write(int& value, int written) {
  co_await coweave::yield();
  value = written;
}

/// Calls `block` if the first writer comes last, in one step of the body.
Task<> block_in_other_order(void (*block)()) {
  int value = 0;
  co_await coweave::gather(write(value, 1), write(value, 2));
  if (std::getenv("SAMPLE_CURED") == nullptr && value == 1) block();
  co_await coweave::yield();
}

void get_from_nobody() {
  std::promise<int> never;
  static_cast<void>(never.get_future().get());
}

/// Volatile: a compiler may take a loop for one that ends if it reads what nobody writes.
void loop_for_ever() {
  const volatile bool is_done = false;
  while (!is_done) {
  }
}

#ifdef COWEAVE_TEST_ASIO
/// A context that Coweave does not pump, which never runs out of work.
void run_a_loop_within_a_step() {
  asio::io_context own;
  const auto busy = asio::make_work_guard(own);
  own.run();
}
COWEAVE_TEST(Stuck, NestedEventLoop) { co_await block_in_other_order(run_a_loop_within_a_step); }
#endif

COWEAVE_TEST(Stuck, FutureGet) { co_await block_in_other_order(get_from_nobody); }
COWEAVE_TEST(Stuck, EndlessLoop) { co_await block_in_other_order(loop_for_ever); }

COWEAVE_TEST(Stuck, NamedTask) {
  const auto blocking = []() -> Task<> {
    co_await coweave::yield();
    get_from_nobody();
  };
  co_await coweave::spawn(blocking(), "reader");
}

/// Blocked within an exploration that saves nothing, within a step of one that does.
COWEAVE_TEST(Stuck, NestedExploration) {
  co_await coweave::yield();
  static_cast<void>(
      coweave::explore([]() -> Task<> { return block_in_other_order(get_from_nobody); },
                       {.name = "Inner", .stuck_after = milliseconds(400)}));
}

/// 40 steps of 50 ms are two seconds, and yet no step takes long.
COWEAVE_TEST(Patience, ManySteps, coweave::Options{.max_schedules = 1}) {
  for (int i = 0; i < 40; ++i) {
    std::this_thread::sleep_for(milliseconds(50));
    co_await coweave::yield();
  }
}

TEST(Patience, BetweenExecutions) {
  bool is_told = false;
  const coweave::Report report =
      coweave::explore([]() -> Task<> { return block_in_other_order([] {}); },
                       {.strategy = coweave::random_walk(),
                        .max_schedules = 1'000'000,
                        .max_time = milliseconds(300),
                        .name = "Patience.BetweenExecutions",
                        .stuck_after = milliseconds(400),
                        .progress = [&is_told](const coweave::Progress& /*progress*/) {
                          if (!is_told) std::this_thread::sleep_for(milliseconds(1500));
                          is_told = true;
                        }});
  EXPECT_TRUE(is_told);
  EXPECT_FALSE(report.failed());
}

/// The caller stops the process in here.
COWEAVE_TEST(Patience, StoppedProcess, coweave::Options{.max_schedules = 1}) {
  std::this_thread::sleep_for(milliseconds(300));
  co_await coweave::yield();
}

COWEAVE_TEST(Stuck, SignalBlocked) {
  sigset_t urgent;
  sigemptyset(&urgent);
  sigaddset(&urgent, SIGURG);
  pthread_sigmask(SIG_BLOCK, &urgent, nullptr);
  co_await coweave::yield();
  get_from_nobody();
}

}  // namespace
