#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coweave/core/operation.hpp"
#include "coweave/core/outcome.hpp"
#include "coweave/core/place.hpp"

namespace coweave {

/// A task of a trace. Tasks are numbered in order of creation; 0 is the test body.
struct TraceTask {
  std::string path;  ///< "0" the body, "0.2" its second spawn, "0.2.1" the first of that.
  std::string name;  ///< As given, else from the coroutine: "withdraw#2"; unique in its trace.
  SourceLine place;  ///< Where it was spawned.
  bool is_daemon = false;
  friend bool operator==(const TraceTask&, const TraceTask&) = default;
};

/// An object of a trace. Objects are numbered in order of first use.
struct TraceObject {
  std::string path;  ///< "0.1/2": the second object that task 0.1 created; "outside/1".
  ObjectKind kind = ObjectKind::none;
  std::string name;  ///< As given; may be empty.
  SourceLine place;  ///< Where it was created.
  friend bool operator==(const TraceObject&, const TraceObject&) = default;
};

/// What a step did beyond suspending, in order. `value`: see Effect.
struct TraceEffect {
  OperationKind kind = OperationKind::take;
  std::optional<std::uint32_t> object;  ///< Index into Trace::objects.
  std::optional<std::uint32_t> other;   ///< Index into Trace::tasks.
  std::uint32_t value = 0;
  SourceLine place;
  std::string exception = {};  ///< Type of the one that ended the task, of a `finish`.
  friend bool operator==(const TraceEffect&, const TraceEffect&) = default;
};

/// One step, or an injection between two steps, or a choice within the step before it.
struct TraceStep {
  std::uint32_t task = 0;                          ///< Index into Trace::tasks.
  OperationKind operation = OperationKind::start;  ///< What the task resumes from.
  std::optional<std::uint32_t> object;             ///< Index into Trace::objects.
  SourceLine place;
  std::uint32_t alternatives = 1;    ///< How many tasks were ready, or values possible.
  std::uint32_t pick = 0;            ///< Position in `ready` or behind it, or the value chosen.
  std::vector<std::uint32_t> ready;  ///< The ready tasks in queue order; empty for a choice.
  std::uint32_t injections = 0;      ///< How many entries the scheduling point had besides.
  std::vector<TraceEffect> effects;  ///< What the step did.
  friend bool operator==(const TraceStep&, const TraceStep&) = default;

  [[nodiscard]] bool is_choice() const { return coweave::is_choice(operation); }
  /// Whether `ready` and `injections` are known: not in what a crash leaves behind.
  [[nodiscard]] bool knows_ready() const { return !ready.empty() || injections > 0; }
  /// Whether its task ran.
  [[nodiscard]] bool is_step() const { return !is_choice() && !is_injection(operation); }
};

/// A task that was waiting when the execution ended: an entry of a deadlock report.
struct TraceBlocked {
  std::uint32_t task = 0;
  OperationKind operation = OperationKind::wait;
  std::optional<std::uint32_t> object;
  SourceLine place;              ///< Of the await.
  std::uint32_t since_step = 0;  ///< Index into Trace::steps: the step that suspended on it.
  std::vector<std::uint32_t> awaits =
      {};  ///< The tasks that are all to end first: of a join, a gather.
  friend bool operator==(const TraceBlocked&, const TraceBlocked&) = default;
};

/// All that happened in one execution, in values that outlive it. Equal schedules of a
/// deterministic program have equal traces. Of a very long execution, or one of very many tasks, it
/// is an excerpt: the steps around the first failure, or the last ones.
struct Trace {
  std::vector<TraceTask> tasks;
  std::vector<TraceObject> objects;
  std::vector<TraceStep> steps;
  std::vector<TraceBlocked> blocked;
  std::uint64_t steps_before = 0;  ///< That came before `steps` and are not in it.
  std::uint64_t steps_after = 0;   ///< That came after `steps` and are not in it.
  /// Something was left out: steps, ready tasks of a step, or the middle of long paths. What it
  /// says cannot be followed in a replay then, as picks can.
  bool is_excerpt = false;
  /// How many steps, injections and choices the execution had.
  [[nodiscard]] std::uint64_t step_count() const {
    return steps_before + steps.size() + steps_after;
  }
  /// What reports call the step at that index: 1 is the first of the execution.
  [[nodiscard]] std::uint64_t number_of(std::size_t step) const { return steps_before + step + 1; }
  friend bool operator==(const Trace&, const Trace&) = default;

  /// `acquire lock "db" at pool.cpp:31`.
  [[nodiscard]] std::string describe_step(std::size_t step) const;
  /// `acquire lock "db"`, for an operation on an object of this trace.
  [[nodiscard]] std::string describe(OperationKind operation,
                                     std::optional<std::uint32_t> object) const;
  /// `lock "db"`, or `lock 0.1/2` for one without a name.
  [[nodiscard]] std::string describe_object(std::uint32_t object) const;
  /// `releases lock "db" at pool.cpp:33`.
  [[nodiscard]] std::string describe_effect(const TraceEffect& effect) const;
};

}  // namespace coweave
