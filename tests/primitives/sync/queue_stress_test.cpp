// Queues under three tasks that put or get twice each while one of them is cancelled, or the queue
// is shut down, at any point by a fourth: every interleaving. And mutants, each found by the same
// programs.

#include <algorithm>
#include <string>

#include "primitives/sync/queue_mutants.hpp"
#include "primitives/sync/rules.hpp"
#include "primitives/sync/stress_programs.hpp"

namespace coweave::test {
namespace {

/// Which item leaves next.
enum class Turn { first, last, least };

/// What goes in and out, and who waits. A put or get that returns has taken effect in that step.
class Flow {
 public:
  Flow(Turn turn, std::size_t maxsize) : turn_(turn), maxsize_(maxsize) {}

  void calls_put(std::size_t task) { putters_.push_back(task); }
  void calls_get(std::size_t task) { getters_.push_back(task); }
  void gives_up(std::size_t task) {
    std::erase(putters_, task);
    std::erase(getters_, task);
  }
  void has_put(std::size_t task, int item) {
    check(cancelled_ != task, "a cancelled task went on");
    check(!is_shut_down_, "an item went into a queue that is shut down");
    check(is_first(putters_, task), "a putter was overtaken");
    std::erase(putters_, task);
    items_.push_back(item);
    check(items_.size() <= maxsize_, "there are too many items");
  }
  void has_got(std::size_t task, int item) {
    check(cancelled_ != task, "a cancelled task went on");
    check(is_first(getters_, task), "a getter was overtaken");
    std::erase(getters_, task);
    const auto found = std::find(items_.begin(), items_.end(), item);
    check(found != items_.end(), "an item came from nowhere");
    if (found == items_.end()) return;
    check(found == next(), "an item left out of turn");
    items_.erase(found);
  }
  void is_cancelled(std::size_t task) { cancelled_ = task; }
  void is_shut_down(bool drops_items) {
    is_shut_down_ = true;
    if (drops_items) items_.clear();
  }
  /// When everybody waits.
  void check_quiet(std::size_t size) const {
    check(items_.size() == size, "an item is lost");
    check(getters_.empty() || items_.empty(), "a getter waits while there is an item");
    check(putters_.empty() || items_.size() == maxsize_, "a putter waits while there is room");
  }

 private:
  [[nodiscard]] bool is_first(const std::vector<std::size_t>& line, std::size_t task) const {
    const auto live = [this](std::size_t other) { return other != cancelled_; };
    const auto first = std::find_if(line.begin(), line.end(), live);
    return first != line.end() && *first == task;
  }
  [[nodiscard]] std::vector<int>::iterator next() {
    if (turn_ == Turn::first) return items_.begin();
    if (turn_ == Turn::last) return std::prev(items_.end());
    return std::min_element(items_.begin(), items_.end());
  }

  Turn turn_;
  std::size_t maxsize_;
  std::size_t cancelled_ = ~std::size_t{0};
  bool is_shut_down_ = false;
  std::vector<int> items_;
  std::vector<std::size_t> putters_;  // Who waits, in order of the calls.
  std::vector<std::size_t> getters_;
};

template <class AnyQueue>
Task<> produce(AnyQueue& queue, Flow& flow, std::size_t task, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    // The later, the less: a priority queue turns them round.
    const int item = 100 - 10 * round - static_cast<int>(task);
    flow.calls_put(task);
    bool is_over = false;
    try {
      co_await queue.put(item);
    } catch (const CancelledError&) {
      is_over = true;
    } catch (const QueueShutDown&) {
      is_over = true;
    }
    if (is_over) {
      flow.gives_up(task);
      co_return;
    }
    flow.has_put(task, item);
  }
}

template <class AnyQueue>
Task<> consume(AnyQueue& queue, Flow& flow, std::size_t task, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    flow.calls_get(task);
    bool is_over = false;
    int item = 0;
    try {
      item = co_await queue.get();
    } catch (const CancelledError&) {
      is_over = true;
    } catch (const QueueShutDown&) {
      is_over = true;
    }
    if (is_over) {
      flow.gives_up(task);
      co_return;
    }
    flow.has_got(task, item);
    queue.task_done();
  }
}

template <class AnyQueue>
Task<> shut_down(AnyQueue& queue, Flow& flow) {
  const bool immediate = choose(2) == 1;
  flow.is_shut_down(immediate);
  queue.shutdown(immediate);
  co_return;
}

template <class AnyQueue>
Task<> join_queue(AnyQueue& queue) {
  co_await queue.join();
}

