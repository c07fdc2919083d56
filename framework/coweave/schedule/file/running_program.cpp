#include "coweave/schedule/file/running_program.hpp"

#include <cerrno>
#include <filesystem>

#include "coweave/schedule/printable.hpp"

namespace coweave::detail {

std::string program_name() {
#ifdef __GLIBC__
  return printable(std::filesystem::path(program_invocation_name).filename().string());
#else
  return {};
#endif
}

std::string program_as_started() {
#ifdef __GLIBC__
  return printable(program_invocation_name);
#else
  return "TEST_BINARY";
#endif
}

}  // namespace coweave::detail
