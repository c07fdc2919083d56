#include <deque>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// A failure is told at a place that a person wrote, and an exception that leaves a task is told
// before what its destructors have to say.

namespace coweave {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Options brief() { return {.strategy = exhaustive(), .compare_await_points = false}; }

/// Where the first failure of `body` is told.
Failure failure_of(Task<> (*body)()) {
  const Report report = explore(body, brief());
  EXPECT_TRUE(report.failed()) << report;
  return report.failures.empty() ? Failure() : report.failures.front();
}

Task<> destroys_a_made_lock() {
  const auto lock = std::make_unique<Lock>();
  co_await lock->acquire();
  co_await yield();
}
Task<> destroys_a_shared_lock() {
  const auto lock = std::make_shared<Lock>();
  co_await lock->acquire();
}
Task<> destroys_locks_of_a_vector() {
  std::vector<Lock> locks(2);
  co_await locks[1].acquire();
}
Task<> destroys_a_lock_of_a_deque() {
  std::deque<Lock> locks;
  locks.emplace_back();
  co_await locks.front().acquire();
}
Task<> destroys_an_optional_lock() {
  std::optional<Lock> lock;
  lock.emplace();
  co_await lock->acquire();
  lock.reset();
}
Task<> waits(Event& event) { co_await event.wait(); }
Task<> destroys_a_made_event() {
  auto event = std::make_unique<Event>();
  const TaskHandle<> waiter = spawn(waits(*event));
  co_await wait_all_tasks_blocked();  // No order may have it destroyed before.
  event.reset();
  co_await waiter;
}
Task<> destroys_a_named_lock() {
  const auto lock = std::make_unique<Lock>("made");
  co_await lock->acquire();
}

// Objects that the standard library creates: their place is one of its headers.
TEST(FailurePlace, IsInTheProgramWhereTheStandardLibraryCreatesTheObject) {
  for (Task<> (*const body)() :
       {destroys_a_made_lock, destroys_a_shared_lock, destroys_locks_of_a_vector,
        destroys_a_lock_of_a_deque, destroys_an_optional_lock, destroys_a_made_event}) {
    const Failure failure = failure_of(body);
    EXPECT_EQ(failure.kind, FailureKind::misuse);
    EXPECT_THAT(failure.place.file, EndsWith("failure_places_test.cpp")) << failure;
    EXPECT_THAT(failure.message,
                AllOf(HasSubstr("created by the standard library"), Not(HasSubstr(".h:"))));
  }
}

TEST(FailurePlace, SaysTheNameOfAnObjectThatHasOne) {
  const Failure failure = failure_of(destroys_a_named_lock);
  EXPECT_THAT(failure.message, HasSubstr("lock \"made\""));
  EXPECT_THAT(failure.place.file, EndsWith("failure_places_test.cpp"));
}

Task<> destroys_a_lock_of_its_own() {
  Lock lock;
  co_await lock.acquire();
}

// A place in the program stays what it was: where the object was created.
TEST(FailurePlace, IsThatOfTheObjectWhereThePersonCreatesIt) {
  const Failure failure = failure_of(destroys_a_lock_of_its_own);
  EXPECT_EQ(failure.kind, FailureKind::misuse);
  EXPECT_THAT(failure.message, HasSubstr("created at failure_places_test.cpp:" +
                                         std::to_string(failure.place.line)));
}

TEST(FailurePlace, KnowsHeadersOfTheSystem) {
  for (const char* const file :
       {"/usr/include/c++/12/bits/stl_construct.h", "/usr/lib/llvm-16/include/c++/v1/memory",
        "/usr/lib/gcc/x86_64-linux-gnu/12/include/stddef.h", "/usr/include/asio/post.hpp",
        "/opt/gcc/include/c++/13/bits/unique_ptr.h"})
    EXPECT_TRUE(is_in_system_header(file)) << file;
  for (const char* const file : {"/home/me/app/include/bank.hpp", "bank.cpp", "../include/c.hpp",
                                 "/usr/src/app/main.cpp", "/usr/local/src/app.cpp"})
    EXPECT_FALSE(is_in_system_header(file)) << file;
}

Task<> throws_with_a_held_lock() {
  Lock lock("held");
  co_await lock.acquire();
  co_await yield();
  throw std::runtime_error("the cause");
}
Task<> takes_and_throws(Lock& lock) {
  co_await lock.acquire();
  throw std::runtime_error("the cause");
}
Task<> rethrows_with_a_held_lock() {
  Lock lock("held");
  co_await gather(takes_and_throws(lock));
}
Task<> never_cancelled(Lock& lock) {
  co_await lock.acquire();
  co_await sleep_for(std::chrono::seconds(1));
}
Task<> cancelled_with_a_held_lock() {
  Lock lock("held");
  const TaskHandle<> holder = spawn(never_cancelled(lock), "holder");
  co_await yield();
  holder.cancel();
  co_await holder;
}

// The destruction of the held lock is a consequence, and is told after it.
TEST(FailureOrder, OfAnExceptionThatDestroysAHeldLockBeginsWithTheException) {
  for (Task<> (*const body)() :
       {throws_with_a_held_lock, rethrows_with_a_held_lock, cancelled_with_a_held_lock}) {
    const Failure failure = failure_of(body);
    EXPECT_EQ(failure.kind, FailureKind::exception) << failure;
    ASSERT_EQ(failure.also.size(), 1U) << failure;
    EXPECT_THAT(failure.also.front(), HasSubstr("misuse: destruction of lock \"held\""));
  }
}

Task<> catches_what_destroys_a_held_lock() {
  try {
    co_await throws_with_a_held_lock();
  } catch (const std::runtime_error&) {
  }
}

// Handled, the exception is no failure. What it destroyed is.
TEST(FailureOrder, OfAnExceptionThatIsHandledBeginsWithTheDestruction) {
  const Failure failure = failure_of(catches_what_destroys_a_held_lock);
  EXPECT_EQ(failure.kind, FailureKind::misuse);
  EXPECT_TRUE(failure.also.empty());
}

Task<> fails_a_check_and_throws() {
  Lock lock("held");
  co_await lock.acquire();
  check(false, "first");
  throw std::runtime_error("second");
}

// A check that failed before stays first: it may be why the exception was thrown.
TEST(FailureOrder, KeepsAFailedCheckBeforeTheException) {
  const Failure failure = failure_of(fails_a_check_and_throws);
  EXPECT_EQ(failure.kind, FailureKind::check);
  ASSERT_EQ(failure.also.size(), 2U) << failure;
  EXPECT_THAT(failure.also[0], HasSubstr("exception: "));
  EXPECT_THAT(failure.also[1], HasSubstr("misuse: "));
}

Task<> yields_for_ever_with_a_held_lock() {
  Lock lock("held");
  co_await lock.acquire();
  while (choose(1) == 0) {
  }
  co_await yield();
}

// The step limit leaves a step that never ends by an exception, which destroys the lock too.
TEST(FailureOrder, OfALivelockBeginsWithTheLivelock) {
  Options options = brief();
  options.max_steps = 100;
  const Report report = explore(yields_for_ever_with_a_held_lock, options);
  ASSERT_THAT(report, FailsWith(FailureKind::livelock)) << report;
}

}  // namespace
}  // namespace coweave
