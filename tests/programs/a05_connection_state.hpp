#pragma once

#include "actors.hpp"
#include "coweave/primitives.hpp"

/// A05: queries wait for a connection to be initialized, but only once: the notification that says
/// "initializing" lets them run too early.
/// Bug depth 2: a query waits before the first notification, and resumes before the second. 3
/// tasks, 6 steps in production order (the queries are started first); 36 schedules, 14 fail.
/// Fixed: wait_for(predicate), 50 schedules.
namespace programs::connection_state {

enum class State { closed, initializing, initialized };

struct Connection {
  coweave::Condition changed{"connection"};
  State state = State::closed;
};

inline coweave::Task<> change(Connection& connection, State state) {
  const auto guard = co_await connection.changed.scoped();
  connection.state = state;
  connection.changed.notify_all();
}

inline coweave::Task<> initialize(Connection& connection) {
  co_await change(connection, State::initializing);
  co_await io();
  co_await change(connection, State::initialized);
}

inline coweave::Task<> query(Connection& connection) {
  const auto guard = co_await connection.changed.scoped();
  if (connection.state != State::initialized) co_await connection.changed.wait();
  coweave::check(connection.state == State::initialized, "a query ran too early");
}

inline coweave::Task<> checking_query(Connection& connection) {
  const auto guard = co_await connection.changed.scoped();
  const auto is_initialized = [&connection] { return connection.state == State::initialized; };
  co_await connection.changed.wait_for(is_initialized);
  coweave::check(connection.state == State::initialized, "a query ran too early");
}

inline coweave::Task<> buggy() {
  Connection connection;
  co_await coweave::gather(query(connection), query(connection), initialize(connection));
}

inline coweave::Task<> fixed() {
  Connection connection;
  co_await coweave::gather(checking_query(connection), checking_query(connection),
                           initialize(connection));
}

}  // namespace programs::connection_state
