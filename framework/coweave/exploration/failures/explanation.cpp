#include "coweave/exploration/failures/explanation.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "coweave/diagnosis/lost_wake_up.hpp"
#include "coweave/diagnosis/repetition.hpp"
#include "coweave/exploration/deadline.hpp"
#include "coweave/exploration/failures/crash_trials.hpp"
#include "coweave/exploration/failures/last_chance.hpp"
#include "coweave/replay/deviation.hpp"
#include "coweave/replay/fair.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/replay/hold_back.hpp"
#include "coweave/replay/recorded_run.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t most_cures = 4;  // Each is an execution and a line.

/// The step in which a task that is ready at `from` goes on, or none if it does not.
std::optional<std::size_t> next_step_of(const Trace& trace, std::uint32_t task, std::size_t from) {
  for (std::size_t step = from; step < trace.steps.size(); ++step)
    if (trace.steps[step].is_step() && trace.steps[step].task == task) return step;
  return std::nullopt;
}

/// The name of the task of a step. What the call of the body chooses belongs to no task.
std::string name_of(const Trace& trace, std::size_t step) {
  const std::uint32_t task = trace.steps[step].task;
  return task < trace.tasks.size() ? trace.tasks[task].name : "the call of the test body";
}

/// "withdraw#2 (yield at bank.cpp:10)".
std::string name_step(const Trace& trace, std::size_t step) {
  return name_of(trace, step) + " (" + trace.describe_step(step) + ")";
}

/// What the decision of a step was, as a sentence.
std::string tell(const Trace& trace, std::size_t step) {
  const TraceStep& taken = trace.steps[step];
  const std::string number = "step " + std::to_string(step + 1) + ": ";
  if (!taken.is_step()) {
    const std::string task = name_of(trace, step);
    if (taken.operation == OperationKind::advance)
      return number + trace.describe_step(step) + " before ready work";
    return number + task + (taken.is_choice() ? ": " : " ") + trace.describe_step(step);
  }
  const std::string text = number + name_step(trace, step) + " goes before ";
  if (!taken.knows_ready()) return number + name_step(trace, step) + " goes before another task";
  if (taken.ready.empty()) return text + "time passes";
  const std::uint32_t head = taken.ready.front();
  const std::optional<std::size_t> later = next_step_of(trace, head, step + 1);
  return text + (later ? name_step(trace, *later) : trace.tasks[head].name);
}

class Explainer {
 public:
  Explainer(Execution& execution, const Body& body, const Failure& failure,
            const ShrinkOptions& limits, const std::string& source_root, CrashTrials* crashes,
            EarlySave::IsAccepted is_accepted)
      : execution_(execution),
        body_(body),
        failure_(failure),
        trace_(failure.schedule.trace),
        limits_(limits),
        deadline_(limits.max_time),
        source_root_(source_root),
        crashes_(crashes),
        is_accepted_(is_accepted) {}

  Explanation run() {
    find_decisions();
    find_needs();
    if (crashes_ == nullptr) {
      try_cures();
      try_fairness();
    }
    look_for_last_chance();
    return std::move(explanation_);
  }

 private:
  [[nodiscard]] bool is_spent() {
    return executions_ >= limits_.max_executions || deadline_.is_over();
  }

  void find_decisions() {
    for (std::size_t step = 0; step < trace_.steps.size(); ++step)
      if (trace_.steps[step].alternatives > 1) decisions_.push_back(step);
  }

  [[nodiscard]] bool passes(Strategy& strategy) {
    ++executions_;
    if (crashes_ != nullptr) return crashes_->passes_under(strategy);
    static_cast<void>(strategy.begin_execution(1));
    execution_.run(body_, strategy);
    return execution_.failures().empty() || (is_accepted_ != nullptr && is_accepted_(execution_));
  }

  /// Those of the schedule.
  [[nodiscard]] Deviations deviations() {
    DeviationsOfPicks follow(failure_.schedule.picks);
    if (crashes_ != nullptr) return crashes_->run(follow).taken;
    static_cast<void>(passes(follow));
    return follow.taken();
  }

  void find_needs() {
    const Deviations all = deviations();
    std::vector<std::size_t> deviating;  // Steps, one for each of `all`.
    for (const std::size_t step : decisions_)
      if (trace_.steps[step].pick != 0) deviating.push_back(step);
    if (deviating.size() != all.size()) return;
    std::vector<Need> needs;
    for (std::size_t i = 0; i < all.size() && !is_spent(); ++i) {
      Deviations rest = all;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      DeviationStrategy without(rest);
      if (passes(without)) add_need(needs, deviating[i]);
    }
    for (const Need& need : needs) {
      explanation_.needs.push_back(describe(need));
      explanation_.need_steps.push_back(need.first);
      explanation_.need_last_steps.push_back(need.last);
    }
  }

