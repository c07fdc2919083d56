// Says: write sleep_for(10ms)
// Errors: 1
#include <coweave/coweave.hpp>
#include <coweave/primitives.hpp>

coweave::Task<> body() { co_await coweave::sleep_for(10); }
