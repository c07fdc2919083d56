#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "coweave/core/injections.hpp"
#include "coweave/core/operation.hpp"
#include "coweave/exploration/progress.hpp"
#include "coweave/strategy/strategy.hpp"

/// Where file names in reports and schedule files begin. The package sets it to the root of the
/// project that uses Coweave; without it, bare file names are shown.
#ifndef COWEAVE_SOURCE_ROOT
#define COWEAVE_SOURCE_ROOT ""
#endif

namespace coweave {

/// How much may be spent on making a failing schedule simpler, and as much again on explaining it.
struct ShrinkOptions {
  /// Executions, for each failure; 0: it is shown as it was found.
  std::uint64_t max_executions = 20'000;
  /// Wall time, for each failure.
  std::chrono::nanoseconds max_time = std::chrono::seconds(2);
};

/// Which of the state that tasks share Coweave sees.
enum class Tracking : std::uint8_t {
  none,      ///< Any step may touch anything: no two interleavings count as equivalent.
  declared,  ///< All of it is in primitives and in Shared<T>; the rest of a step touches nothing
             ///< shared.
};

/// What an exploration does with the schedules that earlier ones have left in its schedule_dir.
enum class Corpus : std::uint8_t {
  ignore,  ///< Nothing.
  replay,  ///< Those of its test are replayed before the search; one that fails is reported at
           ///< once.
  prune,  ///< The same, and the file of one that passes is deleted instead of kept as a regression.
};

/// How to explore. The defaults end within seconds for most tests; the verdict says what was
/// completed.
struct Options {
  /// Empty: the default plan, see automatic().
  StrategyRecipe strategy = {};
  /// Of random strategies. Same seed and same program: same schedules.
  std::uint64_t seed = 0;
  /// Executions in all; at least 1.
  std::uint64_t max_schedules = 200'000;
  /// Steps, choices and awaits that completed at once, of one execution; more is a livelock. If a
  /// timer is armed then, the clock moves to it, though tasks are ready, and as many steps more may
  /// follow, up to 8 times: what a loop polls for may need time. Where none is armed and the clock
  /// was read, it moves by 1 ms, 10 ms, 100 ms, ... A reduced search then gives way to fair
  /// interleavings.
  std::uint64_t max_steps = 10'000;
  /// Where some interleaving of a program would never end, only because a ready task is passed over
  /// for ever (one that polls until another has done something), the exploration begins anew with
  /// fair interleavings alone: a ready task that has been passed over so often in a row, or twice
  /// as often as other tasks are ready if that is more, is stepped next. Such a search may claim
  /// "every fair interleaving"; an execution that does not end although its scheduler is fair fails
  /// (livelock). 0: an unfair livelock fails too.
  std::uint32_t fairness = 16;
  /// Wall time, honoured to within a few executions. Reaching it is said in the verdict.
  std::chrono::nanoseconds max_time = std::chrono::seconds(10);
  /// Bytes that a search may keep of what it has executed: the tree of a reduced one (dpor).
  /// Reaching it ends the search, and is said in the verdict. 0: the lesser of 2 GiB and half of
  /// the machine's memory. Other searches stay within a few dozen MiB, however long they take.
  std::uint64_t max_memory = 0;
  /// Count all failing schedules, grouped by kind and place, instead of stopping at the first.
  bool keep_going = false;
  /// Which awaits suspend although their operation completed at once.
  AwaitPoints await_points = AwaitPoints::every;
  /// Cancellations as branches of the search. Off by default.
  CancellationInjection inject_cancellation = {};
  /// How many fault_point()s of one execution may throw.
  std::uint32_t inject_faults = 1;
  /// How many waits on a Condition may end without a notification, in one execution: finds a
  /// missing re-check of the predicate where no second notifier exists.
  std::uint32_t inject_wakeups = 0;
  /// Whether timers fire only when nothing is ready. The default plan races timeouts at its end
  /// also under `when_idle`.
  TimerOrder timers = TimerOrder::when_idle;
  /// With another order than `when_idle`: how often the clock may move before ready work, in one
  /// execution. A program with an endless timer loop needs a bound.
  std::uint32_t max_early_timers = Injections::unlimited;
  /// What happens when a foreign primitive resumes a Task's await on the spot
  /// (framework/docs/how_to/other_coroutines.md).
  InlineResumption inline_resumption = InlineResumption::explored;
  /// What may be assumed of code outside primitives and Shared<T>. With `declared`, one
  /// interleaving of each class of equivalent ones is executed instead of all, with each set of
  /// cancellations and wake-ups that may be injected; if that is declared and not so, failures can
  /// be missed. Only with TimerOrder::when_idle.
  Tracking tracking = Tracking::none;
  /// After a reduced search that was exhaustive: so many interleavings more, of those that it left
  /// out as equivalent, to check that they are: all, if there are no more, else a random half of
  /// them. If one is not, the test fails (misuse), and the report names the step that touches what
  /// is not tracked. 0: none.
  std::uint64_t audit = 100;
  /// Of the test, in reports and schedule files. Empty: the running GoogleTest test, if any.
  std::string name = {};
  /// Where to save failing schedules. Empty: they are not saved.
  std::filesystem::path schedule_dir = {};
  /// What becomes of the schedules that are there already.
  Corpus corpus = Corpus::ignore;
  /// With a schedule_dir: when the process dies in an execution (a signal, a sanitizer's stop,
  /// exit(), _exit(), quick_exit()), the schedule so far is saved there first. It dies as it would
  /// have died: exit status, core dump and handlers of others stay. Only the exit status 0 becomes
  /// 1, with or without this option.
  bool save_crashes = true;
  /// Wall time after which a step that has not ended ends the process (SIGABRT), since nothing can
  /// interrupt a thread that waits for a mutex or a future: what is known is printed, and saved as
  /// that of a crash. Up to a quarter of it, and at least 100 ms, may be added. 0: never.
  std::chrono::nanoseconds stuck_after = std::chrono::seconds(10);
  /// A sometimes() that was reached and never held fails the test (check) instead of being a
  /// warning.
  bool require_sometimes = false;
  /// Told now and then how far the exploration is: at most ten times a second, on its thread.
  std::function<void(const Progress&)> progress = {};
  /// SIGINT, SIGTERM or SIGHUP ends the exploration early, with a report that says what was
  /// completed; a second one ends the process.
  bool interruptible = false;
  /// Where an exhaustive, bounded or reduced (dpor) search that a limit or a signal ends leaves its
  /// position, and where the next one goes on from. The default plan is dpor() alone then, or,
  /// where nothing can be reduced, bounded(). Refused if the program or the options have changed.
  /// Removed when the search is complete or has failed. Empty: nowhere.
  std::filesystem::path checkpoint = {};
  /// The position is also saved so often while the search runs, or as often as that takes 2 % of
  /// the time, so that SIGKILL loses little; 0: only at its end. When the process dies otherwise,
  /// the position of a moment before is saved.
  std::chrono::nanoseconds checkpoint_every = std::chrono::seconds(10);
  /// After a failure: how much may be spent on making its schedule simpler and on explaining it.
  ShrinkOptions shrink = {};
  /// After a failure: look for it under the other AwaitPoints too, to say in which it exists.
  bool compare_await_points = true;
  /// File names are relative to it.
  // NOLINTNEXTLINE(readability-redundant-string-init): "" where the build says nothing else.
  std::string source_root = COWEAVE_SOURCE_ROOT;
};

namespace detail {

/// Options::max_memory, or what it stands for.
[[nodiscard]] std::uint64_t max_memory_of(const Options& options);

[[nodiscard]] inline Injections injections_of(const Options& options) {
  return {options.inject_cancellation, options.inject_faults,
          options.inject_wakeups,      options.timers,
          options.max_early_timers,    options.inline_resumption};
}

}  // namespace detail
}  // namespace coweave