bool all_done(const std::vector<TaskHandle<>>& tasks) {
  return std::all_of(tasks.begin(), tasks.end(), [](const auto& task) { return task.done(); });
}

/// Everything that is left is taken out, and then nothing is left to be done.
template <class AnyQueue>
Task<> check_end(AnyQueue& queue, Flow& flow) {
  std::vector<TaskHandle<>> helpers;
  for (std::size_t helper = 50; queue.size() > 0 && helper < 60; ++helper) {
    helpers.push_back(spawn(consume(queue, flow, helper, 1)));
    co_await wait_all_tasks_blocked();
  }
  helpers.push_back(spawn(join_queue(queue)));
  co_await wait_all_tasks_blocked();
  check(all_done(helpers), "the queue is not joined when all is done");
  flow.check_quiet(queue.size());
}

template <class AnyQueue>
void start(AnyQueue& queue, Flow& flow, std::size_t producers, std::vector<TaskHandle<>>& tasks) {
  for (std::size_t task = 0; task < 3; ++task)
    tasks.push_back(task < producers ? spawn(produce(queue, flow, task, 2))
                                     : spawn(consume(queue, flow, task, 2)));
}

/// Some tasks put twice, the others of the three get twice; who is left alone in the end is helped.
template <class AnyQueue, Turn turn, std::size_t producers, std::size_t maxsize>
Task<> stress_queue() {
  AnyQueue queue(maxsize);
  Flow flow(turn, maxsize);
  std::vector<TaskHandle<>> tasks;
  start(queue, flow, producers, tasks);
  spawn(cancel_one(tasks, flow));
  co_await wait_all_tasks_blocked();
  flow.check_quiet(queue.size());
  for (std::size_t helper = 10; !all_done(tasks) && helper < 16; ++helper) {
    const bool is_fed = std::all_of(tasks.begin() + producers, tasks.end(),
                                    [](const TaskHandle<>& task) { return task.done(); });
    // A helper serves the side that is stuck: only one can be.
    const TaskHandle<> served =
        is_fed ? spawn(consume(queue, flow, helper, 1)) : spawn(produce(queue, flow, helper, 1));
    co_await wait_all_tasks_blocked();
    check(served.done(), "a task sleeps for ever");
    flow.check_quiet(queue.size());
  }
  check_all_done(tasks);
  co_await check_end(queue, flow);
}

template <class AnyQueue, Turn turn, std::size_t producers, std::size_t maxsize>
Task<> stress_shutdown() {
  AnyQueue queue(maxsize);
  Flow flow(turn, maxsize);
  std::vector<TaskHandle<>> tasks;
  start(queue, flow, producers, tasks);
  spawn(shut_down(queue, flow));
  co_await wait_all_tasks_blocked();
  flow.check_quiet(queue.size());
  check_all_done(tasks);
  co_await check_end(queue, flow);
}

template <class Body>
std::uint64_t schedules_of(Body body) {
  const Report report = explore(body, exhaustively(AwaitPoints::suspending));
  EXPECT_THAT(report, PassesExhaustively());
  return report.schedules;
}

/// In some schedule `claim` is the first to fail.
template <class Body>
void expect_found(Body body, const std::string& claim) {
  Options options = exhaustively(AwaitPoints::suspending);
  options.keep_going = true;
  const Report report = explore(body, options);
  std::vector<std::string> violated;
  for (const Failure& failure : report.failures) violated.push_back(failure.message);
  EXPECT_THAT(violated, ::testing::Contains(claim));
}

// The counts pin what the operations of a queue make ready, and when; those of the three kinds are
// alike, since the order of the items wakes nobody.
TEST(QueueStress, LeavesAQueueCorrect) {
  EXPECT_EQ((schedules_of(stress_queue<Queue<int>, Turn::first, 1, 1>)), 388U);
  EXPECT_EQ((schedules_of(stress_queue<Queue<int>, Turn::first, 2, 1>)), 412U);
  EXPECT_EQ((schedules_of(stress_queue<Queue<int>, Turn::first, 1, 2>)), 144U);
  EXPECT_EQ((schedules_of(stress_queue<Queue<int>, Turn::first, 2, 2>)), 120U);
  EXPECT_EQ((schedules_of(stress_shutdown<Queue<int>, Turn::first, 1, 1>)), 378U);
  EXPECT_EQ((schedules_of(stress_shutdown<Queue<int>, Turn::first, 2, 1>)), 392U);
}

