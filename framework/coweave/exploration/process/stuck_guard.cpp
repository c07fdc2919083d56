#include "coweave/exploration/process/stuck_guard.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "coweave/execution/heartbeat.hpp"
#include "coweave/execution/other_threads.hpp"
#include "coweave/runtime/context.hpp"

namespace coweave::detail {

/// A thread that explores. The watchdog and the thread's signal handler share what is atomic.
struct StuckGuard::Watched {
  enum class Question : std::uint8_t {
    none,
    which_step,  // Note how far the step under way is.
    same_step,   // End the process if it is no further.
  };

  pthread_t thread{};
  const std::atomic<std::uint64_t>* heartbeat = nullptr;
  void (*tell)(std::string_view cause) = nullptr;
  std::array<char, 96> cause{};
  std::size_t cause_size = 0;
  std::uint32_t limit = 0;     // In looks, as the next two.
  std::uint32_t patience = 0;  // Before the thread is asked for its step.
  std::uint32_t quiet = 0;     // Since the last heartbeat, or since the step that was noted.
  std::uint64_t last_beat = 0;
  Watched* outer = nullptr;  // Of the same thread.
  std::atomic<Question> question = Question::none;
  std::atomic<bool> has_gone_on = false;  // The answer.
  std::uint64_t noted_progress = 0;       // Of the thread itself.
};

namespace {

using Watched = StuckGuard::Watched;
using Question = Watched::Question;

constexpr auto look_interval = std::chrono::milliseconds(100);

constinit thread_local Watched* innermost_watch = nullptr;

/// What the threads of one process share. Never destroyed: the watchdog may outlive main().
struct Watchdog {
  std::mutex mutex;
  std::vector<Watched*> watched;  // The innermost of each thread.
  bool is_running = false;
  bool has_handler = false;
  struct sigaction former {};
  pid_t process = ::getpid();
};

std::atomic<Watchdog*> shared = nullptr;

/// A child of fork() has no watchdog thread, and a lock that may never be released.
Watchdog& watchdog() {
  Watchdog* present = shared.load();
  while (present == nullptr || present->process != ::getpid()) {
    auto fresh = std::make_unique<Watchdog>();
    if (shared.compare_exchange_strong(present, fresh.get())) present = fresh.release();
  }
  return *present;
}

/// Changes with every step, and with what a step does that takes long because it is much: it
/// creates tasks and objects. So a step that spawns a million tasks is not taken for one that is
/// stuck.
std::uint64_t progress_so_far() {
  std::uint64_t progress = context.step_number + context.root_objects;
  if (const TaskControl* const task = context.current; task != nullptr)
    progress += std::uint64_t{task->children} + task->objects;
  return progress;
}

/// On the thread that is asked, between two instructions of whatever it does.
void answer(Watched& watched) {
  const Question question = watched.question.exchange(Question::none);
  if (question == Question::none) return;
  const bool is_executing = context.services != nullptr;
  if (question == Question::same_step && is_executing &&
      watched.noted_progress == progress_so_far()) {
    watched.tell({watched.cause.data(), watched.cause_size});
    std::abort();
  }
  watched.noted_progress = progress_so_far();
  watched.has_gone_on = true;
}

void on_stuck_question(int number, siginfo_t* info, void* machine) {
  const int former_errno = errno;
  if (innermost_watch != nullptr && innermost_watch->question.load() != Question::none) {
    answer(*innermost_watch);
  } else if (const Watchdog* const present = shared.load(); present != nullptr) {
    const struct sigaction& former = present->former;
    if ((former.sa_flags & SA_SIGINFO) != 0) {
      former.sa_sigaction(number, info, machine);
    } else if (former.sa_handler != SIG_DFL && former.sa_handler != SIG_IGN) {
      former.sa_handler(number);
    }
  }
  errno = former_errno;
}

/// Once in a process, and not before a step seems stuck: a SIGURG of the program's own is passed
/// on.
void take_signal(Watchdog& dog) {
  if (dog.has_handler) return;
  dog.has_handler = true;
  struct sigaction action {};
  action.sa_sigaction = on_stuck_question;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGURG, &action, &dog.former);
}

/// Whether a debugger or strace looks on: Linux says so.
bool is_traced() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("TracerPid:")) return line.find_first_of("123456789") != line.npos;
  return false;
}

void ask(Watchdog& dog, Watched& watched, Question question) {
  take_signal(dog);
  watched.question = question;
  static_cast<void>(::pthread_kill(watched.thread, SIGURG));
}

