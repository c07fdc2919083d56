// Says: call the coroutine function, as in spawn(f())
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
coweave::Task<> body() {
  coweave::spawn(work);
  co_return;
}
