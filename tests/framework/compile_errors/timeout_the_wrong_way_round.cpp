// Says: write with_timeout(duration, task)
// Errors: 1
#include <coweave/coweave.hpp>
#include <coweave/primitives.hpp>

using namespace std::chrono_literals;

coweave::Task<int> slow() {
  co_await coweave::sleep_for(1s);
  co_return 1;
}
coweave::Task<int> body() {
  const int result = co_await coweave::with_timeout(slow(), 10ms);
  co_return result;
}
