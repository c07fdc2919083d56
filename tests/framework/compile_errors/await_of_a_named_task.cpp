// Says: write co_await std::move(task)
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
coweave::Task<> body() {
  coweave::Task<> task = work();
  co_await task;
}
