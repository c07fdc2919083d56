// Destructors that throw, spawn or post while an execution is torn down.
#include <gmock/gmock.h>

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

namespace coweave {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

struct Throws {
  explicit Throws(std::string thrown) : text(std::move(thrown)) {}
  Throws(const Throws&) = delete;
  Throws& operator=(const Throws&) = delete;
  ~Throws() noexcept(false) { throw std::runtime_error(text); }
  std::string text;
};
Task<> waits_with_thrower(Event& event) {
  const Throws throws("from a destructor");
  co_await event.wait();
}

// A passing execution fails by it: the daemon is destroyed when the body has ended.
TEST(ThrowingDestructor, OfADaemonFailsTheExecution) {
  const auto body = []() -> Task<> {
    auto event = std::make_shared<Event>();
    const auto daemon = [](std::shared_ptr<Event> waited) -> Task<> {
      co_await waits_with_thrower(*waited);
    };
    static_cast<void>(spawn_daemon(daemon(event), "thrower"));
    co_await wait_all_tasks_blocked();
  };
  const Report report = explore(body);
  EXPECT_THAT(report, FailsWith(FailureKind::exception,
                                HasSubstr("left a destructor while 'thrower' was destroyed")));
  ASSERT_FALSE(report.failures.empty());
  EXPECT_THAT(report.failures.front().message, HasSubstr("std::runtime_error: from a destructor"));
}

TEST(ThrowingDestructor, ComesAfterTheFailureThatLeftTheTask) {
  const auto body = []() -> Task<> {
    Event never;
    co_await gather(waits_with_thrower(never), waits_with_thrower(never));
  };
  const Report report = explore(body);
  EXPECT_THAT(report, FailsWith(FailureKind::deadlock));
  ASSERT_FALSE(report.failures.empty());
  EXPECT_EQ(report.failures.front().also.size(), 2U);  // One for each child.
  EXPECT_THAT(report.failures.front().also, Contains(HasSubstr("from a destructor")));
}

// The other locals of the frame go all the same, and the frame with its parameters.
TEST(ThrowingDestructor, LeavesTheRestOfTheFrameToBeDestroyed) {
  const auto counter = std::make_shared<int>(0);
  const auto waits = [](Event& event, std::shared_ptr<int> parameter) -> Task<> {
    const std::shared_ptr<int> before = parameter;
    const Throws throws("x");
    const std::shared_ptr<int> after = parameter;
    co_await event.wait();
  };
  const auto body = [&]() -> Task<> {
    Event never;
    co_await gather(waits(never, counter));
  };
  EXPECT_THAT(explore(body), FailsWith(FailureKind::deadlock));
  EXPECT_EQ(counter.use_count(), 1);
}

// In a step it is an exception like any other.
TEST(ThrowingDestructor, InAStepIsAnException) {
  const auto body = []() -> Task<> {
    const auto child = []() -> Task<> {
      const Throws throws("in a step");
      co_await yield();
    };
    co_await gather(child(), child());
  };
  EXPECT_THAT(explore(body), FailsWith(FailureKind::exception, HasSubstr("in a step")));
}

/// Posts while it holds a mutex that what it posts takes when it is destroyed.
struct PostsUnderAMutex {
  explicit PostsUnderAMutex(std::mutex& held) : mutex(held) {}
  PostsUnderAMutex(const PostsUnderAMutex&) = delete;
  PostsUnderAMutex& operator=(const PostsUnderAMutex&) = delete;
  ~PostsUnderAMutex() {
    struct Takes {
      explicit Takes(std::mutex& taken) : mutex(&taken) {}
      Takes(Takes&& other) noexcept : mutex(std::exchange(other.mutex, nullptr)) {}
      Takes& operator=(Takes&&) = delete;
      ~Takes() {
        if (mutex != nullptr) const std::lock_guard lock(*mutex);
      }
      std::mutex* mutex;
    };
    const std::lock_guard lock(mutex);
    post([takes = Takes(mutex)] { ADD_FAILURE() << "runs never"; });
  }
  std::mutex& mutex;
};

TEST(TearDownOfPosts, DestroysThemAfterTheFrames) {
  std::mutex mutex;
  const auto body = [&]() -> Task<> {
    const PostsUnderAMutex posts(mutex);
    Event never;
    co_await never.wait();
  };
  EXPECT_THAT(explore(body), FailsWith(FailureKind::deadlock));
}

// What destructors spawn is destroyed too.
TEST(TearDownOfSpawns, DestroysThem) {
  int destroyed = 0;
  struct SpawnsOnce {
    explicit SpawnsOnce(int& counted) : count(counted) {}
    SpawnsOnce(const SpawnsOnce&) = delete;
    SpawnsOnce& operator=(const SpawnsOnce&) = delete;
    ~SpawnsOnce() {
      const auto task = [](std::shared_ptr<int> /*kept*/) -> Task<> { co_return; };
      int& counted = count;
      static_cast<void>(spawn(task(std::shared_ptr<int>(new int(0), [&counted](const int* value) {
        ++counted;
        delete value;
      }))));
    }
    int& count;
  };
  const auto body = [&]() -> Task<> {
    const SpawnsOnce spawns(destroyed);
    Event never;
    co_await never.wait();
  };
  EXPECT_THAT(explore(body, {.shrink = {.max_executions = 0}, .compare_await_points = false}),
              FailsWith(FailureKind::deadlock));
  EXPECT_EQ(destroyed, 2);  // In the search, and where it was written down.
}

}  // namespace
}  // namespace coweave
