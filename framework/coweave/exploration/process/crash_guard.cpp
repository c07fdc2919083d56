#include "coweave/exploration/process/crash_guard.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "coweave/exploration/process/crash_schedule.hpp"
#include "coweave/exploration/process/death_signals.hpp"
#include "coweave/exploration/process/exits.hpp"
#include "coweave/exploration/process/exploring_threads.hpp"
#include "coweave/exploration/process/signal_safe_writer.hpp"
#include "coweave/exploration/stored/checkpoint.hpp"
#include "coweave/exploration/test_environment.hpp"
#include "coweave/runtime/context.hpp"
#include "coweave/schedule/file/running_program.hpp"
#include "coweave/schedule/file/schedule_file_names.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/schedule.hpp"

// Of every sanitizer's runtime, hence the name; absent without one.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace coweave::detail {

/// All that a handler needs, made beforehand.
struct CrashGuard::Record {
  const Execution* execution = nullptr;
  Record* outer = nullptr;  // Of the exploration around it on this thread.
  pid_t process = 0;
  bool tells_deaths = false;  // Else only that a step is stuck, or that an exit is no pass.
  bool takes_signals = false;
  volatile std::sig_atomic_t is_written = 0;
  std::string test;
  std::string source_root;
  std::string head;  // Of the file's text, up to the strategy. Empty: nothing is saved.
  std::string strategy;
  std::uint64_t seed = 0;
  SearchUnderWay search;
  std::vector<std::string> parents;  // Directories to make, outermost last.
  std::string temporary;             // Absolute, as the next: the program may change its directory.
  std::string file;
  std::string shown_file;  // As the options have it.
  std::string program;
  std::unique_ptr<char[]> stack;  // For the handler; null if the thread had one already.
};

