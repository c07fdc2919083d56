#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <ostream>
#include <vector>

#include "framework/exploration/reduction/random_program.hpp"

/// Which programs the reductions are compared on: for each kind of primitive one mix, and some of
/// all.
namespace coweave::test {

inline const std::vector<Action> data_actions{
    Action::yield, Action::yield,        Action::read,   Action::read,       Action::write,
    Action::write, Action::write_if_odd, Action::update, Action::read_if_odd};

inline std::vector<Action> with(std::vector<Action> actions, std::initializer_list<Action> more) {
  actions.insert(actions.end(), more);
  return actions;
}

/// A kind of generated programs.
struct NamedMix {
  const char* name;
  Mix mix;
  AwaitPoints await_points = AwaitPoints::every;

  /// For GoogleTest.
  friend void PrintTo(const NamedMix& named, std::ostream* out) { *out << named.name; }
};

inline std::vector<NamedMix> mixes() {
  const std::vector<Action>& data = data_actions;
  const auto choices = with(data, {Action::choose, Action::check});
  const auto locks = with(data, {Action::lock, Action::lock, Action::unlock, Action::locked});
  const auto plain_locks = with(data, {Action::lock, Action::lock, Action::lock, Action::unlock});
  const auto semaphores =
      with(data, {Action::acquire, Action::acquire, Action::release, Action::bounded});
  const auto events = with(data, {Action::set, Action::clear, Action::wait, Action::is_set});
  const auto conditions = with(data, {Action::wait_notified, Action::notify, Action::sleep});
  const auto joins = with(data, {Action::join, Action::done, Action::sleep});
  const std::vector<Action> all{
      Action::yield,  Action::yield,   Action::read,   Action::write,         Action::write_if_odd,
      Action::update, Action::lock,    Action::unlock, Action::acquire,       Action::release,
      Action::set,    Action::clear,   Action::wait,   Action::wait_notified, Action::notify,
      Action::join,   Action::bounded, Action::check};
  const std::vector<Action> cancellation = with(all, {Action::cancel, Action::cancel});
  const auto barriers = with(data, {Action::arrive, Action::arrive, Action::waiting});
  const auto queues = with(data, {Action::put, Action::put, Action::get, Action::get, Action::size,
                                  Action::task_done, Action::join_queue});
  const auto groups = with(data, {Action::gather, Action::group, Action::failing_group});
  const auto waits = with(data, {Action::wait_first, Action::in_order, Action::done});
  const auto timeouts =
      with(data, {Action::timed, Action::timed, Action::set, Action::clear, Action::sleep});
  const auto faults = with(data, {Action::fault, Action::fault});
  const std::vector<Action> structured{
      Action::yield, Action::read,     Action::write, Action::write_if_odd,  Action::arrive,
      Action::put,   Action::get,      Action::group, Action::failing_group, Action::wait_first,
      Action::timed, Action::shielded, Action::join,  Action::gather,        Action::set};
  const auto structured_cancellation =
      with(structured, {Action::cancel, Action::cancel, Action::cancelling});
  const std::vector<Action> everything = with(cancellation, {Action::choose, Action::choose});
  return {
      {"data", {3, 4, 6, data}},
      {"choices", {3, 3, 5, choices, {Ending::quiet, Ending::join}}},
      {"locks", {2, 3, 6, locks}},
      {"plain_locks", {2, 3, 7, plain_locks}},
      {"semaphores", {2, 3, 6, semaphores}},
      {"events", {2, 4, 5, events}},
      {"conditions", {2, 3, 4, conditions}},
      {"joins", {2, 3, 5, joins, {Ending::quiet, Ending::join, Ending::leave}}},
      {"all", {3, 3, 5, all, {Ending::quiet, Ending::join, Ending::leave}}},
      {"cancellation", {3, 3, 4, cancellation, {Ending::quiet, Ending::join}}},
      {"everything", {3, 3, 4, everything, {Ending::quiet, Ending::join, Ending::leave}}},
      {"barriers", {3, 4, 4, barriers}},
      {"queues", {3, 3, 4, queues}},
      {"groups", {3, 2, 2, groups, {Ending::quiet, Ending::join}}},
      {"waits", {3, 3, 4, waits, {Ending::quiet, Ending::join}}},
      {"timeouts", {3, 3, 4, timeouts, {Ending::quiet, Ending::join}}},
      {"faults", {3, 3, 4, faults, {Ending::quiet, Ending::join}}},
      {"structured", {3, 3, 2, structured, {Ending::quiet, Ending::join}}},
      {"structured_cancellation", {3, 3, 2, structured_cancellation, {Ending::quiet}}},
      {"structured_suspending", {3, 3, 4, structured_cancellation}, AwaitPoints::suspending},
      {"suspending", {3, 4, 6, all}, AwaitPoints::suspending},
      {"suspending_cancellation", {3, 3, 6, cancellation}, AwaitPoints::suspending},
      {"operations", {3, 3, 5, cancellation}, AwaitPoints::operations},
  };
}

/// Such programs are for source sets alone.
inline bool chooses(const RandomProgram& program) {
  for (const std::vector<Instruction>& task : program.tasks)
    for (const Instruction& at : task)
      if (at.action == Action::choose || at.action == Action::fault) return true;
  return false;
}

inline std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* const value = std::getenv(variable);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

/// Of each mix, or one of so many of them. tools/nightly.sh compares 10,000.
inline std::uint64_t programs_to_compare(std::uint64_t one_of = 1) {
  return std::max<std::uint64_t>(number_in("COWEAVE_GENERATED_PROGRAMS", 300) / one_of, 1);
}
/// To see a failure again: the seed that it names, and one program.
inline std::uint64_t first_seed() { return number_in("COWEAVE_GENERATED_SEED", 1); }

}  // namespace coweave::test
