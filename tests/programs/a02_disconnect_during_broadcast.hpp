#pragma once

#include <array>
#include <stdexcept>
#include <vector>

#include "actors.hpp"
#include "coweave/primitives.hpp"

/// A02: a broadcaster starts one send task for each of two users, then awaits them one after the
/// other; the second user disconnects meanwhile. A send that starts on a closed socket throws. Bug
/// depth 2: the disconnect comes after the broadcaster has collected the sends, and before that
/// user's send starts. 4 tasks, 6 steps in production order; 55 schedules, 10 fail: with the
/// disconnect D, the sends x1 x2 and y, and the broadcaster's next step B, those of x1 < x2 < B and
/// D < y, so 5!/(3! 2!). Fixed: both sides take one lock over the whole broadcast and the whole
/// removal. Cost: a disconnect waits for all sends.
namespace programs::disconnect_during_broadcast {

struct User {
  bool connected = true;
  bool closed = false;
};
using Users = std::array<User, 2>;

inline coweave::Task<> send(User& user) {
  if (user.closed) throw std::runtime_error("send on a closed socket");
  co_await io();
}

inline coweave::Task<> broadcast(Users& users) {
  std::vector<coweave::TaskHandle<>> sends;
  for (User& user : users)
    if (user.connected) sends.push_back(coweave::spawn(send(user)));
  for (const coweave::TaskHandle<>& each : sends) co_await each;
}

inline void disconnect(User& user) {
  user.connected = false;
  user.closed = true;
}

inline coweave::Task<> disconnector(Users& users) {
  disconnect(users[1]);
  co_return;
}

inline coweave::Task<> buggy() {
  Users users;
  co_await coweave::gather(broadcast(users), disconnector(users));
}

inline coweave::Task<> locked_broadcast(Users& users, coweave::Lock& lock) {
  const auto guard = co_await lock.scoped();
  co_await broadcast(users);
}

inline coweave::Task<> locked_disconnector(Users& users, coweave::Lock& lock) {
  const auto guard = co_await lock.scoped();
  disconnect(users[1]);
}

inline coweave::Task<> fixed() {
  Users users;
  coweave::Lock lock("users");
  co_await coweave::gather(locked_broadcast(users, lock), locked_disconnector(users, lock));
}

}  // namespace programs::disconnect_during_broadcast
