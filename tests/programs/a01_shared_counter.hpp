#pragma once

#include "actors.hpp"
#include "coweave/primitives.hpp"

/// A01: two tasks increment a counter, each with an await between its read and its write, so that
/// one increment can disappear. Bug depth 2: each task reads before the other writes. Two tasks of
/// two steps: 4!/(2! 2!) = 6 schedules; all but the 2 without overlap fail: 4. Fixed: a lock over
/// read and write, or no await between them.
namespace programs::shared_counter {

inline coweave::Task<> increment(coweave::Shared<int>& counter) {
  const int seen = counter.read();
  co_await io();
  counter.write(seen + 1);
}

inline coweave::Task<> increment_under_lock(coweave::Shared<int>& counter, coweave::Lock& lock) {
  const auto guard = co_await lock.scoped();
  const int seen = counter.read();
  co_await io();
  counter.write(seen + 1);
}

inline coweave::Task<> increment_after_io(coweave::Shared<int>& counter) {
  co_await io();
  const int seen = counter.read();
  counter.write(seen + 1);
}

inline coweave::Task<> buggy() {
  coweave::Shared<int> counter(0, "counter");
  co_await coweave::gather(increment(counter), increment(counter));
  coweave::check(counter.read() == 2, "an increment was lost");
}

inline coweave::Task<> fixed() {
  coweave::Shared<int> counter(0, "counter");
  coweave::Lock lock("counter");
  co_await coweave::gather(increment_under_lock(counter, lock),
                           increment_under_lock(counter, lock));
  coweave::check(counter.read() == 2, "an increment was lost");
}

inline coweave::Task<> fixed_without_lock() {
  coweave::Shared<int> counter(0, "counter");
  co_await coweave::gather(increment_after_io(counter), increment_after_io(counter));
  coweave::check(counter.read() == 2, "an increment was lost");
}

}  // namespace programs::shared_counter
