#pragma once

#include <initializer_list>
#include <vector>

#include "coweave/coweave.hpp"

namespace programs {

/// "io": an await of unspecified latency, one suspension that the explorer may delay freely.
inline auto io(coweave::Place place = coweave::Place::current()) { return coweave::yield(place); }

/// A time-out or a disconnect: a task that cancels another one, at any time.
inline coweave::Task<> cancel_after_io(coweave::TaskHandle<> target) {
  co_await io();
  target.cancel();
}

/// Tasks that any of which may be cancelled, by whomever.
class Crew {
 public:
  Crew(std::initializer_list<coweave::TaskHandle<>> tasks) : tasks_(tasks) {}
  /// Waits until all have ended, however. A deadlock if one cannot.
  [[nodiscard]] coweave::Task<> all_done() const {
    for (const coweave::TaskHandle<>& task : tasks_) {
      try {
        co_await task;
      } catch (const coweave::CancelledError&) {
      }
    }
  }

 private:
  std::vector<coweave::TaskHandle<>> tasks_;
};

/// Releases a primitive without guards of its own on every exit of the scope, cancellation
/// included.
template <class Held>
class ReleaseAtExit {
 public:
  explicit ReleaseAtExit(Held& held) : held_(held) {}
  ReleaseAtExit(const ReleaseAtExit&) = delete;
  ReleaseAtExit& operator=(const ReleaseAtExit&) = delete;
  ~ReleaseAtExit() { held_.release(); }

 private:
  Held& held_;
};

/// One of the tasks inside a section that at most `most` may be in.
class Inside {
 public:
  Inside(int& inside, int most) : inside_(inside) {
    coweave::check(++inside_ <= most, "more tasks inside than allowed");
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { --inside_; }

 private:
  int& inside_;
};

}  // namespace programs
