// Says: await handles of spawned tasks one by one
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
coweave::Task<> body() {
  const auto handle = coweave::spawn(work());
  co_await coweave::gather(handle, handle);
}
