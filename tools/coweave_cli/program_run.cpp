#include "program_run.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <system_error>

#include "command.hpp"
#include "coweave/core/error.hpp"
#include "coweave/replay/replay_notice.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::cli {
namespace {

[[noreturn]] void fail(std::string_view what, int error) {
  throw Error("coweave: " + std::string(what) + ": " + std::generic_category().message(error));
}

/// `Suite.Test` as GoogleTest has them. A name that Options gave may have characters that a filter
/// reads as wildcards or exclusions, and would run other tests with the schedule.
[[nodiscard]] bool is_googletest_name(std::string_view test) {
  return test.find('.') != test.npos && std::all_of(test.begin(), test.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '/' || c == '.';
         });
}

[[nodiscard]] bool is_filter(std::string_view argument) {
  return argument.starts_with("--gtest_filter") || argument.starts_with("-gtest_filter");
}

/// An empty file that the program writes to when it begins a replay.
class Notice {
 public:
  Notice() : file_((std::filesystem::temp_directory_path() / "coweave-replay-XXXXXX").string()) {
    const int descriptor = ::mkstemp(file_.data());
    if (descriptor < 0) fail("cannot make a temporary file", errno);
    ::close(descriptor);
  }
  ~Notice() { ::unlink(file_.c_str()); }
  Notice(const Notice&) = delete;
  Notice& operator=(const Notice&) = delete;

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] bool is_given() const {
    std::error_code error;
    return std::filesystem::file_size(file_, error) != 0 && !error;
  }

 private:
  std::string file_;
};

volatile std::sig_atomic_t started = 0;  // The process id of the program.

void pass_on(int number) { ::kill(static_cast<pid_t>(started), number); }

/// How this process takes signals while it waits.
class WaitingSignals {
 public:
  WaitingSignals() {
    struct sigaction action {};
    ::sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ::sigaction(numbers[i], nullptr, &former_[i]);
      if (former_[i].sa_handler == SIG_IGN) continue;
      action.sa_handler = i < passed_on ? pass_on : SIG_IGN;
      ::sigaction(numbers[i], &action, nullptr);
    }
  }
  ~WaitingSignals() { restore(); }
  WaitingSignals(const WaitingSignals&) = delete;
  WaitingSignals& operator=(const WaitingSignals&) = delete;

  /// For the program.
  void restore() const {
    for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &former_[i], nullptr);
  }

 private:
  static constexpr std::array<int, 4> numbers{SIGTERM, SIGHUP, SIGINT, SIGQUIT};
  static constexpr std::size_t passed_on = 2;  // The first of them.
  std::array<struct sigaction, numbers.size()> former_{};
};

void silence() {
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
}

/// In the child: becomes the program. Returns the error if that cannot be.
[[nodiscard]] int become(std::vector<std::string>& command, const Variables& variables) {
  for (const auto& [name, value] : variables)
    if (::setenv(name, value.c_str(), 1) != 0) return errno;
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  return errno;
}

/// Ends this process as the program ended, without a second core dump.
[[noreturn]] void end_by_signal(int number) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  std::signal(number, SIG_DFL);
  ::raise(number);
  constexpr int as_a_shell_has_it = 128;
  std::_Exit(as_a_shell_has_it + number);
}

}  // namespace

std::vector<std::string> filtered(std::vector<std::string> command, const Schedule& schedule) {
  if (is_googletest_name(schedule.test) && std::none_of(command.begin(), command.end(), is_filter))
    command.push_back("--gtest_filter=" + schedule.test);
  return command;
}

ProgramEnd run_program(std::vector<std::string> command, const Variables& variables,
                       Streams streams) {
  const Notice notice;
  Variables all = variables;
  all.emplace_back(detail::replay_notice_variable, notice.file());
  std::array<int, 2> failure{};  // Closed by exec; else the error that it met.
  if (::pipe2(failure.data(), O_CLOEXEC) != 0) fail("cannot make a pipe", errno);
  std::cout << std::flush;
  const WaitingSignals signals;
  const pid_t child = ::fork();
  if (child < 0) fail("cannot start a process", errno);
  if (child == 0) {
    signals.restore();
    if (streams == Streams::silent) silence();
    const int error = become(command, all);
    static_cast<void>(::write(failure[1], &error, sizeof error) == 0);
    ::_exit(exit_usage);
  }
  started = child;
  ::close(failure[1]);
  int error = 0;
  ssize_t size = 0;
  while ((size = ::read(failure[0], &error, sizeof error)) < 0 && errno == EINTR) continue;
  ::close(failure[0]);
  ProgramEnd end;
  while (::waitpid(child, &end.status, 0) < 0)
    if (errno != EINTR) fail("cannot wait", errno);
  if (size > 0)
    throw Error(printable(command.front()) +
                ": cannot be started: " + std::generic_category().message(error));
  end.has_replayed = notice.is_given();
  return end;
}

int run_replay(std::vector<std::string> command, const Variables& variables,
               const std::string& file) {
  const std::string program = printable(command.front());
  const ProgramEnd end = run_program(std::move(command), variables, Streams::shared);
  const int code = WIFEXITED(end.status) ? WEXITSTATUS(end.status) : -1;
  // A program that refuses has said why.
  if (!end.has_replayed && code != exit_usage)
    std::cerr
        << program << ": expected it to replay " << printable(file)
        << ", found that it ended without a replay: it is no test binary with Coweave, or the "
           "test is filtered out\n";
  if (WIFSIGNALED(end.status)) end_by_signal(WTERMSIG(end.status));
  return end.has_replayed || code > exit_diverged ? code : exit_usage;
}

}  // namespace coweave::cli
