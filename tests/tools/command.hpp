#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "coweave/schedule/schedule.hpp"
#include "framework/schedule/sample_schedule.hpp"

/// Runs the built `coweave` command, without a shell.
namespace coweave::tools_test {

struct Result {
  int exit_code = -1;
  std::string out;
  std::string err;
  int signal = 0;  // 0: by exit.
};

using Variables = std::vector<std::pair<std::string, std::string>>;

/// A directory with a good schedule and a bad one, and the command to run on them.
class CoweaveCommand : public testing::Test {
 protected:
  CoweaveCommand()
      : directory_(std::filesystem::path(testing::TempDir()) /
                   ("coweave_command." + std::to_string(::getpid()))) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    samples::small().save(good());
    std::ofstream(bad()) << "{\n  \"format\": oops\n}\n";
  }
  ~CoweaveCommand() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string good() const { return (directory_ / "good.json").string(); }
  [[nodiscard]] std::string bad() const { return (directory_ / "bad.json").string(); }
  [[nodiscard]] std::string bad_line() const {
    return bad() + ": line 2, column 13: expected a value, found \"oops\"\n";
  }

  [[nodiscard]] static std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
  }

  [[nodiscard]] Result run(std::vector<std::string> arguments,
                           const Variables& variables = {}) const {
    arguments.insert(arguments.begin(), COWEAVE_CLI);
    return run_program(std::move(arguments), variables);
  }

  [[nodiscard]] Result run_program(std::vector<std::string> arguments,
                                   const Variables& variables = {}) const {
    const std::filesystem::path out = directory_ / "out";
    const std::filesystem::path err = directory_ / "err";
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      for (const char* name : {"COLUMNS", "NO_COLOR", "LC_ALL", "LC_CTYPE", "COWEAVE_REPLAY"})
        ::unsetenv(name);
      ::setenv("LANG", "C", 1);
      for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
      ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
      ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
      ::execv(pointers.front(), pointers.data());
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(out), text_of(err),
            WIFSIGNALED(status) ? WTERMSIG(status) : 0};
  }

  std::filesystem::path directory_;
};

}  // namespace coweave::tools_test
