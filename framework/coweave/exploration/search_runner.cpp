#include "coweave/exploration/search_runner.hpp"

#include <algorithm>
#include <string>
#include <typeinfo>
#include <utility>

#include "coweave/core/foreign_limits.hpp"
#include "coweave/execution/execution_loop.hpp"
#include "coweave/exploration/process/interrupt.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/strategy/bounded.hpp"
#include "coweave/strategy/exhaustive.hpp"
#include "coweave/strategy/random_walk.hpp"

namespace coweave::detail {
namespace {

/// The strategies that run most, in loops of their own; null for the others.
Execution::Loop loop_under(const Strategy& strategy) {
  if (typeid(strategy) == typeid(ExhaustiveStrategy))
    return Execution::loop_under<ExhaustiveStrategy>();
  if (typeid(strategy) == typeid(RandomWalkStrategy))
    return Execution::loop_under<RandomWalkStrategy>();
  if (typeid(strategy) == typeid(BoundedStrategy)) return Execution::loop_under<BoundedStrategy>();
  return nullptr;
}

/// Whether an execution ends by a TimeoutError that nothing catches, and what else fails only comes
/// from that: where it leaves the test body, the objects of the body are destroyed while other
/// tasks use them, and tasks are left over.
bool ends_by_deadline(const std::vector<ExecutionFailure>& failures) {
  const auto first =
      std::find_if(failures.begin(), failures.end(),
                   [](const ExecutionFailure& failure) { return failure.is_deadline_passed; });
  return first != failures.end() &&
         std::all_of(failures.begin(), failures.end(), [&](const ExecutionFailure& failure) {
           if (failure.is_deadline_passed) return true;
           const bool may_follow =
               failure.kind == FailureKind::misuse || failure.kind == FailureKind::leaked_task;
           return may_follow && failure.step >= first->step;
         });
}

/// How much of the tree of all interleavings an enumeration, depth first, had behind it when it
/// came to this one: at every decision the share of the alternatives before the one taken.
double share_before(std::span<const Step> steps) {
  double share = 0;
  double width = 1;
  for (const Step& step : steps) {
    if (step.alternatives < 2) continue;
    width /= step.alternatives;
    share += width * step.pick;
  }
  return share;
}

}  // namespace

Search::Search(Strategy& under, std::string_view called)
    : strategy(under),
      offered(under.capabilities()),
      name(called),
      loop(loop_under(under)),
      is_enumeration(typeid(under) == typeid(ExhaustiveStrategy)) {}

SearchRunner::SearchRunner(const Body& body, const Options& options,
                           const ExpectationCapture* capture, Report& report)
    : body_(body),
      options_(options),
      capture_(capture),
      report_(report),
      execution_(
          {options.await_points, options.max_steps, options.source_root, injections_of(options),
           options.stuck_after.count() > 0 ? options.stuck_after : ExecutionOptions{}.patience}),
      failures_(execution_, body, options, report),
      deadline_(options.max_time),
      max_memory_(max_memory_of(options)),
      schedules_before_(report.schedules) {}

Stop SearchRunner::run(Search& search, std::uint64_t max_schedules) {
  Stop stop = Stop::none;
  while (stop == Stop::none) stop = advance(search, max_schedules);
  achieved.is_exhausted = search.offered.is_exhausted();
  achieved.bound = search.offered.completed_bound();
  achieved.assurance = search.offered.assurance();
  return stop;
}

Stop SearchRunner::advance(Search& search, std::uint64_t max_schedules) {
  under_way_ = search.name;
  is_enumeration_ = search.is_enumeration;
  // Begun before the budget is looked at: a search that has nothing left has not met its limit.
  if (!search.has_begun && !search.strategy.begin_execution(search.number + 1))
    return Stop::exhausted;
  search.has_begun = true;
  if (executions() >= max_schedules) return Stop::schedules;
  search.has_begun = false;
  ++search.number;
  if (const Stop stop = execute(search); stop != Stop::none) return stop;
  if (capture_ != nullptr && capture_->is_skipped()) [[unlikely]]
    return Stop::skipped;
  if (deadline_.is_due()) [[unlikely]]
    return look(search);
  return Stop::none;
}

Stop SearchRunner::look(const Search& search) {
  const bool is_over = deadline_.look();
  if (options_.progress) tell_progress(search);
  if (on_look) on_look();
  if (is_interrupted()) return Stop::interrupted;
  if (is_over) return Stop::time;
  const std::size_t besides = memory_besides ? memory_besides() : 0;
  return search.offered.memory() + besides > max_memory_ ? Stop::memory : Stop::none;
}

void SearchRunner::tell_progress(const Search& search) {
  constexpr auto interval = std::chrono::milliseconds(100);
  const std::chrono::nanoseconds elapsed = deadline_.elapsed();
  if (elapsed - told_at_ < interval) return;
  told_at_ = elapsed;
  Progress progress;
  progress.test = report_.test;
  progress.phase = search.name;
  progress.schedules = report_.schedules;
  progress.max_schedules = options_.max_schedules;
  progress.elapsed = elapsed;
  progress.max_time = options_.max_time;
  progress.rate = static_cast<double>(report_.schedules - schedules_before_ - achieved.resumed) /
                  std::chrono::duration<double>(elapsed).count();
  progress.interleavings = achieved.interleavings;
  if (search.is_enumeration)
    if (const double share = share_before(execution_.steps()); share > 0)
      progress.interleavings = static_cast<double>(report_.schedules) / share;
  progress.bound = search.offered.completed_bound();
  options_.progress(progress);
}

void SearchRunner::begin_part(Search& search) {
  const auto same = std::find_if(parts_.begin(), parts_.end(), [&search](const SearchPart& part) {
    return part.search == search.name;
  });
  search.part = static_cast<std::size_t>(same - parts_.begin());
  if (same == parts_.end()) parts_.push_back({std::string(search.name), 0});
}

Completion SearchRunner::completion() const {
  Completion completion = achieved;
  completion.search = under_way_;
  completion.is_enumeration = is_enumeration_;
  completion.parts = parts_;
  completion.not_explored = not_explored();
  return completion;
}

NotExplored SearchRunner::not_explored() const {
  NotExplored result;
  const TimerQueue& timers = execution_.timers();
  const bool any = timers.deadlines_have_competed() || timers.others_have_competed();
  result.timers_fired_only_when_idle = any && options_.timers == TimerOrder::when_idle;
  result.plain_timers_fired_only_when_idle =
      timers.others_have_competed() && options_.timers == TimerOrder::timeouts;
  result.clock_moved_at_step_limit = is_polling_told_;
  result.sampled_values = execution_.values();
  result.uncontrolled = uncontrolled_;
  const Injector& injector = execution_.injector();
  const CancellationInjection& cancellation = options_.inject_cancellation;
  if (cancellation.at_most > 0) result.names_without_target = injector.names_without_target();
  result.cancellations_without_target =
      cancellation.at_most > 0 && cancellation.tasks.empty() && !injector.targets().cancellations;
  result.wakeups_without_target = options_.inject_wakeups > 0 && !injector.targets().wakeups;
  return result;
}

Stop SearchRunner::execute(Search& search) {
  if (search.part == Search::none) [[unlikely]]
    begin_part(search);
  Strategy& strategy = search.strategy;
  try {
    failures_.begin_execution(search.name);
    if (fair_bound_) [[unlikely]] {
      execution_.run(body_, fair_bound_->around(strategy));
    } else {
      execution_.run(body_, strategy, {.accesses = search.offered.accesses, .loop = search.loop});
    }
    failures_.end_execution();
    strategy.end_execution(execution_.steps());
  } catch (const Strategy::Nondeterminism&) {
    failures_.end_execution();
    ++report_.schedules;
    ++parts_[search.part].schedules;
    failures_.file_nondeterminism(search.name);
    return Stop::failure;
  }
  report_.steps += execution_.steps().size();
  if (execution_.injector().has_spared_handlers() && !std::exchange(is_sparing_told_, true))
      [[unlikely]]
    report_.warnings.emplace_back(message_of(ForeignLimit::injected_cancellation))
        .append(": inject_cancellation is for tasks; give them cancellation signals of Asio's own");
  if (execution_.has_let_time_pass() && !std::exchange(is_polling_told_, true)) [[unlikely]]
    report_.warnings.push_back(
        "a loop polls until time has passed: after " + std::to_string(options_.max_steps) +
        " steps the clock moves although tasks are ready; a loop that sleeps is explored better");
  if (search.offered.was_probe()) {
    ++probes_;
    return Stop::none;
  }
  if (execution_.injections() > 0) ++report_.injected;
  if (on_execution) [[unlikely]]
    on_execution();
  if (execution_.is_abandoned()) {
    ++report_.pruned;
    return Stop::none;
  }
  ++report_.schedules;
  ++parts_[search.part].schedules;
  if (!execution_.failures().empty()) [[unlikely]]
    return judge(search);
  // Of the passing ones a sample that thins out: 1st, 2nd, 4th, 8th, ...
  if ((report_.schedules & (report_.schedules - 1)) != 0) return Stop::none;
  return failures_.confirm(search.name) ? Stop::none : Stop::failure;
}

Stop SearchRunner::judge(const Search& search) {
  const std::vector<ExecutionFailure>& failures = execution_.failures();
  if (std::any_of(failures.begin(), failures.end(), [](const ExecutionFailure& failure) {
        return failure.kind == FailureKind::uncontrolled;
      }))
    ++uncontrolled_;
  if (accepts_timeouts_ && ends_by_deadline(failures)) {
    ++ended_by_timeout_;
    return Stop::none;
  }
  if (failures.back().kind == FailureKind::livelock) {
    achieved.is_truncated = true;
    if (!fair_bound_ &&
        (ends_in_time(search) ||
         (options_.fairness != 0 && failures.size() == 1 &&
          failures.back().kind == FailureKind::livelock &&  // Time may have shown another failure.
          ends_if_fair(execution_, body_, options_.fairness))))
      return Stop::unfair;
    if (failures.empty()) {  // The same picks have led to another end.
      failures_.file_nondeterminism(search.name);
      return Stop::failure;
    }
  }
  return failures_.file(search.name) ? Stop::none : Stop::failure;
}

bool SearchRunner::ends_in_time(const Search& search) {
  if (search.offered.accesses == nullptr) return false;
  FollowStrategy follow(picks_of(execution_.steps()));
  static_cast<void>(follow.begin_execution(1));
  execution_.run(body_, follow);
  return execution_.has_let_time_pass() && execution_.failures().empty();
}

void SearchRunner::accept_timeouts() {
  accepts_timeouts_ = true;
  failures_.accept(
      [](const Execution& execution) { return ends_by_deadline(execution.failures()); });
}

void SearchRunner::be_fair() {
  // Without a bound in the options: a reduced search has given way to one in which time passes.
  const std::uint32_t bound = options_.fairness != 0 ? options_.fairness : Options().fairness;
  fair_bound_.emplace(bound);
  achieved.fairness = bound;
}

void SearchRunner::begin_fair() {
  achieved = {};
  parts_.clear();
  report_.schedules = report_.pruned = report_.steps = report_.injected = report_.failing = 0;
  report_.failures.clear();
  failures_.forget_early();
  schedules_before_ = probes_ = uncontrolled_ = 0;
  is_sparing_told_ = is_polling_told_ = false;
  be_fair();
}

}  // namespace coweave::detail
