// Condition::wait_for. Statements are those of asyncio_semantics.md, section 4.

#include <memory>
#include <optional>
#include <string>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

Task<> set_and_notify(Condition& condition, int& state, int value) {
  const LockGuard guard = co_await condition.scoped();
  state = value;
  condition.notify_all();
}

Task<> wait_until(Condition& condition, const int& state, int value) {
  const LockGuard guard = co_await condition.scoped();
  EXPECT_TRUE(co_await condition.wait_for([&] { return state == value; }));
  EXPECT_TRUE(condition.locked());
  EXPECT_EQ(state, value);
}

// Condition 11, 15. CPython: test_wait_for.
TEST(Condition, KeepsWaitingWhileThePredicateIsFalse) {
  expect_passes_in_production_order([]() -> Task<> {
    Condition condition;
    bool is_ready = false;
    int evaluated = 0;
    const TaskHandle<bool> waiter =
        spawn([](Condition& waited, bool& ready, int& count) -> Task<bool> {
          const LockGuard guard = co_await waited.scoped();
          co_return co_await waited.wait_for([&] {
            ++count;
            return ready;
          });
        }(condition, is_ready, evaluated));
    co_await yield();
    EXPECT_EQ(evaluated, 1);
    co_await condition.acquire();
    condition.notify();
    condition.release();
    co_await yield();
    EXPECT_EQ(evaluated, 2);
    EXPECT_FALSE(waiter.done());
    is_ready = true;
    co_await condition.acquire();
    condition.notify();
    condition.release();
    co_await yield();
    EXPECT_TRUE(waiter.done());
    EXPECT_EQ(evaluated, 3);
    EXPECT_TRUE(co_await waiter);
  });
}

// Condition 15, 17. Under `suspending` a task runs in one step while the lock is free: waiter,
// setter, waiter again; or setter, waiter: 2. Under `every` the first task suspends with the lock.
// The waiter first: it suspends once more before it evaluates its predicate, so the setter starts
// before the first, before the second or after both of its later steps: 3. The setter first: the
// waiter starts before it goes on or after: 2. From there on one task is ready at a time.
TEST(Condition, SeesTheStateWhenItComesBeforeAndAfterTheChange) {
  expect_schedules(2, 5, []() -> Task<> {
    Condition condition;
    int state = 0;
    co_await gather(wait_until(condition, state, 1), set_and_notify(condition, state, 1));
  });
}

// Condition 14, 16. CPython: test_wait_for_unacquired.
TEST(Condition, NeedsNoLockIfThePredicateIsTrueAtOnce) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    const auto two = [] { return 2; };
    EXPECT_EQ(co_await condition.wait_for(two), 2);
    EXPECT_FALSE(condition.locked());
    const auto never = [] { return false; };
    EXPECT_TRUE(co_await throws_misuse(condition.wait_for(never)));
    EXPECT_FALSE(condition.locked());
  });
}

// Condition 14.
TEST(Condition, DoesNotSuspendIfThePredicateIsTrueAtOnce) {
  expect_no_suspension([]() -> Task<> {
    Condition condition;
    bool other_has_run = false;
    int evaluated = 0;
    const TaskHandle<> other = spawn(mark(other_has_run));
    const auto is_true = [&] {
      ++evaluated;
      return true;
    };
    EXPECT_TRUE(co_await condition.wait_for(is_true));
    EXPECT_EQ(evaluated, 1);  // Where the await suspends all the same, after that.
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_FALSE(other_has_run);
    }
    co_await other;
  });
}

// A predicate with a side effect, true at once: it takes the item once under every rule.
TEST(Condition, EvaluatesAPredicateThatTakesTheLastItemOnce) {
  const auto body = []() -> Task<> {
    Condition condition;
    int items = 1;
    const LockGuard guard = co_await condition.scoped();
    const auto take_one = [&items] { return items > 0 && items-- > 0; };
    EXPECT_TRUE(co_await condition.wait_for(take_one));
    EXPECT_EQ(items, 0);
  };
  expect_passes_exhaustively(body);
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::operations)), PassesExhaustively());
}

Task<> await_text(Condition& condition, const std::string& text) {
  const LockGuard guard = co_await condition.scoped();
  const auto long_text = [&]() -> std::optional<std::string> {
    if (text.empty()) return std::nullopt;
    return text + "!";
  };
  const std::optional<std::string> found = co_await condition.wait_for(long_text);
  EXPECT_EQ(found, "a text too long to be stored in the object itself!");
}

Task<> set_text(Condition& condition, std::string& text) {
  const LockGuard guard = co_await condition.scoped();
  text = "a text too long to be stored in the object itself";
  condition.notify();
}

// Condition 16: a value of class type.
TEST(Condition, GivesTheValueOfThePredicate) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    std::string text;
    co_await gather(await_text(condition, text), set_text(condition, text));
  });
}

// Condition 16: a value that can only be moved.
TEST(Condition, MovesTheValueOfThePredicate) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    const auto make = [] { return std::make_unique<int>(3); };
    const std::unique_ptr<int> value = co_await condition.wait_for(make);
    EXPECT_NE(value, nullptr);
    if (value) {
      EXPECT_EQ(*value, 3);
    }
  });
}

/// Changes the state without the lock, then notifies with it.
Task<> flicker(Condition& condition, int& state) {
  state = 1;
  co_await yield();
  state = 0;
  co_await yield();
  co_await set_and_notify(condition, state, 1);
}

// Condition 17: at its return the predicate is true, whoever changes the state and when; the lock
// is held when it is evaluated.
TEST(Condition, ReturnsInTheStepInWhichThePredicateIsTrue) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    int state = 0;
    const TaskHandle<> flickering = spawn(flicker(condition, state));
    {
      const LockGuard guard = co_await condition.scoped();
      const auto is_one = [&] {
        EXPECT_TRUE(condition.locked());
        return state == 1;
      };
      EXPECT_TRUE(co_await condition.wait_for(is_one));
      EXPECT_EQ(state, 1);
    }
    co_await flickering;
  });
}

struct Refusal {};

Task<> refuse_first(Condition& condition) {
  const LockGuard guard = co_await condition.scoped();
  const auto refuse = []() -> bool { throw Refusal{}; };
  bool is_refused = false;
  try {
    co_await condition.wait_for(refuse);
  } catch (const Refusal&) {
    is_refused = true;
  }
  EXPECT_TRUE(is_refused);
  EXPECT_TRUE(condition.locked());
}

Task<> refuse_later(Condition& condition) {
  const LockGuard guard = co_await condition.scoped();
  int evaluated = 0;
  const auto refuse_second = [&]() -> bool {
    if (++evaluated == 2) throw Refusal{};
    return false;
  };
  bool is_refused = false;
  try {
    co_await condition.wait_for(refuse_second);
  } catch (const Refusal&) {
    is_refused = true;
  }
  EXPECT_TRUE(is_refused);
  EXPECT_TRUE(condition.locked());
}

// Condition 18: at the first evaluation and after a wake-up.
TEST(Condition, IsLeftByTheExceptionOfThePredicateWithTheLockHeld) {
  expect_passes_exhaustively([]() -> Task<> {
    Condition condition;
    int state = 0;
    co_await refuse_first(condition);
    EXPECT_FALSE(condition.locked());
    const TaskHandle<> waiter = spawn(refuse_later(condition));
    co_await wait_all_tasks_blocked();
    co_await set_and_notify(condition, state, 1);
    co_await waiter;
    EXPECT_FALSE(condition.locked());
  });
}

}  // namespace
}  // namespace coweave::test
