#pragma once

#include <string>

namespace coweave::detail {

/// The file name of the running program, which tells schedules of two programs in one directory
/// apart; empty where it is not known.
[[nodiscard]] std::string program_name();

/// How the running program was started, for a command line in a message; "TEST_BINARY" where that
/// is not known.
[[nodiscard]] std::string program_as_started();

}  // namespace coweave::detail
