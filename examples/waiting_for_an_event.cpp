// The bug: a task looks whether a file has arrived, and only then, after another await, registers
// to be told: the news that comes in between is lost, and it waits for ever. Shows: the deadlock;
// an Event, which remembers that it was set, cures it.

#include <functional>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

/// Tells those who have subscribed by then, and nobody later.
class Announcer {
 public:
  void subscribe(std::function<void()> listener) { listeners_.push_back(std::move(listener)); }
  void announce() {
    has_arrived_ = true;
    for (const auto& each : listeners_) each();
  }
  [[nodiscard]] bool has_arrived() const { return has_arrived_; }

 private:
  bool has_arrived_ = false;
  std::vector<std::function<void()>> listeners_;
};

Task<> wait_for_announcement(Announcer& announcer) {
  if (announcer.has_arrived()) co_return;
  co_await coweave::yield();  // Writes a line to the log, say: the announcement may come here ...
  coweave::Event told("told");
  const auto listener = [&told] { told.set(); };
  announcer.subscribe(listener);
  co_await told.wait();  // ... and does not come again.
}

Task<> announce(Announcer& announcer) {
  co_await coweave::yield();  // From outside, at any time.
  announcer.announce();
}

Task<> wait_for_event(coweave::Event& arrived) {
  co_await coweave::yield();
  co_await arrived.wait();
}

Task<> set_event(coweave::Event& arrived) {
  co_await coweave::yield();
  arrived.set();
}

Task<> lost_wakeup() {
  Announcer announcer;
  co_await coweave::gather(wait_for_announcement(announcer), announce(announcer));
}

TEST(WaitingForAnEvent, MissesAnAnnouncementBetweenCheckAndSubscription) {
  EXPECT_THAT(coweave::explore(lost_wakeup), coweave::FailsWith(coweave::FailureKind::deadlock));
}

COWEAVE_TEST(WaitingForAnEvent, IsCuredByAnEventThatRemembers, every_interleaving) {
  coweave::Event arrived("arrived");
  co_await coweave::gather(wait_for_event(arrived), wait_for_event(arrived), set_event(arrived));
  EXPECT_TRUE(arrived.is_set());
}
