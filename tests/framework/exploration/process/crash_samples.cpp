// The program that crash_test.cpp runs: tests that end their process, each in the one order of two
// tasks that is not production order. Never discovered as tests themselves.

// A build for release has no assertions; the sample that fails one needs it.
#undef NDEBUG
#include <unistd.h>

#include <cassert>
#include <chrono>
#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <vector>

#include "crash_kinds.hpp"

namespace {

using namespace crash_kinds;
using coweave::Task;

Task<> write(int& value, int written) {
  co_await coweave::yield();
  value = written;
}

int zero_or_one = 0;

/// Calls `crash` if the first writer comes last, in one step of the body.
Task<> crash_in_other_order(void (*crash)()) {
  int value = 0;
  co_await coweave::gather(write(value, 1), write(value, 2));
  if (std::getenv("SAMPLE_CURED") == nullptr && value == 1) crash();
  co_await coweave::yield();
}

COWEAVE_TEST(Crash, NullDereference) { co_await crash_in_other_order(dereference_null); }
COWEAVE_TEST(Crash, Abort) { co_await crash_in_other_order(std::abort); }
COWEAVE_TEST(Crash, Terminate) { co_await crash_in_other_order(std::terminate); }
COWEAVE_TEST(Crash, ThrowInNoexcept) { co_await crash_in_other_order(throw_where_none_may_leave); }
COWEAVE_TEST(Crash, StackOverflow) { co_await crash_in_other_order(overflow_the_stack); }
COWEAVE_TEST(Crash, DivisionByZero) { co_await crash_in_other_order(divide_by_zero); }
COWEAVE_TEST(Crash, IllegalInstruction) {
  co_await crash_in_other_order([] { __builtin_trap(); });
}
COWEAVE_TEST(Crash, BusError) { co_await crash_in_other_order(leave_a_mapped_file); }
COWEAVE_TEST(Crash, PureVirtualCall) {
  co_await crash_in_other_order(call_a_pure_virtual_function);
}
COWEAVE_TEST(Crash, FailedAssertion) {
  co_await crash_in_other_order([] {
    const bool claim = false;
    assert(claim);
  });
}
COWEAVE_TEST(Crash, DoubleFree) { co_await crash_in_other_order(free_twice); }
COWEAVE_TEST(Crash, UseAfterFree) { co_await crash_in_other_order(use_after_free); }
COWEAVE_TEST(Crash, Exit) {
  co_await crash_in_other_order([] { std::exit(7); });
}
COWEAVE_TEST(Crash, QuickExit) {
  co_await crash_in_other_order([] { std::quick_exit(7); });
}
COWEAVE_TEST(Crash, SignalSent) {
  co_await crash_in_other_order([] { ::raise(SIGFPE); });
}

Task<> end(std::vector<int>& ended, int number) {
  co_await coweave::yield();
  ended.push_back(number);
}

coweave::Lock older_lock;  // Than every execution.

Task<> locks(coweave::Lock& lock) {
  { const auto guard = co_await lock.scoped(); }
  const auto guard = co_await older_lock.scoped();
  co_await coweave::yield();
}
Task<> locks_twice(coweave::Lock& lock) { co_await coweave::gather(locks(lock), locks(lock)); }
/// Ends in every order. Tasks of tasks, named ones and such without a name, a chosen value, objects
/// with a name, without one, and older than the execution.
COWEAVE_TEST(Crash, WithObjects) {
  coweave::Lock lock("first");
  coweave::Event event;
  const coweave::TaskHandle<> other = coweave::spawn(locks(lock), "other");
  const int chosen = static_cast<int>(coweave::choose(2));
  co_await coweave::gather(locks_twice(lock), write(zero_or_one, chosen));
  co_await coweave::settled(other);
  event.set();
  co_await event.wait();
  if (std::getenv("SAMPLE_CURED") == nullptr) std::abort();
}

/// Ends if the last of five tasks goes on first and the last but one second: two deviations.
COWEAVE_TEST(Crash, InTwoOrders) {
  std::vector<int> ended;
  co_await gather(end(ended, 1), end(ended, 2), end(ended, 3), end(ended, 4), end(ended, 5));
  if (std::getenv("SAMPLE_CURED") == nullptr && ended[0] == 5 && ended[1] == 4) {
    const char* const kind = std::getenv("SAMPLE_CRASH");
    const std::string_view asked = kind != nullptr ? kind : "abort";
    if (asked == "null") dereference_null();
    if (asked == "terminate") throw_where_none_may_leave();
    if (asked == "exit") std::exit(7);
    std::abort();
  }
  co_await coweave::yield();
}

/// The handler of a program that has one already is called as without Coweave.
COWEAVE_TEST(Crash, HandlerOfTheProgram) {
  co_await crash_in_other_order([] { ::raise(SIGSEGV); });
}
const bool has_handler = [] {
  if (std::getenv("SAMPLE_HANDLER") != nullptr) std::signal(SIGSEGV, [](int) { ::_exit(42); });
  return true;
}();

/// A child that dies as it should leaves nothing.
COWEAVE_TEST(Crash, ExpectedDeath) {
  EXPECT_EXIT(std::abort(), ::testing::KilledBySignal(SIGABRT), "");
  EXPECT_EXIT(std::exit(3), ::testing::ExitedWithCode(3), "");
  co_await coweave::yield();
}

/// Fails by a deadlock. What that leaves aborts when it is destroyed.
struct AbortsWhenDestroyed {
  AbortsWhenDestroyed() = default;
  AbortsWhenDestroyed(const AbortsWhenDestroyed&) = delete;
  AbortsWhenDestroyed& operator=(const AbortsWhenDestroyed&) = delete;
  ~AbortsWhenDestroyed() { std::abort(); }
};
COWEAVE_TEST(Crash, InTearDown) {
  const AbortsWhenDestroyed aborts;
  coweave::Event never("never");
  co_await never.wait();
}

/// The assertion leaves the body, whose own object aborts within the same step.
COWEAVE_TEST(Crash, AfterAFailure) {
  const AbortsWhenDestroyed aborts;
  co_await coweave::yield();
  CO_ASSERT_EQ(1, 2) << "what failed first";
}

/// An exploration within one: both are under way when the process dies.
Task<> inner() { co_await crash_in_other_order(std::abort); }
COWEAVE_TEST(Crash, NestedExploration) {
  co_await coweave::yield();
  static_cast<void>(coweave::explore(inner, {.name = "Inner", .schedule_dir = "inner"}));
}

/// In an execution of a reduced search, in which a task of the search's own cancels.
Task<> sleep_or_crash(coweave::Shared<int>& x) {
  try {
    co_await coweave::sleep_for(std::chrono::seconds(2));
  } catch (const coweave::CancelledError&) {
    if (x.read() == 1) std::abort();
    throw;
  }
}
Task<> set_earlier(coweave::Shared<int>& x) {
  co_await coweave::sleep_for(std::chrono::seconds(1));
  x.write(1);
}
Task<> crash_when_cancelled_late() {
  coweave::Shared<int> x;
  const coweave::TaskHandle<> setter = coweave::spawn(set_earlier(x), "setter");
  const coweave::TaskHandle<> sleeper = coweave::spawn(sleep_or_crash(x), "sleeper");
  co_await coweave::settled(setter);
  co_await coweave::settled(sleeper);
}
TEST(Crash, InjectedCancellation) {
  if (const char* const file = std::getenv("SAMPLE_REPLAY")) {
    static_cast<void>(coweave::replay(crash_when_cancelled_late, coweave::Schedule::load(file)));
  } else {
    static_cast<void>(
        coweave::explore(crash_when_cancelled_late, {.inject_cancellation = {.at_most = 1},
                                                     .tracking = coweave::Tracking::declared,
                                                     .schedule_dir = "coweave-schedules"}));
  }
}

}  // namespace
