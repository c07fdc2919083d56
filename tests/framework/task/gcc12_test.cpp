#include <coroutine>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

// The everyday forms that g++ 12 and clang both compile rightly: the safe column of the table of
// coroutines_on_gcc12.md, and what that page lists as fine. g++ 12 destroys some temporaries twice;
// Counted sees it.

namespace coweave {
namespace {

/// Counts its objects; not trivial, as a user's types are.
class Counted {
 public:
  explicit Counted(int& alive, std::string text = "counted")
      : alive_(&alive), text_(std::move(text)) {
    ++*alive_;
  }
  Counted(const Counted& other) : alive_(other.alive_), text_(other.text_) { ++*alive_; }
  Counted(Counted&& other) noexcept : alive_(other.alive_), text_(std::move(other.text_)) {
    ++*alive_;
  }
  Counted& operator=(const Counted& other) = default;
  Counted& operator=(Counted&& other) noexcept = default;
  ~Counted() { --*alive_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  int* alive_;
  std::string text_;
};

Task<int> length(Counted value) {
  co_await yield();
  co_return static_cast<int>(value.text().size());
}
Task<Counted> make(int& alive, std::string text) {
  co_await yield();
  co_return Counted(alive, std::move(text));
}
Task<int> number(int value) { co_return value; }
Task<> yield_once() { co_await yield(); }
Task<std::string> text(std::string value) {
  co_await yield();
  co_return value;
}
Task<std::pair<int, std::string>> pair_of(int first, std::string second) {
  co_await yield();
  co_return std::pair<int, std::string>(first, std::move(second));
}

/// Runs `program(alive)` under every schedule: nothing is left over, and nothing is destroyed
/// twice.
template <class Program>
void expect_balanced(Program program) {
  int alive = 0;
  const auto body = [&alive, &program] {
    EXPECT_EQ(alive, 0);
    return program(alive);
  };
  EXPECT_THAT(explore(body), PassesExhaustively());
  EXPECT_EQ(alive, 0);
}

// Instead of `co_await f([o] {...})`: the closure has a name and is moved in.
template <class Function>
Task<int> call(Function function) {
  co_await yield();
  co_return function();
}

TEST(Gcc12, ANamedLambdaIsMovedIn) {
  expect_balanced([](int& alive) -> Task<> {
    const Counted value(alive, "abc");
    auto length_of_value = [value] { return static_cast<int>(value.text().size()); };
    EXPECT_EQ(co_await call(std::move(length_of_value)), 3);
  });
}

TEST(Gcc12, ALambdaThatCapturesByReferenceMayStandInTheExpression) {
  expect_balanced([](int& alive) -> Task<> {
    const Counted value(alive, "abc");
    EXPECT_EQ(co_await call([&value] { return static_cast<int>(value.text().size()); }), 3);
  });
}

// Instead of `co_await [o]() -> Task<> {...}()`.
TEST(Gcc12, ALambdaCoroutineGetsItsObjectsAsParameters) {
  expect_balanced([](int& alive) -> Task<> {
    const Counted value(alive, "abcd");
    const int size = co_await [](Counted passed) -> Task<int> {
      co_await yield();
      co_return static_cast<int>(passed.text().size());
    }(value);
    EXPECT_EQ(size, 4);
  });
}

struct Settings {
  std::string name;
  std::vector<int> values;
};
Task<std::size_t> count(Settings settings) {
  co_await yield();
  co_return settings.name.size() + settings.values.size();
}

// Instead of `co_await f({.name = "abc"})`.
COWEAVE_TEST(Gcc12, AnAggregateHasANameFirst) {
  Settings settings{.name = "abc", .values = {1, 2}};
  EXPECT_EQ(co_await count(settings), 5U);
  EXPECT_EQ(co_await count(std::move(settings)), 5U);
}

// Or the type has a constructor.
TEST(Gcc12, ATemporaryOfATypeWithAConstructorMayStandInTheExpression) {
  expect_balanced([](int& alive) -> Task<> {
    EXPECT_EQ(co_await length(Counted(alive, "abcde")), 5);
    EXPECT_EQ(co_await length(Counted(alive)) + co_await length(Counted(alive, "a")), 8);
  });
}

/// An awaiter with a constructor, instead of an aggregate.
class GivesText {
 public:
  explicit GivesText(std::string given) : text_(std::move(given)) {}
  [[nodiscard]] bool await_ready() const { return false; }
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> /*waiter*/) const { return false; }
  std::string await_resume() { return std::move(text_); }

