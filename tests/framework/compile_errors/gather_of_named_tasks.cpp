// Says: write gather(std::move(task), ...)
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
coweave::Task<> body() {
  coweave::Task<> first = work();
  coweave::Task<> second = work();
  co_await coweave::gather(first, second);
}
