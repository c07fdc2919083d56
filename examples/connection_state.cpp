// The bug: a query waits, once, for a connection's state to change, and runs: but the first change
// is only to "initializing". Shows: a notification says that something has changed, not what;
// wait_for, which looks again after every wake-up, cures it.

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

class Connection {
 public:
  Task<> initialize() {
    co_await change_to(State::initializing);
    co_await coweave::yield();  // The handshake.
    co_await change_to(State::initialized);
  }
  Task<> query() {
    const auto guard = co_await changed_.scoped();
    if (state_ != State::initialized) co_await changed_.wait();  // Once is not enough.
    EXPECT_TRUE(state_ == State::initialized);
  }
  Task<> patient_query() {
    const auto guard = co_await changed_.scoped();
    const auto is_initialized = [this] { return state_ == State::initialized; };
    co_await changed_.wait_for(is_initialized);
    EXPECT_TRUE(state_ == State::initialized);
  }

 private:
  enum class State { closed, initializing, initialized };
  Task<> change_to(State state) {
    const auto guard = co_await changed_.scoped();
    state_ = state;
    changed_.notify_all();
  }
  coweave::Condition changed_{"connection"};
  State state_ = State::closed;
};

Task<> query_during_initialization() {
  Connection connection;
  co_await coweave::gather(connection.query(), connection.initialize());
}

TEST(ConnectionState, LetsAQueryRunTooEarlyAfterAPlainWait) {
  EXPECT_THAT(coweave::explore(query_during_initialization),
              coweave::FailsWith(coweave::FailureKind::check));
}

COWEAVE_TEST(ConnectionState, IsCuredByWaitFor, every_interleaving) {
  Connection connection;
  co_await coweave::gather(connection.patient_query(), connection.patient_query(),
                           connection.initialize());
}
