#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <vector>

#include "framework/exploration/generated_settings.hpp"
#include "framework/strategy/reduction/random_program.hpp"

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
  /// Instructions of a task where a run cuts the programs to the size that it needs; 0: as many as
  /// elsewhere.
  std::uint32_t uncut = 0;

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
  const auto groups = with(data, {Action::gather, Action::gather, Action::group, Action::group,
                                  Action::failing_group, Action::failing_group});
  const auto waits = with(data, {Action::wait_first, Action::in_order, Action::done});
  const auto timeouts =
      with(data, {Action::timed, Action::timed, Action::set, Action::clear, Action::sleep});
  const auto faults = with(data, {Action::fault, Action::fault});
  const std::vector<Action> structured{
      Action::yield,         Action::read,       Action::write,      Action::write_if_odd,
      Action::arrive,        Action::put,        Action::get,        Action::group,
      Action::failing_group, Action::wait_first, Action::group,      Action::failing_group,
      Action::timed,         Action::shielded,   Action::join,       Action::gather,
      Action::set,           Action::set,        Action::wait_first, Action::shielded};
  const auto structured_cancellation =
      with(structured, {Action::cancel, Action::cancel, Action::cancelling});
  const std::vector<Action> deadlines{
      Action::nap,   Action::nap,          Action::sleep, Action::timed_nap, Action::timed_nap,
      Action::timed, Action::absorb,       Action::set,   Action::cancel,    Action::clock,
      Action::write, Action::write_if_odd, Action::read};
  const std::vector<Action> moved_deadlines{
      Action::timed_at, Action::open_scope, Action::open_scope, Action::reschedule,
      Action::nap,      Action::reschedule, Action::cancel,     Action::absorb,
      Action::clock,    Action::write,      Action::read};
  const std::vector<Action> timed_groups{
      Action::timed_group, Action::failing_group, Action::nested_groups, Action::nap,
      Action::timed_nap,   Action::cancel,        Action::absorb,        Action::write,
      Action::read,        Action::clock};
  const std::vector<Action> timed_waits{
      Action::timed_shield, Action::shielded,     Action::wait_first,
      Action::in_order,     Action::timed_order,  Action::timed_wait_for,
      Action::settle,       Action::nap,          Action::cancel,
      Action::timed_nap,    Action::uncancel,     Action::absorb,
      Action::write,        Action::write_if_odd, Action::read,
      Action::cancelling,   Action::nap,          Action::join};
  // Few enough that each is reached often; the others of `timed_waits` are in mixes of these await
  // points without deadlines.
  const std::vector<Action> timed_all{
      Action::timed_shield, Action::wait_first,  Action::timed_order,   Action::timed_wait_for,
      Action::settle,       Action::nap,         Action::cancel,        Action::timed_nap,
      Action::uncancel,     Action::absorb,      Action::timed_at,      Action::open_scope,
      Action::reschedule,   Action::timed_group, Action::nested_groups, Action::timed,
      Action::write,        Action::read};
  const std::vector<Action> everything = with(cancellation, {Action::choose, Action::choose});
  constexpr AwaitPoints every = AwaitPoints::every;
  return {
      {"data", {3, 4, 6, data}},
      {"choices", {3, 3, 5, choices, {Ending::quiet, Ending::join}}},
      {"locks", {2, 3, 6, locks}},
      {"plain_locks", {2, 3, 7, plain_locks}},
      {"semaphores", {2, 3, 6, semaphores}},
      {"events", {2, 4, 5, events}},
      {"conditions", {2, 3, 4, conditions, {Ending::quiet, Ending::join}}, every, 8},
      {"joins", {2, 3, 5, joins, {Ending::quiet, Ending::join, Ending::leave}}, every, 8},
      {"all", {3, 3, 5, all, {Ending::quiet, Ending::join, Ending::leave}}, every, 8},
      {"cancellation", {3, 3, 4, cancellation, {Ending::quiet, Ending::join}}, every, 8},
      {"everything", {3, 3, 4, everything, {Ending::quiet, Ending::join, Ending::leave}}, every, 8},
      {"barriers", {3, 4, 4, barriers}},
      {"queues", {3, 3, 4, queues}, every, 6},
      {"groups", {3, 2, 2, groups, {Ending::quiet, Ending::join}}, every, 3},
      {"waits", {3, 3, 4, waits, {Ending::quiet, Ending::join}}, every, 8},
      {"timeouts", {3, 3, 4, timeouts, {Ending::quiet, Ending::join}}, every, 8},
      {"faults", {3, 3, 4, faults, {Ending::quiet, Ending::join}}},
      {"structured", {3, 2, 2, structured, {Ending::quiet, Ending::join}}, every, 6},
      {"structured_cancellation", {3, 2, 2, structured_cancellation, {Ending::quiet}}, every, 6},
      {"structured_suspending", {3, 3, 4, structured_cancellation}, AwaitPoints::suspending, 4},
      {"suspending", {3, 4, 6, all}, AwaitPoints::suspending, 9},
      {"suspending_cancellation", {3, 3, 6, cancellation}, AwaitPoints::suspending, 12},
      {"operations", {3, 3, 5, cancellation}, AwaitPoints::operations, 8},
      {"deadlines", {3, 3, 4, deadlines, {Ending::join}}, every, 8},
      {"moved_deadlines", {3, 3, 4, moved_deadlines, {Ending::join}}, every, 7},
      {"timed_groups", {3, 3, 2, timed_groups, {Ending::join}}, AwaitPoints::suspending, 3},
      {"timed_waits", {3, 3, 3, timed_waits, {Ending::join}}, every, 10},
      {"timed_operations", {3, 3, 3, timed_all, {Ending::join}}, AwaitPoints::operations, 4},
      {"timed_suspending", {3, 3, 4, timed_all, {Ending::join}}, AwaitPoints::suspending, 5},
  };
}

/// Such programs are for source sets alone.
inline bool chooses(const RandomProgram& program) {
  for (const std::vector<Instruction>& task : program.tasks)
    for (const Instruction& at : task)
      if (at.action == Action::choose || at.action == Action::fault) return true;
  return false;
}

}  // namespace coweave::test
