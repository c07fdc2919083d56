// Shows: A Task runs once and is not copied: write std::move(task)
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
coweave::Task<> body() {
  coweave::Task<> task = work();
  coweave::Task<> copy = task;
  co_await std::move(copy);
}
