// The bug: a request gives up after a timeout and leaves its connection as it is; the late reply is
// still to come, and the next request takes it for its own. Shows: with_timeout; that a time-out is
// a cancellation at an await; dropping a connection whose reply was not read cures it.

#include <chrono>
#include <deque>
#include <memory>
#include <utility>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;
using namespace std::chrono_literals;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

/// Replies come in the order of the requests.
struct Connection {
  coweave::Semaphore arrived{0, "replies"};
  std::deque<int> replies;
};

Task<> serve(std::shared_ptr<Connection> connection, int key, coweave::Clock::duration time) {
  co_await coweave::sleep_for(time);
  connection->replies.push_back(key);
  connection->arrived.release();
}

struct Client {
  std::shared_ptr<Connection> connection = std::make_shared<Connection>();
};

Task<int> request(Client& client, int key, coweave::Clock::duration server_time) {
  const std::shared_ptr<Connection> connection = client.connection;
  coweave::spawn_daemon(serve(connection, key, server_time), "server");
  co_await connection->arrived.acquire();  // A time-out ends it here ...
  const int reply = connection->replies.front();
  connection->replies.pop_front();
  co_return reply;
}

Task<int> request_or_drop(Client& client, int key, coweave::Clock::duration server_time) {
  const std::shared_ptr<Connection> used = std::exchange(client.connection, nullptr);
  Client own{used};
  client.connection = std::make_shared<Connection>();  // For others, and if this one is given up.
  const int reply = co_await request(own, key, server_time);
  client.connection = used;
  co_return reply;
}

using Request = Task<int>(Client& client, int key, coweave::Clock::duration server_time);

Task<> two_requests(Request* request_with) {
  Client client;
  const bool is_slow = coweave::choose(2) == 0;
  bool is_timeout = false;
  try {
    co_await coweave::with_timeout(1s, request_with(client, 1, is_slow ? 2000ms : 500ms));
  } catch (const coweave::TimeoutError&) {
    is_timeout = true;  // ... and the reply comes a second later.
  }
  EXPECT_EQ(is_timeout, is_slow);
  const int reply = co_await coweave::with_timeout(5s, request_with(client, 2, 3s));
  EXPECT_EQ(reply, 2) << "the reply belongs to another request";
}

Task<> reply_is_left() { return two_requests(request); }

TEST(LateReply, IsTakenForTheReplyToTheNextRequest) {
  EXPECT_THAT(coweave::explore(reply_is_left), coweave::FailsWith(coweave::FailureKind::check));
}

COWEAVE_TEST(LateReply, IsCuredByDroppingTheConnection, every_interleaving) {
  co_await two_requests(request_or_drop);
}