TEST(QueueStress, LeavesALifoQueueCorrect) {
  EXPECT_EQ((schedules_of(stress_queue<LifoQueue<int>, Turn::last, 1, 2>)), 144U);
  EXPECT_EQ((schedules_of(stress_queue<LifoQueue<int>, Turn::last, 2, 2>)), 120U);
  EXPECT_EQ((schedules_of(stress_shutdown<LifoQueue<int>, Turn::last, 2, 2>)), 88U);
}

TEST(QueueStress, LeavesAPriorityQueueCorrect) {
  EXPECT_EQ((schedules_of(stress_queue<PriorityQueue<int>, Turn::least, 1, 2>)), 144U);
  EXPECT_EQ((schedules_of(stress_queue<PriorityQueue<int>, Turn::least, 2, 2>)), 120U);
  EXPECT_EQ((schedules_of(stress_shutdown<PriorityQueue<int>, Turn::least, 2, 2>)), 88U);
}

template <QueueFlaw flaw, std::size_t producers, std::size_t maxsize = 1>
constexpr auto cancelled = stress_queue<MutantQueue<flaw>, Turn::first, producers, maxsize>;
template <QueueFlaw flaw, std::size_t producers, std::size_t maxsize = 1>
constexpr auto shut = stress_shutdown<MutantQueue<flaw>, Turn::first, producers, maxsize>;

TEST(QueueStress, LeavesTheMutantWithoutAFlawCorrect) {
  schedules_of(cancelled<QueueFlaw::none, 1>);
  schedules_of(cancelled<QueueFlaw::none, 2>);
  schedules_of(shut<QueueFlaw::none, 1>);
  schedules_of(shut<QueueFlaw::none, 2>);
}

TEST(QueueStress, FindsTheQueueThatGivesItemsOutOfTurn) {
  const std::string claim = "an item left out of turn";
  expect_found(stress_queue<Queue<int>, Turn::last, 2, 2>, claim);
  expect_found(stress_queue<Queue<int>, Turn::least, 2, 2>, claim);
  expect_found(stress_queue<LifoQueue<int>, Turn::first, 2, 2>, claim);
  expect_found(stress_queue<PriorityQueue<int>, Turn::first, 2, 2>, claim);
}

TEST(QueueStress, FindsTheQueueWhoseItemGoesWithItsCancelledGetter) {
  expect_found(cancelled<QueueFlaw::hands_item_over, 1>, "an item is lost");
}

TEST(QueueStress, FindsTheQueueThatLosesTheWakeUpOfACancelledGetter) {
  expect_found(cancelled<QueueFlaw::loses_getter_wake_up, 1>,
               "a getter waits while there is an item");
}

TEST(QueueStress, FindsTheQueueThatLosesTheWakeUpOfACancelledPutter) {
  expect_found(cancelled<QueueFlaw::loses_putter_wake_up, 2>, "a putter waits while there is room");
}

TEST(QueueStress, FindsTheQueueThatLetsAGetterOvertake) {
  expect_found(cancelled<QueueFlaw::lets_getter_overtake, 1>, "a getter was overtaken");
}

TEST(QueueStress, FindsTheQueueThatLetsAPutterOvertake) {
  expect_found(cancelled<QueueFlaw::lets_putter_overtake, 2>, "a putter was overtaken");
}

TEST(QueueStress, FindsTheQueueThatWakesMorePuttersThanItHasRoomFor) {
  expect_found(cancelled<QueueFlaw::wakes_all_putters, 2>, "there are too many items");
}

TEST(QueueStress, FindsTheQueueThatWakesNoPutter) {
  expect_found(cancelled<QueueFlaw::wakes_no_putter, 2>, "a putter waits while there is room");
}

TEST(QueueStress, FindsTheShutdownThatWakesNoGetter) {
  expect_found(shut<QueueFlaw::keeps_getters_waiting, 1>, "a task sleeps for ever");
}

TEST(QueueStress, FindsTheShutdownThatWakesNoPutter) {
  expect_found(shut<QueueFlaw::keeps_putters_waiting, 2>, "a task sleeps for ever");
}

TEST(QueueStress, FindsTheQueueThatAWokenPutterFillsAfterTheShutdown) {
  expect_found(shut<QueueFlaw::puts_after_shutdown, 2>,
               "an item went into a queue that is shut down");
}

TEST(QueueStress, FindsTheShutdownThatCountsWhatItDrops) {
  expect_found(shut<QueueFlaw::counts_what_it_drops, 2>,
               "the queue is not joined when all is done");
}

}  // namespace
}  // namespace coweave::test