void look_at(Watchdog& dog, Watched& watched) {
  const std::uint64_t beat = watched.heartbeat->load(std::memory_order_relaxed);
  const bool has_beaten = beat != std::exchange(watched.last_beat, beat);
  if (has_beaten) watched.quiet = 0;
  if (watched.has_gone_on.exchange(false)) watched.quiet = watched.patience;
  if (has_beaten) return;
  ++watched.quiet;
  if (watched.quiet == watched.patience) {
    ask(dog, watched, Question::which_step);
  } else if (watched.quiet >= watched.patience + watched.limit) {
    const bool was_asked = watched.question.load() != Question::none;
    if (is_traced()) {
      watched.quiet = 0;
    } else if (!was_asked) {
      ask(dog, watched, Question::same_step);
    } else if (watched.quiet >= 2 * (watched.patience + watched.limit)) {
      // The thread has SIGURG blocked: what it did is lost, but not the time of whoever waits for
      // it.
      constexpr std::string_view line = "coweave: no progress, and the thread has SIGURG blocked\n";
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
      std::abort();
    }
  }
}

void* watch(void* shared_dog) {
  auto& dog = *static_cast<Watchdog*>(shared_dog);
  while (true) {
    std::this_thread::sleep_for(look_interval);
    const std::lock_guard lock(dog.mutex);
    if (dog.watched.empty()) {
      dog.is_running = false;
      return nullptr;
    }
    for (Watched* watched : dog.watched) look_at(dog, *watched);
  }
}

/// Signals of the process are for its other threads.
void start(Watchdog& dog) {
  sigset_t all;
  sigset_t former;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &former);
  // Not std::thread, which allocates: whether a thread is needed depends on when the last one
  // ended, and what an exploration allocates is not to depend on time.
  pthread_t thread{};
  const int error = ::pthread_create(&thread, nullptr, watch, &dog);
  if (error == 0) {
    mark_own_thread(thread);
    ::pthread_detach(thread);
  }
  ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
  if (error != 0) throw std::system_error(error, std::generic_category(), "the watchdog thread");
  dog.is_running = true;
}

void set_limit(Watched& watched, std::chrono::nanoseconds limit) {
  constexpr std::int64_t most = 1'000'000'000;  // Three years.
  const std::int64_t looks = std::clamp<std::int64_t>(limit / look_interval, 2, most);
  watched.limit = static_cast<std::uint32_t>(looks);
  watched.patience = std::max<std::uint32_t>(watched.limit / 4, 1);
  char* out = watched.cause.data();
  const auto append = [&out](std::string_view text) {
    out = std::copy(text.begin(), text.end(), out);
  };
  append("no progress for ");
  const std::int64_t milliseconds = looks * look_interval.count();
  const bool is_whole = milliseconds % 1000 == 0;
  out = std::to_chars(out, out + 20, is_whole ? milliseconds / 1000 : milliseconds).ptr;
  append(is_whole ? " s" : " ms");
  append(": the thread is blocked, or loops,");
  watched.cause_size = static_cast<std::size_t>(out - watched.cause.data());
}

void replace(std::vector<Watched*>& all, const Watched* former, Watched* next) {
  std::erase(all, former);
  if (next != nullptr) all.push_back(next);
}

}  // namespace

StuckGuard::StuckGuard(std::chrono::nanoseconds limit, void (*tell)(std::string_view cause)) {
  if (limit.count() <= 0) return;
  watched_ = std::make_unique<Watched>();
  watched_->thread = ::pthread_self();
  watched_->heartbeat = &heartbeat;
  watched_->last_beat = heartbeat.load(std::memory_order_relaxed);
  watched_->tell = tell;
  watched_->outer = innermost_watch;
  set_limit(*watched_, limit);
  Watchdog& dog = watchdog();
  const std::lock_guard lock(dog.mutex);
  replace(dog.watched, innermost_watch, watched_.get());
  innermost_watch = watched_.get();
  if (!dog.is_running) start(dog);
}

StuckGuard::~StuckGuard() {
  if (!watched_) return;
  Watchdog& dog = watchdog();
  const std::lock_guard lock(dog.mutex);
  innermost_watch = watched_->outer;
  replace(dog.watched, watched_.get(), innermost_watch);
  if (innermost_watch != nullptr) innermost_watch->quiet = 0;
}

}  // namespace coweave::detail
