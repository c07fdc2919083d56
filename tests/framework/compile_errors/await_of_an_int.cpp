// Says: co_await of what cannot be awaited
// Errors: 1
#include <coweave/coweave.hpp>

int compute() { return 3; }
coweave::Task<int> body() {
  const int number = co_await compute();
  co_return number;
}