namespace {

using Record = CrashGuard::Record;

// What is not const here is guarded by `installing_guard`.
std::mutex installing_guard;
constinit thread_local Record* innermost_record = nullptr;

/// Whether an execution of the record's exploration has not ended yet. An exploration around
/// another one is in a step.
bool is_executing(const Record& record) {
  if (&record != innermost_record) return true;
  if (context.services == nullptr || context.services == record.execution)
    return context.services != nullptr;
  // That of run(), in a step; or the record's exploration is between two executions, in a step of
  // the one around it.
  return record.outer == nullptr || record.outer->execution != context.services;
}

/// Of the execution under way, or of the last one.
std::uint64_t execution_number(const Record& record) {
  if (record.search.schedules == nullptr) return 1;
  return *record.search.schedules + (is_executing(record) ? 1 : 0);
}

/// The step under way, and what it resumed from: "in step 5 of Suite.Name, resumed at bank.cpp:12".
void tell_place(SignalSafeWriter& out, const Record& record) {
  const std::span<const Step> steps = record.execution->steps();
  if (!is_executing(record)) {
    out << "between two executions of " << record.test << ", after " << execution_number(record);
    return;
  }
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

/// False, and errno: it could not be written.
bool save(const Record& record, std::string_view cause) {
  for (auto directory = record.parents.rbegin(); directory != record.parents.rend(); ++directory)
    static_cast<void>(::mkdir(directory->c_str(), 0777));
  constexpr mode_t permissions = 0666;
  const int file =
      ::open(record.temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions);
  if (file < 0) return false;
  SignalSafeWriter out(file);
  const bool has_phase = record.search.phase != nullptr && !record.search.phase->empty();
  write_crash_schedule(
      out, {*record.execution, record.head, has_phase ? *record.search.phase : record.strategy,
            record.seed, execution_number(record), cause, record.source_root});
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
  const std::string& failure = record.execution->torn_down().failure();
  const std::string& saved = record.execution->torn_down().schedule();
  if (!failure.empty())
    out << ", while what a failed execution had left was destroyed; the failure: " << failure;
  else if (is_executing(record) && !record.execution->failures().empty())
    out << "; before that the execution failed: " << record.execution->failures().front().message;
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

void leave_own_behind(std::string_view cause) {
  const Record* inner = nullptr;
  for (Record* record = innermost_record; record != nullptr; record = record->outer) {
    if (!record->tells_deaths) continue;
    // An earlier part of the same exploration is not under way: the file is that of the inner one.
    if (inner != nullptr && !record->file.empty() && record->file == inner->file) continue;
    leave_behind(*record, cause);
    inner = record;
  }
  CheckpointAtDeath::save_all();
}

void leave_all_behind(std::string_view cause) {
  if (innermost_record != nullptr) return leave_own_behind(cause);
  std::array<char, 96> text{};
  const std::string_view begin = cause.substr(0, 72);
  char* end = std::copy(begin.begin(), begin.end(), text.data());
  constexpr std::string_view elsewhere = " on another thread";
  end = std::copy(elsewhere.begin(), elsewhere.end(), end);
  ask_other_threads({text.data(), static_cast<std::size_t>(end - text.data())});
}

/// Reports the innermost exploration even if its options leave other deaths out, since its step is
/// the stuck one.
void leave_stuck_behind(std::string_view cause) {
  if (innermost_record != nullptr) leave_behind(*innermost_record, cause);
  leave_own_behind(cause);
}

/// An exploration of this process is under way, on whichever thread.
bool is_exploring() {
  if (innermost_record != nullptr) return innermost_record->process == ::getpid();
  return explores_elsewhere();
}

int status_of_exit(std::string_view function, int status) {
  if (!is_exploring()) return status;
  constexpr unsigned seen_by_parent = 0xFF;
  const bool looks_passed = (static_cast<unsigned>(status) & seen_by_parent) == 0;
  std::array<char, 64> cause{};
  char* end = std::copy(function.begin(), function.end(), cause.data());
  constexpr std::string_view was_called = " was called";
  end = std::copy(was_called.begin(), was_called.end(), end);
  leave_all_behind({cause.data(), static_cast<std::size_t>(end - cause.data())});
  if (!looks_passed) return status;
  SignalSafeWriter out(STDERR_FILENO);
  out << "coweave: the exit status is 1 instead of 0: ";
  if (innermost_record == nullptr) {
    out << "an exploration was under way on another thread";
  } else if (innermost_record->tells_deaths) {
    out << "an exploration was under way";
  } else {
    out << function << " was called ";
    tell_place(out, *innermost_record);
  }
  out << "\n";
  static_cast<void>(out.flush());
  return 1;
}

void on_signal_of_program(std::string_view signal) { leave_all_behind(signal); }
void on_signal_from_outside() { CheckpointAtDeath::save_all(); }
void on_sanitizer_stop() { leave_all_behind("a sanitizer stopped the process"); }

void see_exits() {
  const std::lock_guard lock(installing_guard);
  static bool has_begun = false;
  if (std::exchange(has_begun, true)) return;
  set_exit_hook(status_of_exit);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(on_sanitizer_stop);
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

/// The text of a schedule file, up to where its strategy stands.
std::string head_of_file(const Options& options) {
  Schedule schedule;
  schedule.test = options.name;
  schedule.program = program_name();
  schedule.recorded_with = present_versions();
  schedule.await_points = options.await_points;
  schedule.injections = injections_of(options);
  const std::string text = schedule.to_json();
  return text.substr(0, text.find(",\n  \"strategy\""));
}

void set_file(Record& record, const Options& options) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::size_t number = 1;
  fs::path shown = crash_file(options.schedule_dir, options.name, number);
  // One that a corpus keeps is not for another crash to take, and none is for another program.
  while (fs::exists(fs::symlink_status(shown, error)) &&
         (options.corpus != Corpus::ignore || !is_file_of(shown, options.name)))
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
  record.program = program_as_started();
  record.head = head_of_file(options);
}

bool is_to_die() { return test_environment.is_to_die != nullptr && test_environment.is_to_die(); }

std::string shown_test(std::string_view name) {
  return name.empty() ? "an exploration" : printable(name);
}

}  // namespace

CrashGuard::CrashGuard(const Execution& execution, const Options& options, SearchUnderWay search) {
  if (is_to_die()) return;
  make_record(execution, options, shown_test(options.name));
  record_->search = search;
  record_->strategy = options.strategy.empty() ? "default" : options.strategy.name();
  record_->seed = options.seed;
  record_->tells_deaths = !options.schedule_dir.empty() && options.save_crashes;
  if (record_->tells_deaths) set_file(*record_, options);
  install(options);
}

CrashGuard::CrashGuard(const Execution& execution, std::string_view what, const Options& options) {
  if (is_to_die()) return;
  make_record(execution, options, "a replay of " + shown_test(what));
  record_->tells_deaths = options.save_crashes;
  install(options);
}

void CrashGuard::make_record(const Execution& execution, const Options& options, std::string test) {
  record_ = std::make_unique<Record>();
  record_->execution = &execution;
  record_->test = std::move(test);
  record_->source_root = options.source_root;
}

void CrashGuard::install(const Options& options) {
  record_->process = ::getpid();
  record_->outer = innermost_record;
  record_->takes_signals = record_->tells_deaths || !options.checkpoint.empty();
  see_exits();
  if (record_->takes_signals) {
    record_->stack = make_signal_stack();
    take_death_signals({on_signal_of_program, on_signal_from_outside});
  }
  if (innermost_record == nullptr) enter_thread(leave_own_behind);
  innermost_record = record_.get();
  if (options.stuck_after.count() > 0)
    stuck_ = std::make_unique<StuckGuard>(options.stuck_after, leave_stuck_behind);
}

CrashGuard::~CrashGuard() {
  if (!record_) return;
  stuck_.reset();
  innermost_record = record_->outer;
  if (innermost_record == nullptr) leave_thread();
  if (!record_->takes_signals) return;
  give_death_signals_back();
  drop_signal_stack(*record_);
}

void leave_schedule_behind(std::string_view cause) {
  if (context.services != nullptr) leave_own_behind(cause);
}

}  // namespace coweave::detail
