#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "coweave/core/rng.hpp"
#include "coweave/execution/execution.hpp"
#include "coweave/strategy/exhaustive.hpp"
#include "framework/strategy/reduction/interpreter.hpp"
#include "framework/strategy/reduction/mixes.hpp"

/// Programs of the right size for a comparison, and what a run of comparisons says of itself.
namespace coweave::test {

/// Counts the executions of `program`, up to one more than `most`.
inline std::uint64_t count_executions(const RandomProgram& program, AwaitPoints await_points,
                                      const Injections& injections, std::uint64_t most) {
  FinalState final;
  Oracle oracle;
  detail::Execution execution({await_points, 1'000, {}, injections});
  const detail::Body root = [&] {
    detail::spawn_root(run_program(program, final, oracle), {}, false, {});
  };
  ExhaustiveStrategy every;
  std::uint64_t number = 1;
  for (; number <= most + 1 && every.begin_execution(number); ++number) {
    execution.run(root, every);
    every.end_execution(execution.steps());
  }
  return number - 1;
}

/// Whether an action is a part of a step, whatever it does.
inline bool costs_nothing(Action action) {
  return action == Action::read || action == Action::write || action == Action::update ||
         action == Action::write_if_odd || action == Action::read_if_odd || action == Action::check;
}

inline bool waits_for_tasks(Action action) {
  switch (action) {
    case Action::join:
    case Action::wait_first:
    case Action::in_order:
    case Action::shielded:
    case Action::timed_shield:
    case Action::timed_order:
    case Action::timed_wait_for:
    case Action::settle:
      return true;
    default:
      return false;
  }
}

inline bool starts_tasks(Action action) {
  return action == Action::gather || action == Action::group || action == Action::failing_group ||
         action == Action::timed_group || action == Action::nested_groups;
}

/// Takes an instruction away that may cost a step, from `first` on in its task; false: there is
/// none.
inline bool cut(RandomProgram& program, Rng& rng, std::size_t first = 1) {
  std::vector<std::pair<std::size_t, std::size_t>> candidates;  // Task, index.
  for (std::size_t task = 0; task < program.tasks.size(); ++task)
    for (std::size_t i = first; i < program.tasks[task].size(); ++i)
      if (!costs_nothing(program.tasks[task][i].action)) candidates.emplace_back(task, i);
  if (candidates.empty()) return false;
  const auto draw = [&] {
    return candidates[rng.below(static_cast<std::uint32_t>(candidates.size()))];
  };
  auto [task, index] = draw();
  // What starts tasks costs most, and would seldom be left.
  for (int draws = 0; draws < 1 && starts_tasks(program.tasks[task][index].action); ++draws)
    std::tie(task, index) = draw();
  program.tasks[task].erase(program.tasks[task].begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

/// Lets tasks wait for later ones alone: most programs would end in a deadlock after few steps.
/// Where tasks sleep, lets the body wait for all if the mix has that: time would not pass.
inline void untangle(RandomProgram& program, const Mix& mix) {
  const auto has = [](const auto& all, auto one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  const bool has_naps = has(mix.actions, Action::sleep) || has(mix.actions, Action::nap);
  if (has_naps && has(mix.endings, Ending::join)) program.ending = Ending::join;
  const auto count = static_cast<std::uint32_t>(program.tasks.size());
  for (std::uint32_t own = 0; own < count; ++own) {
    const std::uint32_t later = count - own - 1;
    for (Instruction& at : program.tasks[own]) {
      if (at.action == Action::in_order && later < 2) at.action = Action::join;
      if (!waits_for_tasks(at.action)) continue;
      const std::uint32_t choices = at.action == Action::in_order ? later - 1 : later;
      if (later == 0) {
        at.action = Action::yield;
      } else {
        at.value = own + 1 + at.value % choices;
      }
    }
  }
}

/// A program of the mix's largest size, without as many of its instructions as makes it small
/// enough: `measure(program)` is its size, at most `most`. A program that is smaller than a
/// twentieth of that, often since it ends in a deadlock at once, gives way to another one of the
/// same `seed`, up to five times. None if all are too large.
template <class Measure>
std::optional<RandomProgram> fitted_program(Mix mix, std::uint64_t seed, std::uint64_t most,
                                            const Measure& measure) {
  mix.least_instructions = mix.most_instructions;
  mix.accesses = 4;
  std::optional<RandomProgram> fitted;
  for (std::uint64_t attempt = 0; attempt < 6; ++attempt) {
    RandomProgram program = random_program(mix, seed + attempt * 1'000'003);
    // Each action begins a task in its share of the programs, however large it is.
    for (std::size_t task = 0; task < program.tasks.size(); ++task) {
      const std::size_t next = seed * (task + 1) + task * 5;
      const Action action = mix.actions[next % mix.actions.size()];
      if (task == 0 || !starts_tasks(action)) program.tasks[task].front().action = action;
    }
    if (seed % 4 != 0) untangle(program, mix);
    Rng rng(seed, 11 + attempt);
    for (int cuts = 0; cuts <= 20; ++cuts) {
      const std::uint64_t size = measure(program);
      if (size <= most) {
        fitted = std::move(program);
        if (size >= most / 20) return fitted;
        break;
      }
      if (!cut(program, rng) && (fitted || attempt < 2 || !cut(program, rng, 0))) break;
    }
  }
  return fitted;
}

/// The same for programs of at most `most` executions.
inline std::optional<RandomProgram> fitted_program(const NamedMix& named, std::uint64_t seed,
                                                   const Injections& injections,
                                                   std::uint64_t most) {
  Mix mix = named.mix;
  if (named.uncut > 0) mix.most_instructions = named.uncut;
  return fitted_program(mix, seed, most, [&](const RandomProgram& program) {
    return count_executions(program, named.await_points, injections, most);
  });
}

/// What a run has compared. It says so at its end, and fails if that was too little: of the
/// programs under 90 % were compared, under half have 10 classes or more, or one of the mix's
/// actions was reached in under 10 %.
class GeneratedRun {
 public:
  GeneratedRun(std::string name, const std::vector<Action>& actions)
      : name_(std::move(name)), actions_(actions.begin(), actions.end()) {}

  /// Beside injections and early timers, most programs that start further tasks are too large.
  void expect_no_started_tasks() {
    std::erase_if(actions_, [](Action action) { return starts_tasks(action); });
  }

  /// The program was too large.
  void skip() { ++skipped_; }
  /// `reached`: a bit for each action; `classes`: how many classes of executions it has.
  void compared(std::uint64_t reached, std::uint64_t classes) {
    ++compared_;
    for (const Action action : actions_)
      if ((reached >> static_cast<unsigned>(action) & 1U) != 0) ++reached_[action];
    std::size_t size = classes < 2 ? 0 : 1;
    for (std::uint64_t least = 10; size + 1 < sizes_.size() && classes >= least; least *= 10)
      ++size;
    ++sizes_[size];
    if (classes >= 10) ++large_;
  }

  void conclude() const {
    const std::uint64_t programs = compared_ + skipped_;
    std::pair<std::uint64_t, Action> rarest{compared_, *actions_.begin()};
    for (const Action action : actions_) rarest = std::min(rarest, {times_reached(action), action});
    std::printf(
        "[ generated] %s: compared %llu of %llu programs (%.1f %%), too large %llu; classes 1: "
        "%llu, 2 to 9: %llu, 10 to 99: %llu, 100 to 999: %llu, more: %llu; 10 or more: %.1f %%; "
        "rarest of %zu actions (%d) in %.1f %%\n",
        name_.c_str(), whole(compared_), whole(programs), percent(compared_, programs),
        whole(skipped_), whole(sizes_[0]), whole(sizes_[1]), whole(sizes_[2]), whole(sizes_[3]),
        whole(sizes_[4]), percent(large_, compared_), actions_.size(),
        static_cast<int>(rarest.second), percent(rarest.first, compared_));
    std::fflush(stdout);
    if (programs < 50) return;  // A failure is seen again, or the run is a sample.
    EXPECT_GE(percent(compared_, programs), 90.0) << name_ << ": too many programs are too large";
    EXPECT_GE(percent(large_, compared_), 50.0) << name_ << ": too many programs have few classes";
    for (const Action action : actions_)
      EXPECT_GE(percent(times_reached(action), compared_), 10.0)
          << name_ << ": action " << static_cast<int>(action) << " is too rare";
  }

 private:
  static double percent(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  }
  std::uint64_t times_reached(Action action) const {
    const auto known = reached_.find(action);
    return known == reached_.end() ? 0 : known->second;
  }
  static unsigned long long whole(std::uint64_t number) { return number; }

  std::string name_;
  std::set<Action> actions_;
  std::uint64_t compared_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t large_ = 0;
  std::array<std::uint64_t, 5> sizes_{};  // Classes: 1, up to 9, to 99, to 999, more.
  std::map<Action, std::uint64_t> reached_;
};

}  // namespace coweave::test