  /// Decisions that pass over the same step of a task, each of which the failure needs: the task is
  /// held back from the first of them until the step of the last one is over.
  struct Need {
    std::optional<std::uint32_t> held;   // The task, if one is passed over.
    std::optional<std::size_t> goes_on;  // The step that it then makes.
    std::size_t first;
    std::size_t last;
    std::vector<std::uint32_t> others;  // The tasks that are picked instead.
  };

  void add_need(std::vector<Need>& needs, std::size_t step) const {
    const TraceStep& taken = trace_.steps[step];
    Need need{std::nullopt, std::nullopt, step, step, {taken.task}};
    if (taken.is_step() && !taken.ready.empty()) {
      need.held = taken.ready.front();
      need.goes_on = next_step_of(trace_, *need.held, step + 1);
      for (Need& known : needs) {
        if (known.held != need.held || known.goes_on != need.goes_on) continue;
        known.last = step;
        if (std::find(known.others.begin(), known.others.end(), taken.task) == known.others.end())
          known.others.push_back(taken.task);
        return;
      }
    }
    needs.push_back(need);
  }

  /// "a, b and 3 more".
  [[nodiscard]] std::string names_of(const std::vector<std::uint32_t>& tasks) const {
    constexpr std::size_t most = 4;
    const std::size_t named = tasks.size() > most ? most - 1 : tasks.size();
    std::string names;
    for (std::size_t i = 0; i < named; ++i) {
      const bool is_last = i + 1 == tasks.size();
      names += (i == 0 ? "" : is_last ? " and " : ", ") + trace_.tasks[tasks[i]].name;
    }
    if (named < tasks.size()) names += " and " + std::to_string(tasks.size() - named) + " more";
    return names;
  }

  [[nodiscard]] std::string describe(const Need& need) const {
    if (need.first == need.last) return tell(trace_, need.first);
    const std::string held =
        need.goes_on ? name_step(trace_, *need.goes_on) : trace_.tasks[*need.held].name;
    return "step " + std::to_string(need.first + 1) + ": " + held + " is held back from here" +
           (need.others.size() > 1 ? ", while " + names_of(need.others) + " go on," : "") +
           " until " + name_step(trace_, need.last) + " is over" + in_step(need.last);
  }

  /// What a lost wake-up seems to say, that another order would have saved it, is executed.
  void try_cures() {
    std::size_t tried = 0;
    for (const LostWakeUp& lost : lost_wake_ups(trace_)) {
      const std::optional<HeldBack> cure = cure_of(lost, trace_);
      if (!cure || tried == most_cures || is_spent()) continue;
      ++tried;
      HoldBackStrategy hold_back(
          failure_.schedule.picks,
          {key_of_path(trace_.tasks[cure->task].path), steps_made(cure->task, cure->step) - 1,
           key_of_path(trace_.tasks[cure->until].path), steps_made(cure->until, cure->reached)});
      const bool has_passed = passes(hold_back);
      std::string text = trace_.tasks[cure->task].name + " held back at step " +
                         std::to_string(cure->step + 1) + " until " +
                         trace_.tasks[cure->until].name + " has made its step " +
                         std::to_string(cure->reached + 1) + ": ";
      if (!hold_back.has_order(execution_.steps()))
        text += "not possible, nothing else is ready";
      else
        text += has_passed ? "it passes" : "it fails too: " + execution_.failures().front().message;
      if (std::find(explanation_.tried.begin(), explanation_.tried.end(), text) ==
          explanation_.tried.end())
        explanation_.tried.push_back(std::move(text));
    }
  }

  /// Whether a schedule that starves a task goes on for ever only because of that.
  void try_fairness() {
    if (failure_.kind != FailureKind::livelock || is_spent()) return;
    const std::optional<Repetition> repetition = repetition_at_end(trace_);
    if (!repetition || repetition->starved.empty()) return;
    FairStrategy fair(failure_.schedule.picks, repetition->first);
    std::string text =
        "all ready tasks in turn from step " + std::to_string(repetition->first + 1) + " on: ";
    if (passes(fair))
      text += "it passes: the schedule starves a task, the program does not";
    else if (execution_.failures().front().kind == FailureKind::livelock)
      text += "it does not end either: a livelock whatever is picked there";
    else
      text += "it fails: " + execution_.failures().front().message;
    explanation_.tried.push_back(std::move(text));
  }

