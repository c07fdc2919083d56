#include "coweave/exploration/reduction/reduced_exploration.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "coweave/core/words.hpp"
#include "coweave/exploration/follow.hpp"
#include "coweave/exploration/reduction/source_sets.hpp"
#include "coweave/exploration/reduction/wakeup_trees.hpp"
#include "coweave/strategy/exhaustive.hpp"
#include "coweave/strategy/random_walk.hpp"

namespace coweave::detail {
namespace {

/// Empty if `search` has not.
std::string_view reason_to_give_up(const ReducedSearch& search) {
  const auto* const trees = dynamic_cast<const WakeupTrees*>(&search);
  return trees != nullptr ? trees->gave_up() : std::string_view();
}

}  // namespace

std::string_view ReducedExploration::obstacle(const Options& options) {
  if (options.tracking != Tracking::declared)
    return "without Tracking::declared every step may touch everything";
  const Injections injections = injections_of(options);
  if (injections.cancellation.at_most != 0 || injections.wakeups != 0 ||
      injections.timers != TimerOrder::when_idle)
    return "what an injection touches is not known";
  return {};
}

Stop ReducedExploration::run(ReducedSearch& search, std::uint64_t max_schedules) {
  if (const std::string_view reason = obstacle(options_); !reason.empty())
    return enumerate_instead(reason, max_schedules);
  begin(search);
  const Stop stop = runner_.run(search, "dpor", max_schedules);
  end(search, stop);
  if (stop != Stop::exhausted || reason_to_give_up(search).empty()) return stop;
  SourceSets simpler;
  const Stop last = run(simpler, max_schedules);
  runner_.achieved.reduction +=
      " (wakeup trees would not do: " + std::string(reason_to_give_up(search)) + ")";
  return last;
}

void ReducedExploration::begin(const ReducedSearch& search) {
  if (options_.audit != 0) runner_.on_execution = [this, &search] { learn(search); };
}

void ReducedExploration::end(const ReducedSearch& search, Stop stop) {
  runner_.on_execution = {};
  if (!reason_to_give_up(search).empty()) return audit_.forget();
  runner_.achieved.reduction = in_words(search);
  if (stop == Stop::exhausted && options_.audit != 0) audit(search);
}

Stop ReducedExploration::enumerate_instead(std::string_view reason, std::uint64_t max_schedules) {
  report_.warnings.push_back("nothing was reduced: " + std::string(reason));
  ExhaustiveStrategy enumeration;
  return runner_.run(enumeration, "exhaustive", max_schedules);
}

std::string ReducedExploration::in_words(const ReducedSearch& search) {
  const std::uint64_t classes = search.classes();
  return std::to_string(classes) + (classes == 1 ? " class" : " classes") +
         " of equivalent interleavings in " + counted(search.executions(), "execution") + ", by " +
         std::string(search.engine());
}

void ReducedExploration::learn(const ReducedSearch& search) {
  if (search.must_restart()) return audit_.forget();
  audit_.learn_steps(search);
  const Execution& execution = runner_.execution();
  if (!execution.is_abandoned()) audit_.learn_outcome(search, execution.failures());
}

void ReducedExploration::audit(const ReducedSearch& search) {
  PlainSearch all;
  all.continue_log_of(search);
  if (!audit_by(all, std::max<std::uint64_t>(options_.audit / 2, 1))) return;
  if (!all.is_exhausted()) {
    PlainSearch some([this] { return std::make_unique<RandomWalkStrategy>(options_.seed); });
    some.continue_log_of(search);
    if (!audit_by(some, options_.audit - audited_)) return;
  }
  runner_.achieved.reduction += "; audited by " + counted(audited_, "interleaving");
}

bool ReducedExploration::audit_by(PlainSearch& plain, std::uint64_t most) {
  Execution& execution = runner_.execution();
  for (std::uint64_t number = 1; number <= most && !runner_.is_time_over(); ++number) {
    if (!plain.begin_execution(number)) return true;
    try {
      execution.run(runner_.body(), plain);
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
    report_untracked(*found);
    return false;
  }
  return true;
}

void ReducedExploration::report_untracked(const Audit::Disagreement& disagreement) {
  Execution& execution = runner_.execution();
  FollowStrategy follow(picks_of(execution.steps()));
  RecordedRun run = run_recorded(execution, runner_.body(), follow, options_.source_root);
  Failure failure;
  failure.kind = FailureKind::misuse;
  failure.message =
      "the tracking is declared, but tasks share state outside primitives and Shared<T>";
  failure.details.push_back(
      "the audit executed an interleaving that the reduced search had left out as equivalent to "
      "another, and it is not");
  std::size_t steps = 0;
  for (std::size_t i = 0; i < run.trace.steps.size() && disagreement.step; ++i) {
    if (run.trace.steps[i].is_choice() || steps++ != *disagreement.step) continue;
    failure.place = run.trace.steps[i].place;
    failure.details.push_back(
        "the first step that does something new: step " + std::to_string(i + 1) + ", " +
        run.trace.tasks[run.trace.steps[i].task].name + ": " + run.trace.describe_step(i));
  }
  if (!disagreement.step && !run.failures.empty()) {
    failure.place = run.failures.front().place;
    failure.details.push_back("the other one ended otherwise; here: " +
                              run.failures.front().message);
  }
  runner_.failures().file_failure_of_search(std::move(failure), std::move(run), "audit");
}

}  // namespace coweave::detail
