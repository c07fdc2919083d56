// Says: this awaitable works in the coroutines of its own library only
// Errors: 1
#include <coweave/coweave.hpp>

struct TheirTask {
  struct promise_type;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<promise_type>) {}
  int await_resume() { return 1; }
};
coweave::Task<int> body() { co_return co_await TheirTask(); }
