#include "coweave/state/shared.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

TEST(Shared, IsAValueOutsideExplorations) {
  Shared<int> number(3);
  EXPECT_EQ(*number, 3);
  number.write(4);
  number = 5;
  EXPECT_EQ(number.update([](int& value) { return value++; }), 5);
  EXPECT_EQ(number.read(), 6);
  Shared<std::vector<std::string>> words;
  words.edit().push_back("one");
  EXPECT_EQ(words->size(), 1U);
  EXPECT_EQ(words->front(), "one");
}

TEST(Shared, HoldsWhatCanOnlyBeMoved) {
  Shared<std::unique_ptr<int>> pointer(std::make_unique<int>(1));
  pointer.write(std::make_unique<int>(2));
  EXPECT_EQ(*pointer.read(), 2);
}

enum class Use { read, write, update, edit };

Task<> use(Shared<int>& value, Use how) {
  switch (how) {
    case Use::read:
      static_cast<void>(value.read());
      break;
    case Use::write:
      value.write(1);
      break;
    case Use::update:
      value.update([](int& x) { ++x; });
      break;
    case Use::edit:
      value.edit() = 2;
      break;
  }
  co_return;
}

Task<> both(Use first, Use second) {
  Shared<int> value;
  co_await gather(use(value, first), use(value, second));
}

std::uint64_t schedules(Use first, Use second) {
  Options options;
  options.tracking = Tracking::declared;
  options.await_points = AwaitPoints::suspending;
  const Report report = explore([=] { return both(first, second); }, options);
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  return report.schedules;
}

// Two steps in both orders if they are dependent, in one if not.
TEST(Shared, MakesStepsDependentUnlessBothOnlyRead) {
  constexpr std::array uses{Use::read, Use::write, Use::update, Use::edit};
  for (const Use first : uses)
    for (const Use second : uses)
      EXPECT_EQ(schedules(first, second), first == Use::read && second == Use::read ? 1U : 2U);
}

Task<> write_all(std::array<Shared<int>, 3>& values, std::size_t first) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[(first + i) % values.size()].write(1);
    co_await yield();
  }
}

TEST(Shared, ElementsOfAnArrayAreObjectsOfTheirOwn) {
  Options options;
  options.tracking = Tracking::declared;
  const Report report = explore(
      []() -> Task<> {
        std::array<Shared<int>, 3> values;
        co_await gather(write_all(values, 0), write_all(values, 0));
      },
      options);
  // Each of the 3 is written in two orders: 2^3.
  EXPECT_EQ(report.schedules, 8U);
}

}  // namespace
}  // namespace coweave
