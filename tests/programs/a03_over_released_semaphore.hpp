#pragma once

#include "actors.hpp"
#include "coweave/primitives.hpp"

/// A03: three workers share two permits, and one task releases a permit that it never took: three
/// are inside. Bug depth 2: the third worker resumes before the first leaves, and before the second
/// does. 4 tasks, 8 steps in production order; 702 schedules, 144 fail (12,768 and 2,916 if every
/// await suspends). A BoundedSemaphore reports each of the 702, but blames an innocent worker in
/// 486 of them, in 108 of those after the limit was exceeded; it catches the culprit in 216. Fixed:
/// acquire and release belong together, in a guard.
namespace programs::over_released_semaphore {

inline coweave::Task<> worker(coweave::Semaphore& permits, int& inside) {
  co_await permits.acquire();
  coweave::check(++inside <= 2, "more tasks inside than permits");
  co_await io();
  --inside;
  permits.release();
}

inline coweave::Task<> stray_release(coweave::Semaphore& permits) {
  permits.release();
  co_return;
}

template <class Permits>
coweave::Task<> with_stray_release() {
  Permits permits(2, "permits");
  int inside = 0;
  const auto work = [&] { return worker(permits, inside); };
  co_await coweave::gather(work(), work(), work(), stray_release(permits));
}

inline coweave::Task<> buggy() { return with_stray_release<coweave::Semaphore>(); }
inline coweave::Task<> buggy_but_bounded() {
  return with_stray_release<coweave::BoundedSemaphore>();
}

inline coweave::Task<> guarded_worker(coweave::Semaphore& permits, int& inside) {
  const auto permit = co_await permits.scoped();
  const Inside counted(inside, 2);
  co_await io();
}

inline coweave::Task<> guarded_release(coweave::Semaphore& permits) {
  const auto permit = co_await permits.scoped();
}

inline coweave::Task<> fixed() {
  coweave::BoundedSemaphore permits(2, "permits");
  int inside = 0;
  co_await coweave::gather(guarded_worker(permits, inside), guarded_worker(permits, inside),
                           guarded_worker(permits, inside), guarded_release(permits));
}

}  // namespace programs::over_released_semaphore
