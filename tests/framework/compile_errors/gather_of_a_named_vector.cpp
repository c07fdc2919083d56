// Says: write gather(std::move(tasks))
// Errors: 1
#include <coweave/coweave.hpp>
#include <vector>

coweave::Task<> work() { co_await coweave::yield(); }
coweave::Task<> body() {
  std::vector<coweave::Task<>> tasks;
  tasks.push_back(work());
  co_await coweave::gather(tasks);
}