 private:
  std::string text_;
};

COWEAVE_TEST(Gcc12, AnAwaiterHasAConstructor) {
  EXPECT_EQ(co_await GivesText("a text that is too long to be stored in place"),
            "a text that is too long to be stored in place");
}

// Instead of `T t{co_await a(), co_await b()}` and `new Obj(co_await a())`.
TEST(Gcc12, ResultsHaveNamesBeforeAnObjectIsMadeOfThem) {
  expect_balanced([](int& alive) -> Task<> {
    Counted first = co_await make(alive, "first");
    Counted second = co_await make(alive, "second");
    const std::pair<Counted, Counted> both(std::move(first), std::move(second));
    EXPECT_EQ(both.first.text() + both.second.text(), "firstsecond");
    Counted third = co_await make(alive, "third");
    const auto owned = std::make_unique<Counted>(std::move(third));
    EXPECT_EQ(owned->text(), "third");
  });
}

// Instead of `c ? co_await a() : co_await b()`.
TEST(Gcc12, ABranchIsAnIf) {
  expect_balanced([](int& alive) -> Task<> {
    std::vector<Counted> kept;
    if (choose(2) == 0) {
      kept.push_back(co_await make(alive, "zero"));
    } else {
      kept.push_back(co_await make(alive, "one"));
    }
    EXPECT_EQ(kept.size(), 1U);
  });
}

Task<int> sum(std::vector<int> values) {
  co_await yield();
  co_return std::accumulate(values.begin(), values.end(), 0);
}

// Instead of a braced list in the expression.
COWEAVE_TEST(Gcc12, AVectorHasANameFirst) {
  std::vector<int> values{1, 2, 3};
  EXPECT_EQ(co_await sum(values), 6);
  EXPECT_EQ(co_await sum(std::move(values)), 6);
}

COWEAVE_TEST(Gcc12, AwaitsMayStandInExpectations) {
  EXPECT_EQ(co_await number(1), 1);
  EXPECT_EQ(co_await text("abc"), co_await text("abc"));
  EXPECT_TRUE(co_await number(1) == 1 && co_await number(2) == 2) << "not reached";
  EXPECT_THAT(co_await text("abc"), testing::StartsWith("a"));
  CO_ASSERT_EQ(co_await number(4), 4) << "not reached";
  CO_ASSERT_TRUE((co_await text("abc")).size() == 3);
}

COWEAVE_TEST(Gcc12, StructuredBindingsTakeAwaitedTuples) {
  const auto [first, second] = co_await pair_of(1, "one");
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, "one");
  auto [a, b, c] = co_await gather(number(1), text("two"), yield_once());
  EXPECT_EQ(a, 1);
  EXPECT_EQ(b, "two");
  static_assert(std::is_same_v<decltype(c), std::monostate>);
}

Task<> throws(std::string message) {
  co_await yield();
  throw std::runtime_error(message);
}

TEST(Gcc12, ExceptionsPassThroughAwaitsAndDestroyWhatTheyPass) {
  expect_balanced([](int& alive) -> Task<> {
    std::string caught;
    try {
      const Counted local(alive);
      const Counted awaited = co_await make(alive, "awaited");
      co_await throws("thrown");
    } catch (const std::runtime_error& thrown) {
      caught = thrown.what();
    }
    EXPECT_EQ(caught, "thrown");
    EXPECT_EQ(alive, 0);
  });
}

Task<std::vector<Counted>> some(int& alive) {
  std::vector<Counted> values;
  for (const char* name : {"a", "bb", "ccc"}) values.push_back(co_await make(alive, name));
  co_return values;
}

TEST(Gcc12, LoopsAwaitInTheirRangeTheirConditionAndTheirBody) {
  expect_balanced([](int& alive) -> Task<> {
    std::size_t letters = 0;
    for (const Counted& value : co_await some(alive)) {
      co_await yield();
      letters += value.text().size();
    }
    EXPECT_EQ(letters, 6U);
    int rounds = 0;
    while (co_await number(rounds) < 3) ++rounds;
    EXPECT_EQ(rounds, 3);
    do {
      --rounds;
    } while (co_await number(rounds) > 0);
    EXPECT_EQ(rounds, 0);
    if (const int value = co_await number(7); value != 7) ADD_FAILURE();
    switch (co_await number(2)) {
      case 2:
        break;
      default:
        ADD_FAILURE();
    }
  });
}

TEST(Gcc12, GatherAndSpawnTakeCallsAsArguments) {
  expect_balanced([](int& alive) -> Task<> {
    const auto [first, second] = co_await gather(make(alive, "a"), make(alive, "bb"));
    EXPECT_EQ(first.text() + second.text(), "abb");
    const TaskHandle<int> handle = spawn(length(Counted(alive, "abc")), "worker");
    EXPECT_EQ(co_await handle, 3);
  });
}

TEST(Gcc12, GuardsOfAwaitedScopesAreDestroyedOnce) {
  expect_balanced([](int& alive) -> Task<> {
    Lock lock;
    Semaphore semaphore(2);
    {
      const LockGuard guard = co_await lock.scoped();
      const auto permit = co_await semaphore.scoped();
      const Counted local(alive);
      co_await yield();
      EXPECT_TRUE(lock.locked());
      EXPECT_EQ(semaphore.value(), 1);
    }
    EXPECT_FALSE(lock.locked());
    EXPECT_EQ(semaphore.value(), 2);
  });
}

TEST(Gcc12, AWaitForTakesALambdaByReferenceOrANamedOne) {
  expect_balanced([](int& alive) -> Task<> {
    Condition condition;
    const Counted value(alive, "abc");
    const LockGuard guard = co_await condition.scoped();
    EXPECT_TRUE(co_await condition.wait_for([&value] { return value.text() == "abc"; }));
    auto predicate = [value] { return value.text(); };
    co_await condition.wait_for([&predicate] { return !predicate().empty(); });
  });
}

/// An awaiter that counts how often it is made and destroyed.
class Inspected {
 public:
  explicit Inspected(int& alive) : counted_(alive) {}
  Inspected(const Inspected&) = delete;
  Inspected& operator=(const Inspected&) = delete;
  [[nodiscard]] bool await_ready() const { return false; }
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> /*waiter*/) const { return false; }
  [[nodiscard]] std::size_t await_resume() const { return counted_.text().size(); }

 private:
  Counted counted_;
};

// An awaiter that await_transform gave back by reference would be copied into the frame by g++ 12.
TEST(Gcc12, AnAwaiterThatCannotBeCopiedIsNot) {
  expect_balanced([](int& alive) -> Task<> {
    EXPECT_EQ(co_await Inspected(alive), 7U);
    Inspected named(alive);
    EXPECT_EQ(co_await named, 7U);
    EXPECT_EQ(alive, 1);
  });
}

}  // namespace
}  // namespace coweave
