// The bug: a broadcaster collects one send for each user, then awaits them; a user who disconnects
// in between is sent to on a closed socket. Shows: the failure is an exception that leaves the
// broadcast; one Lock over the whole broadcast and the whole removal cures it, and a disconnect
// then waits.

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

class Socket {
 public:
  void close() { is_closed_ = true; }
  Task<> send() {
    if (is_closed_) throw std::runtime_error("send on a closed socket");
    co_await coweave::yield();  // The network takes its time.
  }

 private:
  bool is_closed_ = false;
};

struct Server {
  Socket ann;
  Socket bob;
  std::map<std::string, Socket*> users{{"ann", &ann}, {"bob", &bob}};
  coweave::Lock lock{"users"};
};

Task<> broadcast(Server& server) {
  std::vector<coweave::TaskHandle<>> sends;
  for (const auto& [name, socket] : server.users)
    sends.push_back(coweave::spawn(socket->send(), name));
  for (const auto& each : sends) co_await each;
}

Task<> disconnect(Server& server, std::string name) {
  const auto user = server.users.extract(name);
  user.mapped()->close();
  co_return;
}

Task<> broadcast_under_lock(Server& server) {
  const auto guard = co_await server.lock.scoped();
  co_await broadcast(server);
}

Task<> disconnect_under_lock(Server& server, std::string name) {
  const auto guard = co_await server.lock.scoped();
  co_await disconnect(server, name);
}

Task<> broadcast_while_bob_leaves() {
  Server server;
  co_await coweave::gather(broadcast(server), disconnect(server, "bob"));
}

TEST(DisconnectDuringBroadcast, SendsOnAClosedSocket) {
  EXPECT_THAT(coweave::explore(broadcast_while_bob_leaves),
              coweave::FailsWith(coweave::FailureKind::exception));
}

COWEAVE_TEST(DisconnectDuringBroadcast, IsCuredByALock, every_interleaving) {
  Server server;
  co_await coweave::gather(broadcast_under_lock(server), disconnect_under_lock(server, "bob"));
}
