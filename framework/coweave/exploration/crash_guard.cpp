#include "coweave/exploration/crash_guard.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "coweave/exploration/schedule_files.hpp"
#include "coweave/exploration/signal_safe_writer.hpp"
#include "coweave/exploration/test_environment.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/schedule.hpp"
#include "coweave/task/context.hpp"

// Of every sanitizer's runtime, hence the name; absent without one.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace coweave::detail {

/// All that a handler needs, made beforehand.
struct CrashGuard::Record {
  const Execution* execution = nullptr;
  Record* outer = nullptr;  // Of the exploration around it on this thread.
  pid_t process = 0;
  bool tells_deaths = false;  // Else only that a step is stuck.
  volatile std::sig_atomic_t is_written = 0;
  std::string test;
  std::string source_root;
  std::string head;  // Of the file's text, up to the failure. Empty: nothing is saved.
  std::vector<std::string> parents;  // Directories to make, outermost last.
  std::string temporary;             // Absolute, as the next: the program may change its directory.
  std::string file;
  std::string shown_file;  // As the options have it.
  std::string program;
  std::unique_ptr<char[]> stack;  // For the handler; null if the thread had one already.
};

namespace {

using Record = CrashGuard::Record;

struct Signal {
  int number;
  std::string_view words;
  struct sigaction former;
};

// What is not const here is guarded by `installing`; a handler reads only what an installation
// wrote before it installed the handler.
std::array<Signal, 5> signals{{{SIGSEGV, "SIGSEGV (invalid memory access)", {}},
                               {SIGBUS, "SIGBUS (bus error)", {}},
                               {SIGFPE, "SIGFPE (arithmetic error)", {}},
                               {SIGILL, "SIGILL (illegal instruction)", {}},
                               {SIGABRT, "SIGABRT (abort)", {}}}};
std::mutex installing;
std::size_t guards = 0;  // Of all threads.
constinit thread_local Record* innermost = nullptr;

/// The step under way, and what it resumed from: "in step 5 of Suite.Name, resumed at bank.cpp:12".
void tell_place(SignalSafeWriter& out, const Record& record) {
  const std::span<const Step> steps = record.execution->steps();
  out << "in step " << std::uint64_t{steps.size()} << " of " << record.test;
  if (steps.empty() || steps.back().operation.place.line() == 0) return;
  const Operation& from = steps.back().operation;
  out << ", resumed at " << shown_file(from.place.file_name(), record.source_root) << ":"
      << std::uint64_t{from.place.line()} << " (" << to_string(from.kind);
  // The task is known while the program runs: that of the innermost exploration.
  if (context.services == record.execution && context.current != nullptr &&
      !context.current->name.empty())
    out << ", task '" << context.current->name.view() << "'";
  out << ")";
}

void write_schedule(SignalSafeWriter& out, const Record& record, std::string_view cause) {
  const std::span<const Step> steps = record.execution->steps();
  out << record.head << "\n  \"failure\": {\"kind\": \"crash\", \"message\": ";
  out.json_string(cause);
  if (!steps.empty() && steps.back().operation.place.line() != 0) {
    const Place& place = steps.back().operation.place;
    out << R"(, "place": {"file": )";
    out.json_string(shown_file(place.file_name(), record.source_root));
    out << R"(, "line": )" << std::uint64_t{place.line()} << "}";
  }
  out << ", \"step\": " << std::uint64_t{steps.empty() ? 0 : steps.size() - 1}
      << "},\n  \"fingerprint\": \"";
  out.hexadecimal(fingerprint_of(steps));
  out << "\",\n  \"picks\": [";
  bool is_first = true;
  for (const Step& step : steps) {
    if (step.alternatives < 2) continue;
    if (!is_first) out << ", ";
    is_first = false;
    out << std::uint64_t{step.pick};
  }
  out << "]\n}\n";
}

/// False, and errno: it could not be written.
bool save(const Record& record, std::string_view cause) {
  for (auto directory = record.parents.rbegin(); directory != record.parents.rend(); ++directory)
    static_cast<void>(::mkdir(directory->c_str(), 0777));
  constexpr mode_t permissions = 0666;
  const int file =
      ::open(record.temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions);
  if (file < 0) return false;
  SignalSafeWriter out(file);
  write_schedule(out, record, cause);
  const bool is_written = out.flush();
  if (::close(file) == 0 && is_written &&
      ::rename(record.temporary.c_str(), record.file.c_str()) == 0)
    return true;
  const int reason = errno;
  static_cast<void>(::unlink(record.temporary.c_str()));
  errno = reason;
  return false;
}

/// Once for each record: a sanitizer's stop may follow a signal, and abort() its report.
void leave_behind(Record& record, std::string_view cause) {
  if (record.is_written != 0 || record.process != ::getpid()) return;
  record.is_written = 1;
  SignalSafeWriter out(STDERR_FILENO);
  out << "coweave: " << cause << " ";
  tell_place(out, record);
  const std::string& failure = record.execution->failure_torn_down();
  const std::string& saved = record.execution->schedule_torn_down();
  if (!failure.empty())
    out << ", while what a failed execution had left was destroyed; the failure: " << failure;
  if (!saved.empty()) {
    out << "; saved: " << saved << "; replay: COWEAVE_REPLAY=" << saved << " " << record.program;
  } else if (!record.head.empty()) {
    if (save(record, cause)) {
      out << "; saved: " << record.shown_file << "; replay: COWEAVE_REPLAY=" << record.shown_file
          << " " << record.program;
    } else {
      out << "; the schedule was not saved in " << record.shown_file << ": error "
          << static_cast<std::uint64_t>(errno);
    }
  }
  out << "\n";
  static_cast<void>(out.flush());
}

void leave_all_behind(std::string_view cause) {
  for (Record* record = innermost; record != nullptr; record = record->outer)
    if (record->tells_deaths) leave_behind(*record, cause);
}

/// Of the innermost exploration too where it tells no other death: it is the one that is stuck.
void leave_stuck_behind(std::string_view cause) {
  if (innermost != nullptr) leave_behind(*innermost, cause);
  leave_all_behind(cause);
}

void on_signal(int number, siginfo_t* info, void* /*machine*/) {
  const int former_errno = errno;
  for (const Signal& signal : signals) {
    if (signal.number != number) continue;
    leave_all_behind(signal.words);
    // To whoever would have had it. A fault happens again when the instruction is repeated; what
    // was sent is sent again, and arrives when this handler has ended.
    ::sigaction(number, &signal.former, nullptr);
    if (info->si_code <= 0) ::raise(number);
  }
  errno = former_errno;
}

void on_exit() { leave_all_behind("exit() was called"); }
void on_quick_exit() { leave_all_behind("quick_exit() was called"); }
void on_sanitizer_stop() { leave_all_behind("a sanitizer stopped the process"); }

void take_signals() {
  const std::lock_guard lock(installing);
  if (guards++ != 0) return;
  static const bool sees_exits = [] {
    if (__sanitizer_set_death_callback != nullptr)
      __sanitizer_set_death_callback(on_sanitizer_stop);
    return std::atexit(on_exit) == 0 && std::at_quick_exit(on_quick_exit) == 0;
  }();
  static_cast<void>(sees_exits);
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  for (Signal& signal : signals) ::sigaction(signal.number, &action, &signal.former);
}

void give_signals_back() {
  const std::lock_guard lock(installing);
  if (--guards != 0) return;
  for (const Signal& signal : signals) {
    struct sigaction present {};
    ::sigaction(signal.number, nullptr, &present);
    const bool is_ours = (present.sa_flags & SA_SIGINFO) != 0 && present.sa_sigaction == on_signal;
    if (is_ours) ::sigaction(signal.number, &signal.former, nullptr);
  }
}

/// A stack overflow leaves no stack to a handler.
std::unique_ptr<char[]> make_signal_stack() {
  stack_t present{};
  if (::sigaltstack(nullptr, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return nullptr;
  const std::size_t size = std::max(std::size_t{1} << 16U, static_cast<std::size_t>(SIGSTKSZ));
  auto memory = std::make_unique<char[]>(size);
  stack_t stack{};
  stack.ss_sp = memory.get();
  stack.ss_size = size;
  return ::sigaltstack(&stack, nullptr) == 0 ? std::move(memory) : nullptr;
}

void drop_signal_stack(const Record& record) {
  stack_t present{};
  if (!record.stack || ::sigaltstack(nullptr, &present) != 0 || present.ss_sp != record.stack.get())
    return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

std::string running_program() {
#ifdef __GLIBC__
  return printable(program_invocation_name);
#else
  return "TEST_BINARY";
#endif
}

/// The text of a schedule file without trace, up to where its failure would stand.
std::string head_of_file(const Options& options) {
  Schedule schedule;
  schedule.test = options.name;
  schedule.recorded_with = present_versions();
  schedule.await_points = options.await_points;
  schedule.injections = injections_of(options);
  schedule.strategy = options.strategy.empty() ? "default" : options.strategy.name();
  schedule.seed = options.seed;
  const std::string text = schedule.to_json();
  return text.substr(0, text.find("\n  \"fingerprint\""));
}

void set_file(Record& record, const Options& options) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::size_t number = 1;
  fs::path shown = crash_file(options.schedule_dir, options.name, number);
  // One that a corpus keeps is not for another crash to take.
  while (options.corpus != Corpus::ignore && fs::exists(fs::symlink_status(shown, error)))
    shown = crash_file(options.schedule_dir, options.name, ++number);
  const fs::path file = fs::absolute(shown, error);
  if (error) return;
  record.shown_file = printable(shown.string());
  record.file = file.string();
  record.temporary =
      (file.parent_path() / (".coweave-" + std::to_string(::getpid()) + "-crash.tmp")).string();
  for (fs::path parent = file.parent_path(); parent.has_relative_path();
       parent = parent.parent_path())
    record.parents.push_back(parent.string());
  record.program = running_program();
  record.head = head_of_file(options);
}

bool is_to_die() { return test_environment.is_to_die != nullptr && test_environment.is_to_die(); }

bool is_wanted(const Options& options) { return options.save_crashes && !is_to_die(); }

bool is_watched(const Options& options) { return options.stuck_after.count() > 0 && !is_to_die(); }

std::string shown_test(std::string_view name) {
  return name.empty() ? "an exploration" : printable(name);
}

}  // namespace

CrashGuard::CrashGuard(const Execution& execution, const Options& options) {
  const bool saves = !options.schedule_dir.empty() && is_wanted(options);
  if (!saves && !is_watched(options)) return;
  record_ = std::make_unique<Record>();
  record_->execution = &execution;
  record_->test = shown_test(options.name);
  record_->source_root = options.source_root;
  record_->tells_deaths = saves;
  if (saves) set_file(*record_, options);
  install(options);
}

CrashGuard::CrashGuard(const Execution& execution, std::string_view what, const Options& options) {
  if (!is_wanted(options) && !is_watched(options)) return;
  record_ = std::make_unique<Record>();
  record_->execution = &execution;
  record_->test = "a replay of " + shown_test(what);
  record_->source_root = options.source_root;
  record_->tells_deaths = is_wanted(options);
  install(options);
}

void CrashGuard::install(const Options& options) {
  record_->process = ::getpid();
  record_->outer = innermost;
  if (record_->tells_deaths) {
    record_->stack = make_signal_stack();
    take_signals();
  }
  innermost = record_.get();
  if (is_watched(options))
    stuck_ = std::make_unique<StuckGuard>(options.stuck_after, leave_stuck_behind);
}

CrashGuard::~CrashGuard() {
  if (!record_) return;
  stuck_.reset();
  innermost = record_->outer;
  if (!record_->tells_deaths) return;
  give_signals_back();
  drop_signal_stack(*record_);
}

}  // namespace coweave::detail
