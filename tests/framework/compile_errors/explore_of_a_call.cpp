// Says: write explore(body), not explore(body())
// Errors: 1
#include <coweave/coweave.hpp>

coweave::Task<> work() { co_await coweave::yield(); }
bool fails() { return coweave::explore(work()).failed(); }
