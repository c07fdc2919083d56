#include "coweave/exploration/failures/crash_trials.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "coweave/core/error.hpp"
#include "coweave/exploration/failures/explanation.hpp"
#include "coweave/exploration/process/crash_guard.hpp"
#include "coweave/exploration/process/exits.hpp"
#include "coweave/exploration/process/interrupt.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/replay/replay_notice.hpp"
#include "coweave/schedule/file/schedule_file_names.hpp"

namespace coweave::detail {
namespace {

constexpr std::uint64_t most_decisions =
    1'000'000;  // Of an execution; others are not made simpler.

// Codes that a program is not likely to end with.
constexpr int child_passed = 91;
constexpr int child_failed = 92;

[[noreturn]] void fail_with_errno(const char* what) {
  throw Error(std::string("coweave: ") + what + ": " + std::generic_category().message(errno));
}

/// A list that a child writes and its parent reads.
template <class T>
requires std::is_trivially_copyable_v<T>
class SharedList {
 public:
  explicit SharedList(std::size_t most)
      : size_of_memory_(sizeof(std::size_t) + alignof(T) + most * sizeof(T)) {
    void* const memory = ::mmap(nullptr, size_of_memory_, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) fail_with_errno("cannot share memory with a child");
    size_ = ::new (memory) std::size_t(0);
    void* first = size_ + 1;
    std::size_t room = size_of_memory_ - sizeof(std::size_t);
    first_ = static_cast<T*>(std::align(alignof(T), most * sizeof(T), first, room));
    most_ = most;
  }
  ~SharedList() { ::munmap(size_, size_of_memory_); }
  SharedList(const SharedList&) = delete;
  SharedList& operator=(const SharedList&) = delete;

  /// What does not fit is left out.
  void push_back(const T& value) {
    if (*size_ < most_) ::new (first_ + (*size_)++) T(value);
  }
  [[nodiscard]] std::span<const T> view() const { return {first_, *size_}; }

 private:
  std::size_t size_of_memory_;
  std::size_t* size_ = nullptr;
  T* first_ = nullptr;
  std::size_t most_ = 0;
};

void silence() {
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail_with_errno("cannot wait for a child");
  return status;
}

/// The position of `path` in `named`, where it is added if it is missing.
template <class Named>
std::uint32_t position_of(std::vector<Named>& named, const Named& wanted) {
  const auto found = std::find_if(named.begin(), named.end(),
                                  [&wanted](const Named& one) { return one.path == wanted.path; });
  const auto position = static_cast<std::uint32_t>(found - named.begin());
  if (found == named.end()) named.push_back(wanted);
  return position;
}

/// The steps before the crash as they are when they are executed again, `before`, with all that
/// they do; and the last one as the crash has left it in `left`.
Trace whole_trace(Trace before, const Trace& left) {
  if (left.steps.size() != before.steps.size() + 1) return left;
  TraceStep last = left.steps.back();
  last.task = position_of(before.tasks, left.tasks[last.task]);
  if (last.object) last.object = position_of(before.objects, left.objects[*last.object]);
  before.blocked.clear();
  before.steps.push_back(std::move(last));
  return before;
}

/// The failure of `crash`, found in a child by the picks of `schedule`.
Failure failure_of_crash(const Body& body, const Schedule& schedule, const Schedule& crash,
                         const Options& options) {
  Failure failure;
  failure.kind = FailureKind::crash;
  failure.message = crash.failure->message;
  failure.place = crash.failure->place;
  failure.details.push_back("the process ends in step " + std::to_string(crash.failure->step + 1) +
                            ", the last one");
  failure.schedule = schedule;
  failure.schedule.picks = crash.picks;
  failure.schedule.failure = crash.failure;
  failure.schedule.fingerprint = crash.fingerprint;
  failure.schedule.trace =
      whole_trace(before_crash(body, failure.schedule, options).trace, crash.trace);
  failure.schedule.explanation = {};
  return failure;
}

Report report_of_crash(const Schedule& schedule, Failure failure) {
  Report report;
  report.test = schedule.test;
  report.strategy = "replay";
  report.seed = schedule.seed;
  report.await_points = schedule.await_points;
  report.schedules = 1;
  report.steps = failure.schedule.failure->step + std::uint64_t{1};
  report.failing = 1;
  report.verdict = Verdict::failed;
  report.verdict_detail = "the schedule of the file ends the process";
  report.failures.push_back(std::move(failure));
  return report;
}

/// A process takes the time of thousands of executions.
ShrinkOptions limits_of(const Options& options) {
  ShrinkOptions limits = options.shrink;
  limits.max_time *= 10;
  return limits;
}

Options options_of_children(const Schedule& found, const Options& options) {
  Options changed = options;
  changed.name = found.test;
  changed.corpus = Corpus::ignore;
  changed.save_crashes = true;
  std::string directory =
      (std::filesystem::temp_directory_path() / "coweave-shrink-XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr)
    fail_with_errno("cannot make a directory for schedules");
  changed.schedule_dir = directory;
  return changed;
}

}  // namespace

/// Passes a candidate's decisions on to the parent, as they are made.
class CrashTrials::Witness final : public Strategy {
 public:
  Witness(Candidate& candidate, std::size_t most)
      : candidate_(candidate), alternatives_(most), taken_(most) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    return candidate_.begin_execution(number);
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    alternatives_.push_back(static_cast<std::uint32_t>(point.size()));
    const std::size_t picked = candidate_.pick(point);
    note_taken();
    return picked;
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    alternatives_.push_back(alternatives);
    const std::uint32_t value = candidate_.choose(alternatives);
    note_taken();
    return value;
  }

