// Shows: max_
// Errors: 1
#include <chrono>
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
coweave::Report report() {
  return coweave::explore(work, {.max_time = std::chrono::seconds(5), .max_schedules = 10});
}
