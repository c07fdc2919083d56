// The bug: a worker skips an order that was withdrawn while it was queued, and forgets to say that
// it is done with it: join() waits for ever. Shows: a bounded Queue between tasks, which holds back
// who is too fast; join() and shutdown() as the way to end a pipeline; task_done() in a guard,
// which no branch can miss, as the cure. And that shutdown(true) in the place of join() loses
// orders.

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

struct Order {
  bool is_withdrawn = false;
  bool is_served = false;
};

using Orders = coweave::Queue<Order*>;

Task<> take_orders(Orders& orders, Order& soup, Order& fish, Order& cake) {
  co_await orders.put(&soup);
  co_await orders.put(&fish);
  co_await coweave::yield();
  fish.is_withdrawn = !fish.is_served;  // A second thought.
  co_await orders.put(&cake);
}

Task<> serve(Order& order) {
  order.is_served = true;
  co_await coweave::yield();  // The way to the table.
}

Task<> forgetful_worker(Orders& orders) {
  try {
    while (true) {
      Order* order = co_await orders.get();
      if (order->is_withdrawn) continue;  // And it is not done.
      co_await serve(*order);
      orders.task_done();
    }
  } catch (const coweave::QueueShutDown&) {  // No more orders.
  }
}

/// Says at its end that an item is dealt with.
class Done {
 public:
  explicit Done(Orders& orders) : orders_(orders) {}
  Done(const Done&) = delete;
  Done& operator=(const Done&) = delete;
  ~Done() { orders_.task_done(); }

 private:
  Orders& orders_;
};

Task<> careful_worker(Orders& orders) {
  try {
    while (true) {
      Order* order = co_await orders.get();
      const Done done(orders);
      if (!order->is_withdrawn) co_await serve(*order);
    }
  } catch (const coweave::QueueShutDown&) {  // No more orders.
  }
}

enum class Closing { when_joined, at_once };

Task<> open_and_close(Task<> (*worker)(Orders&), Closing closing) {
  Orders orders(1, "orders");
  Order soup;
  Order fish;
  Order cake;
  const auto working = coweave::spawn(worker(orders), "worker");
  co_await take_orders(orders, soup, fish, cake);
  if (closing == Closing::when_joined) co_await orders.join();
  orders.shutdown(closing == Closing::at_once);
  co_await working;
  EXPECT_TRUE(soup.is_served && cake.is_served);
  EXPECT_NE(fish.is_served, fish.is_withdrawn);
}

Task<> forgetful_service() { co_await open_and_close(forgetful_worker, Closing::when_joined); }
Task<> hasty_service() { co_await open_and_close(careful_worker, Closing::at_once); }

TEST(ForgottenTaskDone, LetsJoinWaitForEver) {
  EXPECT_THAT(coweave::explore(forgetful_service),
              coweave::FailsWith(coweave::FailureKind::deadlock));
}

TEST(ForgottenTaskDone, IsNotCuredByClosingAtOnce) {
  EXPECT_THAT(coweave::explore(hasty_service), coweave::FailsWith(coweave::FailureKind::check));
}

COWEAVE_TEST(ForgottenTaskDone, IsCuredByAGuard, every_interleaving) {
  co_await open_and_close(careful_worker, Closing::when_joined);
}
