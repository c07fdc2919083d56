#include "coweave/exploration/reduced_exploration.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "coweave/core/words.hpp"
#include "coweave/exploration/injection_sets.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/strategy/exhaustive.hpp"
#include "coweave/strategy/random_walk.hpp"
#include "coweave/strategy/reduction/source_sets.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"

namespace coweave::detail {
std::string_view ReducedExploration::obstacle(const Options& options) {
  if (options.tracking != Tracking::declared)
    return "without Tracking::declared every step may touch everything";
  if (options.timers != TimerOrder::when_idle) return "what an early timer touches is not known";
  return {};
}

bool ReducedExploration::may_inject(const Options& options) {
  return options.inject_cancellation.at_most != 0 || options.inject_wakeups != 0;
}

Stop ReducedExploration::run(PathSearch& search, std::uint64_t max_schedules) {
  if (runner_.is_fair()) return enumerate_instead(unfairness, max_schedules);
  if (const std::string_view reason = obstacle(options_); !reason.empty())
    return enumerate_instead(reason, max_schedules);
  Intruders& intruders = runner_.execution().intruders();
  IntrusionSets sets(injections_of(options_));
  total_ = {};
  Stop stop = Stop::exhausted;
  std::string_view given_up;
  std::unique_ptr<PathSearch> other;
  PathSearch* current = &search;
  while (stop == Stop::exhausted) {
    const std::optional<std::vector<Intrusion>> set = sets.next();
    if (!set) break;
    intruders.send(*set);
    if (!set->empty()) {
      std::unique_ptr<PathSearch> next = current->another();
      next->continue_log_of(*current);
      other = std::move(next);
      current = other.get();
    }
    stop = run_one(*current, max_schedules);
    if (stop == Stop::exhausted && !current->gave_up().empty()) {
      given_up = current->gave_up();
      other = std::make_unique<SourceSets>();
      current = other.get();
      stop = run_one(*current, max_schedules);
    }
    if (!report_.failures.empty() && !options_.keep_going) break;  // The audit's.
    sets.extend(intruders.chances());
  }
  intruders.send({});
  if (stop == Stop::unfair) audit_.forget();
  if (runner_.achieved.reduction) runner_.achieved.reduction->given_up = given_up;
  return stop;
}

Stop ReducedExploration::run_one(ReducedSearch& search, std::uint64_t max_schedules) {
  begin(search);
  const Stop stop = runner_.run(search, "dpor", max_schedules);
  end(search, stop);
  return stop;
}

void ReducedExploration::begin(const ReducedSearch& search) {
  if (options_.audit == 0) return;
  runner_.on_execution = [this, &search] { learn(search); };
  runner_.memory_besides = [this] { return audit_.memory(); };
}

void ReducedExploration::end(const ReducedSearch& search, Stop stop) {
  runner_.on_execution = {};
  runner_.memory_besides = {};
  if (!search.gave_up().empty()) return audit_.forget();
  total_.classes += search.classes();
  total_.executions += search.executions();
  ++total_.searches;
  total_.engine = search.engine();
  runner_.achieved.reduction = total_;
  if (stop == Stop::exhausted && options_.audit != 0) audit(search);
}

Stop ReducedExploration::enumerate_instead(std::string_view reason, std::uint64_t max_schedules) {
  report_.warnings.push_back("nothing was reduced: " + std::string(reason));
  ExhaustiveStrategy enumeration;
  return runner_.run(enumeration, "exhaustive", max_schedules);
}

ReductionSummary ReducedExploration::summary_of(const ReducedSearch& search) {
  ReductionSummary summary;
  summary.classes = search.classes();
  summary.executions = search.executions();
  summary.searches = 1;
  summary.engine = search.engine();
  return summary;
}

void ReducedExploration::learn(const ReducedSearch& search) {
  if (search.must_restart()) return audit_.forget();
  if (search.was_probe()) return;  // The order is still that of the execution before.
  audit_.learn_steps(search);
  const Execution& execution = runner_.execution();
  if (!execution.is_abandoned()) audit_.learn_outcome(search, execution.failures());
}

void ReducedExploration::audit(const ReducedSearch& search) {
  const std::uint64_t before = audited_;
  PlainSearch all;
  all.continue_log_of(search);
  if (!audit_by(all, std::max<std::uint64_t>(options_.audit / 2, 1))) return;
  if (!all.is_exhausted()) {
    PlainSearch some([this] { return std::make_unique<RandomWalkStrategy>(options_.seed); });
    some.continue_log_of(search);
    if (!audit_by(some, options_.audit - (audited_ - before))) return;
  }
  runner_.achieved.reduction->audited = audited_;
}

void ReducedExploration::refute() {
  total_.is_refuted = true;  // Those of later sets of injections add up with this one.
  runner_.achieved.reduction->is_refuted = true;
}

bool ReducedExploration::audit_by(PlainSearch& plain, std::uint64_t most) {
  Execution& execution = runner_.execution();
  for (std::uint64_t number = 1; number <= most && !runner_.is_time_over(); ++number) {
    if (!plain.begin_execution(number)) return true;
    try {
      execution.run(runner_.body(), plain, {.accesses = plain.accesses()});
      plain.end_execution(execution.steps());
    } catch (const Strategy::Nondeterminism&) {
      runner_.failures().file_nondeterminism("audit");
      return false;
    }
    ++audited_;
    std::optional<Audit::Disagreement> found;
    if (plain.accesses()->must_restart()) {
      found.emplace();  // An operation that the reduced search has never seen.
    } else {
      found = audit_.disagreement(plain, execution.failures());
    }
    if (!found) continue;
    refute();
    report_untracked(plain, *found);
    return false;
  }
  return true;
}

void ReducedExploration::report_untracked(PlainSearch& plain,
                                          const Audit::Disagreement& disagreement) {
  Execution& execution = runner_.execution();
  std::optional<std::size_t> wanted;  // In steps of the program.
  if (disagreement.step) {
    const AccessReader& log = *plain.accesses();
    wanted = 0;
    for (std::size_t step = 0; step < *disagreement.step; ++step)
      if (!execution.intruders().is_key(log.task_key(log[step].task))) ++*wanted;
  }
  FollowStrategy follow(picks_of(execution.steps()));
  RecordedRun run = run_recorded(execution, runner_.body(), follow, options_.source_root);
  Failure failure;
  failure.kind = FailureKind::misuse;
  failure.message =
      "the tracking is declared, but tasks share state outside primitives and Shared<T>";
  failure.details.emplace_back(
      "the audit executed an interleaving that the reduced search had left out as equivalent to "
      "another, and it is not");
  std::size_t steps = 0;
  for (std::size_t i = 0; i < run.trace.steps.size() && wanted; ++i) {
    if (!run.trace.steps[i].is_step() || steps++ != *wanted) continue;
    failure.place = run.trace.steps[i].place;
    failure.details.push_back(
        "the first step that does something new: step " + std::to_string(i + 1) + ", " +
        run.trace.tasks[run.trace.steps[i].task].name + ": " + run.trace.describe_step(i));
  }
  if (!wanted && !run.failures.empty()) {
    failure.place = run.failures.front().place;
    failure.details.push_back("the other one ended otherwise; here: " +
                              run.failures.front().message);
  }
  runner_.failures().file_failure_of_search(std::move(failure), std::move(run), "audit");
}

}  // namespace coweave::detail
