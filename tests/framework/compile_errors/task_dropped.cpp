// Says: co_await it, spawn it or gather it
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
coweave::Task<> body() {
  work();
  co_return;
}
