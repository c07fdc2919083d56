// What is posted while an execution is torn down, and operations that end outside of any step.
#include <chrono>
#include <coweave/gtest.hpp>
#include <memory>
#include <mutex>
#include <utility>

#include "framework/asio/library.hpp"

namespace {

using coweave::FailsWith;
using coweave::FailureKind;
using coweave::PassesExhaustively;
using coweave::Report;
using coweave::Task;
using namespace std::chrono_literals;

/// Takes the mutex when it is destroyed: what a pipe's end does.
struct TakesMutex {
  explicit TakesMutex(std::mutex& taken) : mutex(&taken) {}
  TakesMutex(TakesMutex&& other) noexcept : mutex(std::exchange(other.mutex, nullptr)) {}
  TakesMutex& operator=(TakesMutex&&) = delete;
  ~TakesMutex() {
    if (mutex != nullptr) const std::lock_guard lock(*mutex);
  }
  void operator()() const { ADD_FAILURE() << "runs never"; }
  std::mutex* mutex;
};

/// Posts under the mutex when it is destroyed.
template <class Executor>
struct PostsWhenDestroyed {
  PostsWhenDestroyed(std::mutex& held, const Executor& to) : mutex(held), executor(to) {}
  PostsWhenDestroyed(const PostsWhenDestroyed&) = delete;
  PostsWhenDestroyed& operator=(const PostsWhenDestroyed&) = delete;
  ~PostsWhenDestroyed() {
    const std::lock_guard lock(mutex);
    asio::post(executor, TakesMutex(mutex));
  }
  std::mutex& mutex;
  Executor executor;
};

TEST(AsioLatePost, OfATearDownIsDestroyedAfterIt) {
  std::mutex mutex;
  const auto body = [&mutex]() -> Task<> {
    adapter::context io;
    const PostsWhenDestroyed posts(mutex, io.get_executor());
    const auto guard = asio::make_work_guard(io);
    co_await io.run();
  };
  EXPECT_THAT(coweave::explore(body), FailsWith(FailureKind::deadlock));
}

// The context is destroyed within the execution: what its handlers post then goes with it.
TEST(AsioLatePost, OfAContextThatIsDestroyedGoesWithIt) {
  std::mutex mutex;
  const auto body = [&mutex]() -> Task<> {
    adapter::context io;
    auto posts = std::make_unique<PostsWhenDestroyed<adapter::context::executor_type>>(
        mutex, io.get_executor());
    asio::post(io, [owned = std::move(posts)] {});
    co_await coweave::yield();  // Never run: the handler is destroyed with the context.
  };
  EXPECT_THAT(coweave::explore(body), PassesExhaustively());
}

// A timer on one executor, its handler on another: the task that started it has nothing left to do,
// and ends when the timer fires, outside of any step.
template <class Executor>
asio::awaitable<void> starts_timer(adapter::context& io, Executor on, bool& fired) {
  auto timer = std::make_shared<adapter::virtual_timer>(io.get_executor(), 1s);
  timer->async_wait(asio::bind_executor(on, [timer, &fired](auto) { fired = true; }));
  co_return;
}

TEST(AsioEndOutsideAStep, OfAHandlerOnANamedExecutor) {
  const auto body = []() -> Task<> {
    adapter::context io;
    bool fired = false;
    asio::co_spawn(io, starts_timer(io, io.executor("other"), fired), asio::detached);
    co_await io.run();
    coweave::check(fired, "fired");
  };
  EXPECT_THAT(coweave::explore(body), PassesExhaustively());
}

TEST(AsioEndOutsideAStep, OfAHandlerOnAStrand) {
  const auto body = []() -> Task<> {
    adapter::context io;
    bool fired = false;
    asio::co_spawn(io, starts_timer(io, asio::make_strand(io.get_executor()), fired),
                   asio::detached);
    co_await io.run();
    coweave::check(fired, "fired");
  };
  EXPECT_THAT(coweave::explore(body), PassesExhaustively());
}

asio::awaitable<void> waits(adapter::virtual_timer& timer, bool& fired) {
  co_await timer.async_wait(asio::use_awaitable);
  fired = true;
}
asio::awaitable<void> spawns(adapter::context& io, adapter::virtual_timer& timer, bool& fired) {
  asio::co_spawn(io.executor("waiter"), waits(timer, fired), asio::detached);
  co_return;
}

TEST(AsioEndOutsideAStep, OfACoroutineOnANamedExecutor) {
  const auto body = []() -> Task<> {
    adapter::context io;
    bool fired = false;
    adapter::virtual_timer timer(io.get_executor(), 1s);
    asio::co_spawn(io, spawns(io, timer, fired), asio::detached);
    co_await io.run();
    coweave::check(fired, "fired");
  };
  EXPECT_THAT(coweave::explore(body), PassesExhaustively());
}

}  // namespace
