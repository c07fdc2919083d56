// Futures, eager tasks, gathered ranges and groups that are cancelled: the reduced searches against
// the plain enumeration, on generated programs.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "coweave/core/rng.hpp"
#include "coweave/coweave.hpp"
#include "coweave/primitives.hpp"
#include "coweave/strategy/reduction/source_sets.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"
#include "framework/exploration/generated_settings.hpp"
#include "framework/strategy/reduction/search_rig.hpp"

namespace coweave::test {
namespace {

using detail::PlainSearch;
using detail::SourceSets;
using detail::WakeupTrees;

enum class Deed : std::uint8_t {
  yield,
  read,
  write,
  answer,   // Sets the result of the future.
  refuse,   // Sets an exception.
  drop,     // Cancels the future.
  expect,   // Awaits it.
  is_done,  // Looks at it.
  eager,
  eager_waiter,  // Awaits the future in an eager task.
  range,         // A gather of two tasks in a vector.
  group,         // A group that is cancelled by its first child, in some order before the second.
  cancel,        // A task.
};

struct Line {
  Deed deed = Deed::yield;
  std::uint32_t value = 0;
};
using Program = std::vector<std::vector<Line>>;

struct Kind {
  const char* name;
  std::vector<Deed> deeds;
  std::uint32_t lines;
  AwaitPoints await_points = AwaitPoints::every;

  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

Program generate(const Kind& kind, std::uint64_t seed) {
  Rng rng(seed, 11);
  Program program(2 + rng.below(2));
  for (std::vector<Line>& task : program) {
    task.resize(1 + rng.below(kind.lines));
    for (Line& line : task) {
      line.deed = kind.deeds[rng.below(static_cast<std::uint32_t>(kind.deeds.size()))];
      line.value = rng.below(static_cast<std::uint32_t>(program.size()));
    }
  }
  return program;
}

struct World {
  explicit World(FinalState& final_state) : final(final_state) {}
  std::array<Shared<int>, 3> variables;
  Future<int> future;
  std::vector<TaskHandle<>> handles;
  FinalState& final;
};

Task<> add_to(World& world, std::uint32_t variable) {
  const int seen = *world.variables[variable];
  co_await yield();
  world.variables[variable].write((seen + 1) % 8);
  world.final.variables[variable] = (seen + 1) % 8;
}

Task<std::uint32_t> expect_answer(World& world) {
  try {
    co_return static_cast<std::uint32_t>(co_await world.future);
  } catch (const std::domain_error&) {
    co_return 7;
  }
}

Task<> cancel_group(TaskGroup& group) {
  co_await yield();
  group.cancel();
}

Task<> run_cancelled_group(World& world, std::uint32_t variable) {
  const auto body = [&](TaskGroup& group) -> Task<> {
    group.spawn(cancel_group(group));
    group.spawn(add_to(world, variable));
    co_await yield();
  };
  co_await task_group(body);
}

Task<> interpret_lines(World& world, const std::vector<Line>& code, std::size_t own) {
  std::uint32_t& acc = world.final.accumulators[own];
  const auto see = [&acc](std::uint32_t value) { acc = (acc * 5 + value + 1) % 16; };
  const auto if_pending = [&](auto act) {
    try {
      act();
      see(0);
    } catch (const MisuseError&) {
      see(1);
    }
  };
  for (const Line& line : code) {
    switch (line.deed) {
      case Deed::yield:
        co_await yield();
        break;
      case Deed::read:
        see(static_cast<std::uint32_t>(*world.variables[line.value]));
        break;
      case Deed::write:
        world.variables[line.value].write(static_cast<int>(acc % 4));
        world.final.variables[line.value] = static_cast<int>(acc % 4);
        break;
      case Deed::answer:
        if_pending([&] { world.future.set_result(static_cast<int>(own)); });
        break;
      case Deed::refuse:
        if_pending([&] { world.future.set_exception(std::domain_error("refused")); });
        break;
      case Deed::drop:
        see(world.future.cancel() ? 1 : 0);
        break;
      case Deed::expect:
        see(co_await expect_answer(world));
        break;
      case Deed::is_done:
        see(world.future.done() ? 1 : 0);
        break;
      case Deed::eager:
        co_await spawn(add_to(world, line.value), Start::eager);
        break;
      case Deed::eager_waiter: {
        // A daemon: a report of a leaked one would name it by its number of creation.
        const auto waiter = spawn_daemon(expect_answer(world), Start::eager);
        co_await yield();
        see(waiter.done() ? 1 : 0);
        see(co_await waiter);
        break;
      }
      case Deed::range: {
        std::vector<Task<>> tasks;
        tasks.push_back(add_to(world, line.value));
        tasks.push_back(add_to(world, 0));
        co_await gather(std::move(tasks));
        break;
      }
      case Deed::group:
        co_await run_cancelled_group(world, line.value);
        break;
      case Deed::cancel:
        see(world.handles[line.value].cancel() ? 1 : 0);
        break;
    }
    ++world.final.positions[own];
  }
}

Task<> run_lines(const Program& program, FinalState& final) {
  final = {};
  final.accumulators.resize(program.size());
  final.positions.resize(program.size());
  World world(final);
  for (std::size_t i = 0; i < program.size(); ++i)
    world.handles.push_back(spawn(interpret_lines(world, program[i], i)));
  co_await wait_all_tasks_blocked();
}

std::string text_of(const Program& program) {
  std::string text;
  for (const std::vector<Line>& task : program) {
    text += " {";
    for (const Line& line : task)
      text += ' ' + std::to_string(static_cast<int>(line.deed)) + ':' + std::to_string(line.value);
    text += " }";
  }
  return text;
}

class LibraryGenerated : public testing::TestWithParam<Kind> {};

TEST_P(LibraryGenerated, ReducedSearchesFindWhatPlainEnumerationFinds) {
  constexpr std::uint64_t most = 3'000;
  const Kind& kind = GetParam();
  const std::uint64_t wanted = programs_to_compare(1, 150);
  std::uint64_t compared = 0;
  std::uint64_t executions = 0;
  std::uint64_t classes = 0;
  std::array<std::uint64_t, 13> with_deed{};
  for (std::uint64_t seed = 1; compared < wanted; ++seed) {
    const Program program = generate(kind, seed);
    FinalState final;
    const auto body = [&] { return run_lines(program, final); };
    const auto shown = [&] { return "seed " + std::to_string(seed) + ":" + text_of(program); };
    PlainSearch plain;
    bool one_outcome = true;
    std::map<std::uint64_t, std::string> outcome_of_class;
    const auto each = [&](const std::string& outcome) {
      const auto [known, is_new] = outcome_of_class.try_emplace(plain.last_class(), outcome);
      one_outcome = one_outcome && (is_new || known->second == outcome);
    };
    const Found all = run_search(plain, body, final, most, each, kind.await_points);
    if (!all.is_complete || all.executions < 6) continue;
    ++compared;
    EXPECT_TRUE(one_outcome) << shown();
    SourceSets source_sets;
    const Found some = run_search(source_sets, body, final, most, kind.await_points);
    EXPECT_TRUE(some.is_complete) << shown();
    EXPECT_EQ(some.outcomes, all.outcomes) << shown();
    ASSERT_EQ(some.classes.size(), all.classes.size()) << shown();
    WakeupTrees wakeup_trees;
    const Found best = run_search(wakeup_trees, body, final, 4 * most, kind.await_points);
    EXPECT_TRUE(best.is_complete) << shown();
    EXPECT_EQ(best.outcomes, all.outcomes) << shown();
    ASSERT_EQ(best.classes.size(), all.classes.size()) << shown();
    EXPECT_EQ(best.executions, all.classes.size()) << shown();
    EXPECT_EQ(best.blocked, 0U) << shown();
    executions += all.executions;
    classes += all.classes.size();
    for (std::size_t deed = 0; deed < with_deed.size(); ++deed)
      with_deed[deed] += std::any_of(program.begin(), program.end(), [deed](const auto& task) {
        return std::any_of(task.begin(), task.end(), [deed](const Line& line) {
          return static_cast<std::size_t>(line.deed) == deed;
        });
      });
  }
  if (wanted >= programs_by_default) {  // Of fewer programs, deeds may be rare by chance.
    for (const Deed deed : kind.deeds)
      EXPECT_GE(10 * with_deed[static_cast<std::size_t>(deed)], compared) << static_cast<int>(deed);
  }
  EXPECT_GT(executions, classes);
  std::cout << kind.name << ": " << compared << " programs, " << executions << " executions, "
            << classes << " classes\n";
}

const std::vector<Deed> futures{Deed::yield,  Deed::read,   Deed::write, Deed::answer,
                                Deed::refuse, Deed::expect, Deed::drop,  Deed::is_done};
const std::vector<Deed> starts{Deed::yield,  Deed::read,         Deed::write, Deed::eager,
                               Deed::answer, Deed::eager_waiter, Deed::range, Deed::group};
const std::vector<Deed> everything{Deed::read,   Deed::write,        Deed::answer, Deed::expect,
                                   Deed::cancel, Deed::eager_waiter, Deed::group,  Deed::cancel,
                                   Deed::expect, Deed::eager,        Deed::range,  Deed::drop};

INSTANTIATE_TEST_SUITE_P(Mixes, LibraryGenerated,
                         testing::Values(Kind{"futures", futures, 4}, Kind{"starts", starts, 2},
                                         Kind{"cancellation", everything, 2},
                                         Kind{"suspending", everything, 3,
                                              AwaitPoints::suspending}),
                         [](const auto& mix) { return std::string(mix.param.name); });

}  // namespace
}  // namespace coweave::test