  /// How many steps the task has made in the trace up to `last`.
  [[nodiscard]] std::uint32_t steps_made(std::uint32_t task, std::uint32_t last) const {
    std::uint32_t made = 0;
    for (std::uint32_t step = 0; step <= last; ++step)
      if (trace_.steps[step].is_step() && trace_.steps[step].task == task) ++made;
    return made;
  }

  /// The last step at which the execution can still pass, as far as that can be found out.
  void look_for_last_chance() {
    std::vector<std::uint32_t> alternatives;
    alternatives.reserve(decisions_.size());
    for (const std::size_t step : decisions_)
      alternatives.push_back(trace_.steps[step].alternatives);
    if (alternatives.size() != failure_.schedule.picks.size()) return;
    if (crashes_ != nullptr) return look_for_last_chance_of_crash();
    FailingExecution failing{
        failure_.schedule.picks, alternatives, decisions_.size(), {}, is_accepted_};
    if (const auto& known = failure_.schedule.failure; known && known->step < trace_.steps.size()) {
      if (const std::uint32_t task = trace_.steps[known->step].task; task < trace_.tasks.size())
        failing.failing_task = trace_.tasks[task].path;
      // A check that failed stays so. An exception may still be handled by who awaits its task.
      if (known->kind == FailureKind::check || known->kind == FailureKind::invariant)
        failing.decisions = static_cast<std::size_t>(
            std::upper_bound(decisions_.begin(), decisions_.end(), known->step) -
            decisions_.begin());
    }
    LastChance chance = find_last_chance(execution_, body_, failing, limits_);
    explanation_.search = {chance.failing, chance.is_complete};
    if (!chance.passing) return;
    FollowStrategy follow(std::move(chance.passing->picks));
    keep_passing(follow, decisions_[chance.passing->decision]);
  }

  /// For a failure that ends the process: executes, in other processes, production order behind
  /// each other alternative, from the last decision backwards, until an execution passes.
  void look_for_last_chance_of_crash() {
    const std::vector<std::uint32_t>& recorded = failure_.schedule.picks;
    std::uint64_t failing = 0;
    for (std::size_t i = decisions_.size(); i-- > 0;) {
      const TraceStep& taken = trace_.steps[decisions_[i]];
      for (std::uint32_t other = 0; other < taken.alternatives; ++other) {
        if (other == taken.pick) continue;
        if (is_spent()) return;
        std::vector<std::uint32_t> picks(recorded.begin(),
                                         recorded.begin() + static_cast<std::ptrdiff_t>(i));
        picks.push_back(other);
        FollowStrategy follow(std::move(picks));
        if (!passes(follow)) {
          ++failing;
          continue;
        }
        explanation_.search = {failing, i + 1 == decisions_.size()};  // Nothing parts later.
        return keep_passing(follow, decisions_[i]);
      }
    }
  }

  /// What the step comes between, that had better gone on: the task of `path`.
  [[nodiscard]] std::string tell_between(std::size_t step, const std::string& path) const {
    const std::string name = name_of(trace_, step);
    const auto other = std::find_if(trace_.tasks.begin(), trace_.tasks.end(),
                                    [&path](const TraceTask& task) { return task.path == path; });
    if (!trace_.steps[step].is_step() || other == trace_.tasks.end()) return {};
    const auto task = static_cast<std::uint32_t>(other - trace_.tasks.begin());
    if (task == trace_.steps[step].task) return {};
    if (std::string change = tell_change_between(step, task); !change.empty()) return change;
    const std::optional<std::size_t> later = next_step_of(trace_, task, step + 1);
    std::optional<std::size_t> earlier;
    for (std::size_t i = 0; i < step; ++i)
      if (trace_.steps[i].is_step() && trace_.steps[i].task == task) earlier = i;
    if (!later || !earlier) return {};
    const SourceLine& place = trace_.steps[*later].place;
    return name + " comes between steps " + std::to_string(*earlier + 1) + " and " +
           std::to_string(*later + 1) + " of " + other->name + ", suspended" + at_place(place) +
           " meanwhile";
  }

  /// The same by a value that one of the two, `task` and that of the step, reads, and that the
  /// other changes before that one changes it, or before it goes on; empty if there is none. Rather
  /// of the task that fails.
  [[nodiscard]] std::string tell_change_between(std::size_t step, std::uint32_t task) const {
    const std::uint32_t stepped = trace_.steps[step].task;
    const std::size_t end = trace_.steps.size();
    const std::size_t failing = failure_.schedule.failure ? failure_.schedule.failure->step : end;
    for (const bool changes_too : {true, false}) {
      std::string told;
      if (failing < end && trace_.steps[failing].task == stepped)
        told = tell_change_between(stepped, task, 0, failing, changes_too);
      if (told.empty()) told = tell_change_between(task, stepped, 0, step, changes_too);
      if (told.empty()) told = tell_change_between(stepped, task, step, end, changes_too);
      if (!told.empty()) return told;
    }
    return {};
  }

