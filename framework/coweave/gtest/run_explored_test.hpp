#pragma once

#include "coweave/exploration/options.hpp"
#include "coweave/task/task.hpp"

namespace coweave::detail {

/// Explores the running GoogleTest test, which one of the COWEAVE_TEST macros defined, or replays a
/// schedule of it, and tells GoogleTest the result: at most one failure, the properties of the XML,
/// a skip. Warnings go to the standard output, each after "[  coweave ] ".
void run_test(Task<> (*body)(), const Options& of_test);

}  // namespace coweave::detail
