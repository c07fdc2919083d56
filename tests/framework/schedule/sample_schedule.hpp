#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "coweave/core/rng.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave::samples {

/// A small schedule that has a value for everything: names that are missing, a choice, a failure, a
/// task that is blocked.
inline Schedule small() {
  Schedule schedule;
  schedule.test = "Account.IsNeverOverdrawn";
  schedule.await_points = AwaitPoints::operations;
  schedule.strategy = "pct";
  schedule.seed = 0xFFFF'FFFF'FFFF'FFFFU;
  schedule.execution = 3;
  schedule.fingerprint = 0x0123'4567'89AB'CDEFU;
  schedule.failure =
      ScheduleFailure{FailureKind::check, "balance >= 0\n  it was -60", {"bank.cpp", 14}, 3};
  schedule.picks = {1, 2};
  Trace& trace = schedule.trace;
  trace.tasks = {{"0", "body", {}, false},
                 {"0.1", "withdraw#1", {"bank.cpp", 20}, false},
                 {"0.2", "", {"bank.cpp", 21}, true}};
  trace.objects = {{"0/1", ObjectKind::lock, "db", {"bank.cpp", 9}},
                   {"outside/1", ObjectKind::bounded_semaphore, "", {}}};
  trace.steps.resize(4);
  TraceStep& start = trace.steps[0];
  start.ready = {0};
  start.effects = {{OperationKind::spawn, {}, 1, 0, {"bank.cpp", 20}},
                   {OperationKind::spawn, {}, 2, 0, {"bank.cpp", 21}}};
  TraceStep& acquire = trace.steps[1];
  acquire.task = 2;
  acquire.operation = OperationKind::acquire;
  acquire.object = 0;
  acquire.place = {"bank.cpp", 12};
  acquire.alternatives = 2;
  acquire.pick = 1;
  acquire.ready = {1, 2};
  acquire.effects = {{OperationKind::take, 0, {}, 0, {"bank.cpp", 12}}};
  TraceStep& choice = trace.steps[2];
  choice.task = 2;
  choice.operation = OperationKind::choose;
  choice.place = {"bank.cpp", 13};
  choice.alternatives = 3;
  choice.pick = 2;
  TraceStep& failing = trace.steps[3];
  failing.task = 1;
  failing.ready = {1};
  failing.effects = {{OperationKind::check, {}, {}, 0, {"bank.cpp", 14}},
                     {OperationKind::finish, {}, {}, 1, {}}};
  trace.blocked = {{0, OperationKind::gather, {}, {"bank.cpp", 22}, 0, {1, 2}},
                   {2, OperationKind::acquire, 1, {"bank.cpp", 15}, 2}};
  return schedule;
}

/// The same with all that an exploration proves: the passing trace has a task that the schedule
/// does not have, in another order, and differs from the third step on.
inline Schedule explained() {
  Schedule schedule = small();
  ScheduleExplanation& explanation = schedule.explanation;
  explanation.needs = {
      {1, "step 2: task 0.2 (acquire lock \"db\" at bank.cpp:12) goes before withdraw#1"}};
  explanation.notes = {"AwaitPoints::suspending (asyncio's rule): the failure exists"};
  PassingTrace& passing = explanation.passing.emplace();
  passing.step = 2;
  passing.is_last = true;
  passing.trace.tasks = {schedule.trace.tasks[0],
                         {"0.3", "audit", {"bank.cpp", 23}, false},
                         schedule.trace.tasks[2],
                         schedule.trace.tasks[1]};
  passing.trace.objects = {schedule.trace.objects[1], schedule.trace.objects[0]};
  passing.trace.steps = {schedule.trace.steps[0], schedule.trace.steps[1], {}};
  passing.trace.steps[0].effects[0].other = 3;
  passing.trace.steps[1].ready = {3, 2};
  passing.trace.steps[1].object = 1;
  passing.trace.steps[1].effects[0].object = 1;
  TraceStep& last = passing.trace.steps[2];
  last.task = 1;
  last.ready = {1, 3};
  last.alternatives = 2;
  last.object = 0;
  last.operation = OperationKind::acquire;
  last.effects = {{OperationKind::finish, {}, {}, 1, {}}};
  return schedule;
}

/// A text that is awkward in JSON and on a terminal, all of it UTF-8.
inline std::string awkward_text(Rng& rng) {
  static constexpr const char* pieces[] = {
      "a",      "\"",         "\\", "\n", "\t", "\x01",    "\x7F", "/",      "\u00e9",
      "\u2028", "\U0001F600", "{",  "]",  ",",  "\\u0000", "0",    "\u202e", "\x1b[31m"};
  std::string text;
  for (std::uint32_t length = rng.below(6); length > 0; --length)
    text += pieces[rng.below(std::size(pieces))];
  if (rng.below(8) == 0) text += '\0';
  return text;
}

inline SourceLine any_place(Rng& rng) {
  if (rng.below(3) == 0) return {};
  return {awkward_text(rng), rng.below(4) == 0 ? 0xFFFF'FFFFU : rng.below(1'000)};
}

