#pragma once

#include "actors.hpp"
#include "coweave/primitives.hpp"
#include "one_shot.hpp"

/// A14 (aiohttp#4936): a connector wakes a waiter when a connection is free; a newcomer takes it
/// before the waiter runs, and the waiter takes it too.
/// Bug depth 3: one request waits before the release, and another arrives after the release and
/// before the waiter resumes. 3 tasks, 8 steps in production order; 122 schedules, 28 fail. Fixed:
/// coweave::Semaphore, where newcomers queue behind a woken waiter.
namespace programs::connection_limit {

class OldConnector {
 public:
  explicit OldConnector(int limit) : limit_(limit) {}
  coweave::Task<> acquire() {
    if (acquired_.read() >= limit_) {
      OneShot woken("one is free");
      const QueuedSleeper queued(sleepers_, woken);
      co_await woken.wait();
    }
    acquired_.update([](int& acquired) { ++acquired; });  // Without looking again.
  }
  void release() {
    acquired_.update([](int& acquired) { --acquired; });
    pop_and_set(sleepers_);
  }

 private:
  int limit_;
  coweave::Shared<int> acquired_{0, "in use"};
  Sleepers sleepers_;
};

template <class Connector>
coweave::Task<> request(Connector& connector, int& connections, bool comes_late) {
  if (comes_late) co_await io();
  co_await connector.acquire();
  const Inside counted(connections, 1);
  co_await io();
  connector.release();
}

template <class Connector>
coweave::Task<> program() {
  Connector connector(1);
  int connections = 0;
  co_await coweave::gather(request(connector, connections, false),
                           request(connector, connections, false),
                           request(connector, connections, true));
}

inline coweave::Task<> buggy() { return program<OldConnector>(); }
inline coweave::Task<> fixed() { return program<coweave::Semaphore>(); }

}  // namespace programs::connection_limit
