#pragma once

#include <deque>

#include "actors.hpp"
#include "coweave/primitives.hpp"

/// A13 (redis-py#2624): a command is cancelled between its request and its reply; the connection is
/// used again with the reply still in it, and the next caller reads that.
/// Bug depth 2: A is cancelled after it has written, and before it reads. 3 tasks, 7 steps in
/// production order; 74 schedules, 7 fail.
/// Fixed: a command that ends before its reply drops the connection.
namespace programs::reply_left_on_connection {

struct Connection {
  coweave::Lock lock{"connection"};
  std::deque<int> replies;
};

inline coweave::Task<> get(Connection& connection, int key) {
  const auto guard = co_await connection.lock.scoped();
  connection.replies.push_back(key);
  co_await io();
  const int reply = connection.replies.front();
  connection.replies.pop_front();
  coweave::check(reply == key, "the reply belongs to another request");
}

/// Empties the connection, as a new one is, unless the reply was read.
class DropUnlessRead {
 public:
  explicit DropUnlessRead(Connection& connection) : connection_(connection) {}
  DropUnlessRead(const DropUnlessRead&) = delete;
  DropUnlessRead& operator=(const DropUnlessRead&) = delete;
  ~DropUnlessRead() {
    if (!is_read_) connection_.replies.clear();
  }
  int read() {
    const int reply = connection_.replies.front();
    connection_.replies.pop_front();
    is_read_ = true;
    return reply;
  }

 private:
  Connection& connection_;
  bool is_read_ = false;
};

inline coweave::Task<> get_or_drop(Connection& connection, int key) {
  const auto guard = co_await connection.lock.scoped();
  DropUnlessRead reply(connection);
  connection.replies.push_back(key);
  co_await io();
  coweave::check(reply.read() == key, "the reply belongs to another request");
}

using Get = coweave::Task<>(Connection& connection, int key);

inline coweave::Task<> program(Get* command) {
  Connection connection;
  const auto first = coweave::spawn(command(connection, 1), "A");
  const auto second = coweave::spawn(command(connection, 2), "B");
  coweave::spawn(cancel_after_io(first), "K");
  co_await coweave::wait_all_tasks_blocked();
  co_await second;
}

/// Without K: for exploration that injects cancellations.
inline coweave::Task<> uncancelled_program(Get* command) {
  Connection connection;
  const Crew crew{coweave::spawn(command(connection, 1), "A"),
                  coweave::spawn(command(connection, 2), "B")};
  co_await crew.all_done();
}

inline coweave::Task<> buggy() { return program(get); }
inline coweave::Task<> fixed() { return program(get_or_drop); }
inline coweave::Task<> buggy_uncancelled() { return uncancelled_program(get); }
inline coweave::Task<> fixed_uncancelled() { return uncancelled_program(get_or_drop); }

}  // namespace programs::reply_left_on_connection
