#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "coweave/core/rng.hpp"

/// Random small programs whose steps make several accesses to tracked state, with control flow that
/// depends on what they read: what a reduction must get right.
namespace coweave::test {

enum class Action : std::uint8_t {
  yield,
  read,
  write,
  update,
  write_if_odd,  // The accumulator, which mixes all that was read.
  read_if_odd,
  choose,
  check,  // Fails if the accumulator is odd.
  // From here on with primitives.
  lock,
  unlock,
  locked,
  acquire,
  release,
  bounded,
  set,
  clear,
  wait,
  is_set,
  wait_notified,
  notify,
  join,
  done,
  sleep,
  arrive,
  waiting,
  put,
  get,
  size,
  task_done,
  join_queue,
  gather,
  group,
  failing_group,
  wait_first,
  in_order,
  shielded,
  timed,
  fault,
  // And with cancellation.
  cancel,
  cancelling,
  // And with deadlines that may be equal, and what they cancel.
  nap,         // 1 ms, so that naps that begin together end together.
  timed_nap,   // 2 ms, in a scope of 1 to 3 ms.
  timed_at,    // 2 ms, in a scope that its body moves to 1 to 3 ms, or opens for ever.
  open_scope,  // 2 ms, in a scope of 3 ms that others may move.
  reschedule,  // The open scope of another task, to between now and in 2 ms.
  timed_group,
  nested_groups,
  timed_shield,
  timed_order,  // as_completed() of two tasks, in a scope.
  settle,
  absorb,  // 1 or 2 ms; a cancellation ends only that.
  uncancel,
  clock,
  timed_wait_for,  // wait() for two tasks, or for the first of them, for 1 or 2 ms.
};

/// How the body waits for its tasks.
enum class Ending : std::uint8_t { quiet, join, leave };

struct Instruction {
  Action action = Action::yield;
  std::uint32_t value = 0;
};

struct RandomProgram {
  std::vector<std::vector<Instruction>> tasks;
  Ending ending = Ending::quiet;
};

/// Which actions a program may have.
struct Mix {
  std::uint32_t variables = 3;
  std::uint32_t most_tasks = 4;
  std::uint32_t most_instructions = 6;
  std::vector<Action> actions;
  std::vector<Ending> endings{Ending::quiet};
  std::uint32_t least_tasks = 2;
  std::uint32_t least_instructions = 1;
  /// How many of four instructions are followed by accesses to `variables` of their own: these cost
  /// no step, and make most orders of the steps that there are classes of their own.
  std::uint32_t accesses = 0;
};

/// A read and a write of one of the first two variables, if `rng` says so.
inline void follow_by_accesses(std::vector<Instruction>& task, std::uint32_t of_four, Rng& rng) {
  std::vector<Instruction> longer;
  for (const Instruction& instruction : task) {
    longer.push_back(instruction);
    if (rng.below(4) >= of_four) continue;
    const std::uint32_t variable = rng.below(4) == 0 ? 1 : 0;
    longer.push_back({rng.below(2) == 0 ? Action::write : Action::update, variable});
    longer.push_back({Action::read, variable});
  }
  task = std::move(longer);
}

inline RandomProgram random_program(const Mix& mix, std::uint64_t seed) {
  Rng rng(seed, 7);
  RandomProgram program;
  program.ending = mix.endings[rng.below(static_cast<std::uint32_t>(mix.endings.size()))];
  program.tasks.resize(mix.least_tasks + rng.below(mix.most_tasks - mix.least_tasks + 1));
  const auto count = static_cast<std::uint32_t>(program.tasks.size());
  for (std::vector<Instruction>& task : program.tasks) {
    task.resize(mix.least_instructions +
                rng.below(mix.most_instructions - mix.least_instructions + 1));
    for (Instruction& instruction : task) {
      instruction.action = mix.actions[rng.below(static_cast<std::uint32_t>(mix.actions.size()))];
      switch (instruction.action) {
        case Action::join:
        case Action::done:
        case Action::cancel:
        case Action::cancelling:
        case Action::wait_first:
        case Action::in_order:
        case Action::shielded:
        case Action::reschedule:
        case Action::timed_shield:
        case Action::timed_order:
        case Action::timed_wait_for:
        case Action::settle:
        case Action::uncancel:
          instruction.value = rng.below(count);
          break;
        default:
          instruction.value = rng.below(mix.variables);
      }
    }
    if (mix.accesses > 0) follow_by_accesses(task, mix.accesses, rng);
  }
  return program;
}

inline std::string to_text(const RandomProgram& program) {
  std::ostringstream text;
  text << "ending " << static_cast<int>(program.ending) << "; actions:";
  for (const std::vector<Instruction>& task : program.tasks) {
    text << " {";
    for (const Instruction& at : task)
      text << ' ' << static_cast<int>(at.action) << ':' << at.value;
    text << " }";
  }
  return text.str();
}

}  // namespace coweave::test
