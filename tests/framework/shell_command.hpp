#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

/// Programs that tests run and look at from outside.
namespace coweave::test {

struct Ended {
  int signal = 0;      // 0: by exit, with the code.
  int code = -1;       // -1: by a signal.
  std::string output;  // What it wrote to what it shares with its caller.
};

/// Runs `command` in a shell until it has ended.
inline Ended run_in_shell(const std::string& command) {
  Ended ended;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    ADD_FAILURE() << "cannot run " << command;
    return ended;
  }
  std::array<char, 4096> buffer{};
  for (std::size_t size = 0; (size = std::fread(buffer.data(), 1, buffer.size(), pipe)) != 0;)
    ended.output.append(buffer.data(), size);
  const int status = ::pclose(pipe);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  return ended;
}

}  // namespace coweave::test