  [[nodiscard]] std::span<const std::uint32_t> alternatives() const { return alternatives_.view(); }
  [[nodiscard]] std::span<const Deviation> taken() const { return taken_.view(); }

 private:
  void note_taken() {
    const Deviations& taken = candidate_.taken();
    for (std::size_t i = taken_.view().size(); i < taken.size(); ++i) taken_.push_back(taken[i]);
  }

  Candidate& candidate_;
  SharedList<std::uint32_t> alternatives_;
  SharedList<Deviation> taken_;
};

CrashTrials::CrashTrials(const Body& body, const Schedule& found, const Options& options)
    : body_(body),
      options_(options_of_children(found, options)),
      execution_({found.await_points, options.max_steps, options.source_root, found.injections}) {}

CrashTrials::~CrashTrials() {
  std::error_code ignored;
  std::filesystem::remove_all(options_.schedule_dir, ignored);
}

std::optional<Schedule> CrashTrials::crash_under(Strategy& strategy) {
  const std::filesystem::path file = crash_file(options_.schedule_dir, options_.name, 1);
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  run_child(strategy);
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  return Schedule::load(file);
}

bool CrashTrials::passes_under(Strategy& strategy) {
  const int status = run_child(strategy);
  return WIFEXITED(status) && WEXITSTATUS(status) == child_passed;
}

int CrashTrials::run_child(Strategy& strategy) {
  const pid_t child = ::fork();
  if (child < 0) fail_with_errno("cannot start a process");
  if (child == 0) end_as_child(strategy);
  return wait_for(child);
}

void CrashTrials::end_as_child(Strategy& strategy) {
  silence();
  try {
    const CrashGuard guard(execution_, options_);
    static_cast<void>(strategy.begin_execution(1));
    execution_.run(body_, strategy);
    if (execution_.failures().empty()) end_process(child_passed);
  } catch (...) {  // No crash of the program.
  }
  end_process(child_failed);
}

Trial CrashTrials::run(Candidate& candidate) {
  Witness witness(candidate, std::min(options_.max_steps, most_decisions));
  const std::optional<Schedule> crash = crash_under(witness);
  Trial trial;
  trial.alternatives.assign(witness.alternatives().begin(), witness.alternatives().end());
  trial.taken.assign(witness.taken().begin(), witness.taken().end());
  trial.injections = static_cast<std::uint32_t>(
      std::count_if(trial.taken.begin(), trial.taken.end(),
                    [](const Deviation& deviation) { return is_injection(deviation.operation); }));
  if (!crash || !crash->failure) return trial;
  trial.fails_alike =
      crash->failure->message == wanted_.message && crash->failure->place == wanted_.place;
  trial.steps = crash->failure->step + std::size_t{1};
  trial.failure_step = crash->failure->step;
  trial.picks = crash->picks;
  return trial;
}

std::optional<Report> simplify_crash(const Body& body, const Schedule& schedule,
                                     const Options& options) {
  give_replay_notice();
  const InterruptGuard interrupts(OnInterrupt::note);  // Then the simplest so far is it.
  CrashTrials trials(body, schedule, options);
  FollowStrategy as_found(schedule.picks);
  const std::optional<Schedule> found = trials.crash_under(as_found);
  if (!found || !found->failure) return std::nullopt;
  trials.look_for(*found->failure);
  const Shrunk shrunk = shrink(trials, found->picks, limits_of(options));
  FollowStrategy simplest(shrunk.picks);
  std::optional<Schedule> simpler = trials.crash_under(simplest);
  if (!simpler || !simpler->failure) simpler = found;  // Not deterministic after all.

  Failure failure = failure_of_crash(body, schedule, *simpler, options);
  failure.found_with = found->deviations();
  failure.is_minimal = shrunk.is_minimal;
  return report_of_crash(schedule, std::move(failure));
}

std::optional<Report> explain_crash(const Body& body, const Schedule& schedule,
                                    const Options& options) {
  give_replay_notice();
  const InterruptGuard interrupts(OnInterrupt::note);
  CrashTrials trials(body, schedule, options);
  FollowStrategy as_found(schedule.picks);
  const std::optional<Schedule> found = trials.crash_under(as_found);
  if (!found || !found->failure) return std::nullopt;
  trials.look_for(*found->failure);
  Failure failure = failure_of_crash(body, schedule, *found, options);
  failure.found_with = found->deviations();
  Execution execution(
      {schedule.await_points, options.max_steps, options.source_root, schedule.injections});
  failure.explanation =
      explain(execution, body, failure, limits_of(options), options.source_root, &trials);
  return report_of_crash(schedule, std::move(failure));
}

}  // namespace coweave::detail