  /// The last read of `reader` in the steps from `first` up to `last` for which there is such a
  /// change.
  [[nodiscard]] std::string tell_change_between(std::uint32_t reader, std::uint32_t writer,
                                                std::size_t first, std::size_t last,
                                                bool changes_too) const {
    for (std::size_t read = last; read-- > first;) {
      if (trace_.steps[read].task != reader) continue;
      for (const TraceEffect& seen : trace_.steps[read].effects) {
        if (seen.kind != OperationKind::read && seen.kind != OperationKind::update) continue;
        const auto other = change_of(*seen.object, read + 1, writer);
        const std::string until =
            other ? tell_use(seen, read, reader, other->step, changes_too) : "";
        if (until.empty()) continue;
        return trace_.tasks[writer].name + " " + trace_.describe_effect(*other->effect) +
               in_step(other->step) + " between the " + in_words(seen, read) + " and " + until;
      }
    }
    return {};
  }

  /// What `reader` does after the step `change` with the value that it has `seen` in the step
  /// `read`: changes it too, or goes on; empty if it does not.
  [[nodiscard]] std::string tell_use(const TraceEffect& seen, std::size_t read,
                                     std::uint32_t reader, std::size_t change,
                                     bool changes_too) const {
    const std::string& name = trace_.tasks[reader].name;
    if (changes_too) {
      const auto own = change_of(*seen.object, read + 1, reader);
      if (!own || own->step < change) return {};
      return "the " + in_words(*own->effect, own->step) + " of " + name;
    }
    const std::optional<std::size_t> next = next_step_of(trace_, reader, read + 1);
    if (!next || *next < change) return {};
    const SourceLine& place = trace_.steps[*next].place;
    return "step " + std::to_string(*next + 1) + " of " + name + ", suspended" + at_place(place) +
           " meanwhile";
  }

  struct Change {
    std::size_t step;
    const TraceEffect* effect;
  };
  /// The first change of `object` by `task` in the steps from `first` on.
  [[nodiscard]] std::optional<Change> change_of(std::uint32_t object, std::size_t first,
                                                std::uint32_t task) const {
    for (std::size_t step = first; step < trace_.steps.size(); ++step) {
      if (trace_.steps[step].task != task) continue;
      for (const TraceEffect& effect : trace_.steps[step].effects)
        if (effect.object == object &&
            (effect.kind == OperationKind::write || effect.kind == OperationKind::update))
          return Change{step, &effect};
    }
    return std::nullopt;
  }

  /// "read at bank.cpp:12 (step 3)".
  [[nodiscard]] static std::string in_words(const TraceEffect& access, std::size_t step) {
    return std::string(to_string(access.kind)) + at_place(access.place) + in_step(step);
  }
  [[nodiscard]] static std::string in_step(std::size_t step) {
    return " (step " + std::to_string(step + 1) + ")";
  }

  /// `follow` leads to an execution that passes and parts from the failing one at `step`.
  void keep_passing(FollowStrategy& follow, std::size_t step) {
    RecordedRun run = run_recorded(execution_, body_, follow, source_root_);
    if (!run.failures.empty() || step >= run.trace.steps.size()) {  // Nondeterministic after all.
      explanation_.search.reset();
      return;
    }
    PassingNeighbour neighbour;
    neighbour.step = step;
    neighbour.failing = name_step(trace_, step);
    neighbour.passing = name_step(run.trace, step);
    if (const std::uint32_t task = run.trace.steps[step].task; task < run.trace.tasks.size())
      neighbour.between = tell_between(step, run.trace.tasks[task].path);
    neighbour.schedule = schedule_of(std::move(run), failure_.schedule.await_points);
    explanation_.passing = std::move(neighbour);
  }

  Execution& execution_;
  const Body& body_;
  const Failure& failure_;
  const Trace& trace_;
  const ShrinkOptions& limits_;
  Deadline deadline_;
  const std::string& source_root_;
  CrashTrials* crashes_;
  EarlySave::IsAccepted is_accepted_;
  std::vector<std::size_t> decisions_;  // The steps of the trace that a pick belongs to.
  std::uint64_t executions_ = 0;
  Explanation explanation_;
};

}  // namespace

Explanation explain(Execution& execution, const Body& body, const Failure& failure,
                    const ShrinkOptions& limits, const std::string& source_root,
                    CrashTrials* crashes, EarlySave::IsAccepted is_accepted) {
  return Explainer(execution, body, failure, limits, source_root, crashes, is_accepted).run();
}

}  // namespace coweave::detail
