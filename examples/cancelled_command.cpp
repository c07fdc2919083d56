// The bug: a command is cancelled between its request and its reply, and the connection is used
// again with the reply still in it (redis-py's, of March 2023). Shows: Options::inject_cancellation
// cancels every task at every await without a word in the program; a fault point makes the network
// fail, and what cures the one cures the other.

#include <deque>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;
using coweave::TaskHandle;

const coweave::Options one_cancellation{.strategy = coweave::exhaustive(),
                                        .inject_cancellation = {.at_most = 1}};

struct Connection {
  coweave::Lock lock{"connection"};
  std::deque<int> replies;
};

int read_reply(Connection& connection) {
  const int reply = connection.replies.front();
  connection.replies.pop_front();
  return reply;
}

Task<> get(Connection& connection, int key) {
  const auto guard = co_await connection.lock.scoped();
  connection.replies.push_back(key);
  co_await coweave::fault_point("network");  // Cancelled here, or failed: the reply stays behind.
  EXPECT_EQ(read_reply(connection), key) << "the reply of another command";
}

/// Closes the connection, and with it what is on its way, unless its command is done.
class CloseUnlessDone {
 public:
  explicit CloseUnlessDone(Connection& connection) : connection_(connection) {}
  CloseUnlessDone(const CloseUnlessDone&) = delete;
  CloseUnlessDone& operator=(const CloseUnlessDone&) = delete;
  ~CloseUnlessDone() {
    if (!is_done_) connection_.replies.clear();
  }
  void done() { is_done_ = true; }

 private:
  Connection& connection_;
  bool is_done_ = false;
};

Task<> get_or_close(Connection& connection, int key) {
  const auto guard = co_await connection.lock.scoped();
  CloseUnlessDone unless_done(connection);
  connection.replies.push_back(key);
  co_await coweave::fault_point("network");
  EXPECT_EQ(read_reply(connection), key) << "the reply of another command";
  unless_done.done();
}

/// Waits for a command that may be cancelled, or fail, on its way.
Task<> settle(TaskHandle<> command) {
  try {
    co_await command;
  } catch (const coweave::CancelledError&) {  // It may be,
  } catch (const coweave::InjectedFault&) {   // or this.
  }
}

Task<> two_commands() {
  Connection connection;
  const auto first = coweave::spawn(get(connection, 1));
  const auto second = coweave::spawn(get(connection, 2));
  co_await settle(first);
  co_await settle(second);
}

TEST(CancelledCommand, LeavesItsReplyToTheNext) {
  EXPECT_THAT(
      coweave::explore(two_commands, {.inject_cancellation = {.at_most = 1}, .inject_faults = 0}),
      coweave::FailsWith(coweave::FailureKind::check));
}

TEST(FailedCommand, LeavesItsReplyToTheNext) {
  EXPECT_THAT(coweave::explore(two_commands), coweave::FailsWith(coweave::FailureKind::check));
}

TEST(CancelledCommand, IsHarmlessWithoutCancellationsAndFaults) {
  EXPECT_THAT(
      coweave::explore(two_commands, {.strategy = coweave::exhaustive(), .inject_faults = 0}),
      coweave::PassesExhaustively());
}

COWEAVE_TEST(CancelledCommand, ClosesTheConnection, one_cancellation) {
  Connection connection;
  const auto first = coweave::spawn(get_or_close(connection, 1));
  const auto second = coweave::spawn(get_or_close(connection, 2));
  co_await settle(first);
  co_await settle(second);
}