/// An explanation of `schedule`. The passing trace has the same tasks and objects in the reverse
/// order, and some of the steps, the last ones doubled.
inline ScheduleExplanation any_explanation(Rng& rng, const Schedule& schedule) {
  ScheduleExplanation explanation;
  const auto steps = static_cast<std::uint32_t>(schedule.trace.steps.size());
  for (std::uint32_t i = rng.below(3); i > 0; --i)
    explanation.needs.push_back({steps == 0 ? rng.below(9) : rng.below(steps), awkward_text(rng)});
  for (ScheduleNeed& need : explanation.needs)
    if (need.step + 1 < steps && rng.below(2) == 0) need.last_step = need.step + 1;
  for (std::uint32_t i = rng.below(3); i > 0; --i) explanation.notes.push_back(awkward_text(rng));
  if (rng.below(2) == 0) return explanation;
  PassingTrace& passing = explanation.passing.emplace();
  passing.step = rng.below(steps + 1);
  passing.is_last = rng.below(2) == 0;
  passing.trace = schedule.trace;
  passing.trace.blocked.clear();
  std::reverse(passing.trace.tasks.begin(), passing.trace.tasks.end());
  std::reverse(passing.trace.objects.begin(), passing.trace.objects.end());
  const auto flip = [](std::uint32_t& index, std::size_t size) {
    index = static_cast<std::uint32_t>(size) - 1 - index;
  };
  for (TraceStep& step : passing.trace.steps) {
    flip(step.task, passing.trace.tasks.size());
    if (step.object) flip(*step.object, passing.trace.objects.size());
    for (std::uint32_t& ready : step.ready) flip(ready, passing.trace.tasks.size());
    for (TraceEffect& effect : step.effects) {
      if (effect.object) flip(*effect.object, passing.trace.objects.size());
      if (effect.other) flip(*effect.other, passing.trace.tasks.size());
    }
  }
  const std::vector<TraceStep> own(passing.trace.steps.begin() + passing.step,
                                   passing.trace.steps.end());
  if (rng.below(2) == 0)
    passing.trace.steps.insert(passing.trace.steps.end(), own.begin(), own.end());
  return explanation;
}

/// A schedule that a reader has to accept, otherwise arbitrary.
inline Schedule any(Rng& rng) {
  const auto kind = [&](OperationKind last) {
    return static_cast<OperationKind>(rng.below(static_cast<std::uint32_t>(last) + 1));
  };
  Schedule schedule;
  schedule.test = awkward_text(rng);
  schedule.await_points = static_cast<AwaitPoints>(rng.below(3));
  schedule.strategy = awkward_text(rng);
  schedule.seed = rng.next();
  schedule.execution = rng.next();
  schedule.fingerprint = rng.next();
  Trace& trace = schedule.trace;
  const std::uint32_t tasks = 1 + rng.below(4);
  for (std::uint32_t i = 0; i < tasks; ++i)
    trace.tasks.push_back({std::to_string(i) + awkward_text(rng), awkward_text(rng), any_place(rng),
                           rng.below(2) == 0});
  const std::uint32_t objects = rng.below(3);
  for (std::uint32_t i = 0; i < objects; ++i)
    trace.objects.push_back({std::to_string(i) + awkward_text(rng),
                             static_cast<ObjectKind>(rng.below(8)), awkward_text(rng),
                             any_place(rng)});
  const auto any_object = [&]() -> std::optional<std::uint32_t> {
    if (objects == 0 || rng.below(2) == 0) return std::nullopt;
    return rng.below(objects);
  };
  const std::uint32_t steps = rng.below(8);
  for (std::uint32_t i = 0; i < steps; ++i) {
    TraceStep step;
    step.task = rng.below(tasks);
    step.operation = rng.below(4) == 0 ? OperationKind::choose : kind(OperationKind::get);
    step.object = any_object();
    step.place = any_place(rng);
    step.alternatives = 1 + rng.below(4);
    step.pick = rng.below(step.alternatives);
    if (!step.is_choice())
      for (std::uint32_t k = 0; k < step.alternatives; ++k) step.ready.push_back(rng.below(tasks));
    for (std::uint32_t k = rng.below(3); k > 0; --k) {
      TraceEffect effect{
          kind(OperationKind::finish), any_object(), {}, rng.below(3), any_place(rng)};
      if (rng.below(2) == 0) effect.other = rng.below(tasks);
      if (rng.below(4) == 0) effect.exception = awkward_text(rng);
      step.effects.push_back(effect);
    }
    if (step.alternatives > 1) schedule.picks.push_back(step.pick);
    trace.steps.push_back(step);
  }
  if (steps == 0)
    for (std::uint32_t i = rng.below(4); i > 0; --i) schedule.picks.push_back(rng.below(9));
  const auto any_step = [&] { return steps == 0 ? rng.below(9) : rng.below(steps); };
  for (std::uint32_t i = rng.below(3); i > 0; --i) {
    trace.blocked.push_back(
        {rng.below(tasks), kind(OperationKind::get), any_object(), any_place(rng), any_step()});
    for (std::uint32_t awaited = rng.below(3); awaited > 0; --awaited)
      trace.blocked.back().awaits.push_back(rng.below(tasks));
  }
  if (rng.below(2) == 0)
    schedule.failure = ScheduleFailure{static_cast<FailureKind>(rng.below(10)), awkward_text(rng),
                                       any_place(rng), any_step()};
  if (rng.below(2) == 0) schedule.explanation = any_explanation(rng, schedule);
  return schedule;
}

}  // namespace coweave::samples
