#include "coweave/exploration/explorer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <typeinfo>
#include <utility>

#include "coweave/core/words.hpp"
#include "coweave/execution/execution_loop.hpp"
#include "coweave/exploration/difference.hpp"
#include "coweave/exploration/explanation.hpp"
#include "coweave/exploration/follow.hpp"
#include "coweave/exploration/recorded_run.hpp"
#include "coweave/exploration/schedule_files.hpp"
#include "coweave/exploration/shrink.hpp"
#include "coweave/exploration/story.hpp"
#include "coweave/strategy/bounded.hpp"
#include "coweave/strategy/exhaustive.hpp"
#include "coweave/strategy/portfolio.hpp"
#include "coweave/strategy/production.hpp"
#include "coweave/strategy/random_walk.hpp"
#include "coweave/strategy/tree_estimate.hpp"

namespace coweave::detail {
namespace {

constexpr std::uint64_t comparison_schedules = 10'000;
constexpr auto comparison_time = std::chrono::milliseconds(500);

// Of the default plan: a production order whose alternatives multiply to no more than this is
// followed by the search of all interleavings; one of more by so many random schedules, to estimate
// how many there are.
constexpr double small_tree = 1'000;
constexpr std::uint64_t small_budget = 10'000;  // What that search has for itself at least.
constexpr std::uint64_t estimate_samples = 32;

/// "about 2.4e+12 interleavings in all".
std::string about(double interleavings) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "about %.1e", interleavings);
  return std::string(text.data()) + " interleavings in all";
}

bool is_shorter(const std::vector<std::uint32_t>& picks, std::span<const Step> steps,
                const Schedule& kept) {
  const auto deviations = static_cast<std::size_t>(
      std::count_if(picks.begin(), picks.end(), [](std::uint32_t pick) { return pick != 0; }));
  if (deviations != kept.deviations()) return deviations < kept.deviations();
  return steps.size() < kept.trace.steps.size();
}

/// "every interleaving of at most 2 deviations from production order: 31 schedules".
std::string bound_in_words(const CompletedBound& bound) {
  return "every interleaving of at most " + counted(bound.deviations, "deviation") + " from " +
         bound.base + ": " + counted(bound.schedules, "schedule");
}

/// The strategies that run most, in loops of their own; null for the others.
Execution::Loop loop_under(const Strategy& strategy) {
  if (typeid(strategy) == typeid(ExhaustiveStrategy))
    return Execution::loop_under<ExhaustiveStrategy>();
  if (typeid(strategy) == typeid(RandomWalkStrategy))
    return Execution::loop_under<RandomWalkStrategy>();
  if (typeid(strategy) == typeid(BoundedStrategy)) return Execution::loop_under<BoundedStrategy>();
  return nullptr;
}

}  // namespace

Explorer::Explorer(const BodyFunction& body, const Options& options,
                   const ExpectationCapture* capture)
    : body_(body),
      options_(options),
      capture_(capture),
      execution_({options.await_points, options.max_steps, options.source_root,
                  injections_of(options)}),
      deadline_(options.max_time) {
  if (options.max_schedules == 0) throw Error("max_schedules: expected at least 1, found 0");
  if (options.max_steps == 0) throw Error("max_steps: expected at least 1, found 0");
  report_.test = options.name;
  report_.strategy = options.strategy.empty() ? "default" : options.strategy.name();
  report_.seed = options.seed;
  report_.await_points = options.await_points;
}

Report Explorer::run() {
  const Stop stop = options_.strategy.empty() ? run_default_plan() : run_recipe();
  for (Failure& failure : report_.failures) {
    if (failure.kind == FailureKind::nondeterminism) continue;
    if (options_.shrink.max_executions > 0) {
      simplify(failure);
      failure.explanation =
          explain(execution_, body_, failure, options_.shrink, options_.source_root);
    }
    if (options_.compare_await_points) compare_await_points(failure);
  }
  state_verdict(stop);
  if (!options_.schedule_dir.empty())
    for (std::size_t i = 0; i < report_.failures.size(); ++i) save(report_.failures[i], i + 1);
  return std::move(report_);
}

Explorer::Stop Explorer::run_default_plan() {
  const std::uint64_t most = options_.max_schedules;
  const std::uint64_t half = std::max<std::uint64_t>(most / 2, 1);
  BoundedStrategy bounded;  // Complete, it is the enumeration of all interleavings.
  Search bounds{bounded, "bounded", loop_under(bounded)};
  Stop stop = advance(bounds, most);
  if (stop == Stop::none) {
    const bool is_small = tree_size(execution_.steps()) <= small_tree;
    const std::uint64_t alone = is_small ? std::max(half, std::min(most, small_budget)) : half;
    if (is_small || estimate_fits(half, stop))
      while (stop == Stop::none) stop = advance(bounds, alone);
    // It did not fit after all.
    if (stop == Stop::schedules && report_.schedules < most) stop = Stop::none;
    if (stop == Stop::none) stop = run_side_by_side(bounds);
  }
  is_exhausted_ = bounded.is_exhausted();
  bound_ = bounded.completed_bound();
  return stop;
}

bool Explorer::estimate_fits(std::uint64_t most, Stop& stop) {
  RandomWalkStrategy walk(options_.seed);
  Search samples{walk, "random", loop_under(walk)};
  RandomTreeEstimate estimate;
  while (stop == Stop::none && estimate.executions() < estimate_samples) {
    stop = advance(samples, options_.max_schedules);
    if (stop != Stop::schedules) estimate.add(execution_.steps());
  }
  const bool fits = estimate.schedules() <= static_cast<double>(most);
  if (!fits) estimate_ = about(estimate.schedules());
  return fits;
}

Explorer::Stop Explorer::run_side_by_side(Search& bounds) {
  PortfolioStrategy portfolio(options_.seed);
  Search samples{portfolio, "portfolio", loop_under(portfolio)};  // Repeats the production order, to measure the program.
  Stop stop = Stop::none;
  while (stop == Stop::none) {
    stop = advance(bounds, options_.max_schedules);
    if (stop == Stop::none) stop = advance(samples, options_.max_schedules);
  }
  assurance_ = portfolio.assurance();
  return stop;
}

Explorer::Stop Explorer::run_recipe() {
  const std::unique_ptr<Strategy> strategy = options_.strategy.make(options_.seed);
  if (!strategy->begins_in_production_order()) {
    ProductionStrategy first;
    if (const Stop stop = run_strategy(first, "production", 1);
        stop == Stop::failure || stop == Stop::skipped)
      return stop;
  }
  return run_strategy(*strategy, options_.strategy.name(), options_.max_schedules);
}

Explorer::Stop Explorer::run_strategy(Strategy& strategy, std::string_view name,
                                      std::uint64_t max_schedules) {
  Search search{strategy, name, loop_under(strategy)};
  Stop stop = Stop::none;
  while (stop == Stop::none) stop = advance(search, max_schedules);
  is_exhausted_ = strategy.is_exhausted();
  bound_ = strategy.completed_bound();
  assurance_ = strategy.assurance();
  return stop;
}

Explorer::Stop Explorer::advance(Search& search, std::uint64_t max_schedules) {
  phase_ = search.name;
  loop_ = search.loop;
  // Begun before the budget is looked at: a search that has nothing left has not met its limit.
  if (!search.has_begun && !search.strategy.begin_execution(search.number + 1))
    return Stop::exhausted;
  search.has_begun = true;
  if (report_.schedules >= max_schedules) return Stop::schedules;
  search.has_begun = false;
  ++search.number;
  if (!execute(search.strategy)) return Stop::failure;
  if (capture_ != nullptr && capture_->is_skipped()) [[unlikely]]
    return Stop::skipped;
  if (deadline_.is_over()) [[unlikely]]
    return Stop::time;
  return Stop::none;
}

bool Explorer::execute(Strategy& strategy) {
  try {
    execution_.run(body_, strategy, nullptr, loop_);
    strategy.end_execution(execution_.steps());
  } catch (const Strategy::Nondeterminism&) {
    ++report_.schedules;
    report_nondeterminism(picks_of(execution_.steps()));
    return false;
  }
  ++report_.schedules;
  report_.steps += execution_.steps().size();
  if (execution_.injections() > 0) ++report_.injected;
  if (!execution_.failures().empty()) [[unlikely]] {
    ++report_.failing;
    file_failure();
    return options_.keep_going && report_.failures.back().kind != FailureKind::nondeterminism;
  }
  // Of the passing ones a sample that thins out: 1st, 2nd, 4th, 8th, ...
  if ((report_.schedules & (report_.schedules - 1)) == 0) return confirm();
  return true;
}

void Explorer::file_failure() {
  const ExecutionFailure first = execution_.failures().front();
  const auto same = std::find_if(
      report_.failures.begin(), report_.failures.end(),
      [&](const Failure& known) { return known.kind == first.kind && known.place == first.place; });
  const std::vector<std::uint32_t> picks = picks_of(execution_.steps());
  if (same != report_.failures.end()) {
    ++same->count;
    if (!is_shorter(picks, execution_.steps(), same->schedule)) return;
  }
  // Executed again, with everything written down: a failure that does not come back alike is
  // nondeterminism, not a failure of this kind.
  const std::uint64_t fingerprint = execution_.fingerprint();
  FollowStrategy follow(picks);
  RecordedRun run = run_recorded(execution_, body_, follow, options_.source_root);
  if (run.fingerprint != fingerprint || run.failures.empty() ||
      run.failures.front().kind != first.kind || run.failures.front().place != first.place) {
    report_nondeterminism(picks);
    return;
  }
  Failure failure = describe(std::move(run));
  complete(failure.schedule);
  if (same == report_.failures.end()) {
    report_.failures.push_back(std::move(failure));
  } else {  // In the place of the longer one: failures are listed as they were found.
    failure.count = same->count;
    *same = std::move(failure);
  }
}

Failure Explorer::describe(RecordedRun run) const {
  Failure failure = failure_of(run);
  failure.schedule = schedule_of(std::move(run), options_.await_points);
  failure.found_with = failure.schedule.deviations();
  return failure;
}

void Explorer::simplify(Failure& failure) {
  failure.is_minimal = failure.schedule.deviations() == 0;
  if (failure.is_minimal) return;
  const ExecutionFailure wanted{failure.kind, failure.message, failure.place, 0, TaskId::none};
  const Shrunk shrunk =
      shrink(execution_, body_, failure.schedule.picks, wanted, options_.shrink);
  failure.is_minimal = shrunk.is_minimal;
  if (shrunk.picks == failure.schedule.picks) return;
  FollowStrategy follow(shrunk.picks);
  RecordedRun run = run_recorded(execution_, body_, follow, options_.source_root);
  if (run.failures.empty() || run.failures.front().kind != failure.kind ||
      run.failures.front().place != failure.place)
    return;  // Nondeterministic after all: what was found first has been confirmed.
  Failure simpler = describe(std::move(run));
  simpler.count = failure.count;
  simpler.found_with = failure.found_with;
  simpler.is_minimal = shrunk.is_minimal;
  const Schedule& found = failure.schedule;
  simpler.schedule.test = found.test;
  simpler.schedule.injections = found.injections;
  simpler.schedule.strategy = found.strategy;
  simpler.schedule.seed = found.seed;
  simpler.schedule.execution = found.execution;
  failure = std::move(simpler);
}

void Explorer::complete(Schedule& schedule) const {
  schedule.test = options_.name;
  schedule.injections = injections_of(options_);
  schedule.strategy = phase_;
  schedule.seed = options_.seed;
  schedule.execution = report_.schedules;
}

bool Explorer::confirm() {
  const std::uint64_t fingerprint = execution_.fingerprint();
  const std::vector<std::uint32_t> picks = picks_of(execution_.steps());
  FollowStrategy follow(picks);
  static_cast<void>(follow.begin_execution(1));
  execution_.run(body_, follow);
  if (execution_.fingerprint() == fingerprint && execution_.failures().empty()) return true;
  report_nondeterminism(picks);
  return false;
}

void Explorer::report_nondeterminism(const std::vector<std::uint32_t>& picks) {
  // Two more executions of the same picks, written down, show where they part.
  FollowStrategy follow(picks);
  const RecordedRun first = run_recorded(execution_, body_, follow, options_.source_root);
  RecordedRun second;
  std::optional<Difference> difference;
  for (int attempt = 0; attempt < 8 && !difference; ++attempt) {
    second = run_recorded(execution_, body_, follow, options_.source_root);
    difference = first_difference(first.trace, second.trace);
  }
  Failure failure;
  failure.kind = FailureKind::nondeterminism;
  failure.message = "the same picks gave two different executions";
  if (difference) {
    failure.details.push_back("first difference at step " + std::to_string(difference->step + 1));
    failure.details.push_back("one execution:     " + difference->recorded);
    failure.details.push_back("another execution: " + difference->found);
  } else {
    failure.details.push_back(
        "the steps agree in later executions: what differed was seen only once, or only in the "
        "outcome");
  }
  failure.details.push_back(
      "likely causes: a clock or random_device, addresses used as keys, static or global state "
      "that "
      "outlives an execution, iteration over an unordered container, another thread");
  ++report_.failing;
  failure.schedule = schedule_of(std::move(second), options_.await_points);
  complete(failure.schedule);
  report_.failures.push_back(std::move(failure));
}

void Explorer::compare_await_points(Failure& failure) {
  failure.evidence.push_back(
      {options_.await_points, AwaitPointsEvidence::Answer::found, report_.schedules});
  for (const AwaitPoints points : {AwaitPoints::operations, AwaitPoints::suspending}) {
    if (points <= options_.await_points) continue;
    Options options = options_;
    options.await_points = points;
    options.strategy = {};
    options.keep_going = true;
    options.compare_await_points = false;
    options.schedule_dir.clear();
    options.max_schedules = comparison_schedules;
    options.max_time = comparison_time;
    const Report other = Explorer(body_, options, capture_).run();
    const bool found = std::any_of(
        other.failures.begin(), other.failures.end(), [&failure](const Failure& candidate) {
          return candidate.kind == failure.kind && candidate.place == failure.place;
        });
    const bool complete = other.verdict_detail.starts_with("every interleaving:");
    failure.evidence.push_back({points,
                                found      ? AwaitPointsEvidence::Answer::found
                                : complete ? AwaitPointsEvidence::Answer::absent
                                           : AwaitPointsEvidence::Answer::not_found,
                                other.schedules});
  }
}

void Explorer::state_verdict(Stop stop) {
  const std::string schedules = counted(report_.schedules, "schedule");
  switch (stop) {
    case Stop::none:
    case Stop::exhausted:
      if (is_exhausted_) {
        report_.verdict = Verdict::exhaustive;
        report_.verdict_detail =
            "every interleaving: " +
            counted(bound_ ? bound_->schedules : report_.schedules, "schedule");
      } else if (bound_) {
        report_.verdict = Verdict::bounded;
        report_.verdict_detail = bound_in_words(*bound_);
      } else {
        report_.verdict = Verdict::sampled;
        report_.verdict_detail =
            schedules + ": all that strategy '" + std::string(phase_) + "' has";
      }
      break;
    case Stop::schedules:
    case Stop::time:
      state_limit(stop);
      break;
    case Stop::failure:
      report_.verdict_detail = "stopped at the first failing schedule, after " + schedules;
      break;
    case Stop::skipped:
      report_.verdict = Verdict::sampled;
      report_.verdict_detail = "skipped by the test after " + schedules;
      break;
  }
  if (report_.injected > 0)
    report_.verdict_detail += "; in " + std::to_string(report_.injected) + " of them injections (" +
                              in_words(injections_of(options_)) + ")";
  if (!report_.failures.empty()) report_.verdict = Verdict::failed;
  if (stop == Stop::exhausted && is_exhausted_ && report_.schedules == 1)
    report_.warnings.push_back(
        "there was only one schedule: no two tasks were ever ready together, so nothing was tested "
        "that a plain run does not test");
}

std::string Explorer::limit_in_words(Stop stop) const {
  if (stop != Stop::time) return "max_schedules of " + std::to_string(options_.max_schedules);
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(options_.max_time);
  return "max_time of " + std::to_string(time.count()) + " ms";
}

void Explorer::state_limit(Stop stop) {
  const std::string schedules = counted(report_.schedules, "schedule");
  const std::string limit = limit_in_words(stop);
  if (phase_ == "exhaustive") {
    report_.verdict = Verdict::limit_hit;
    report_.verdict_detail = limit + " reached after " + schedules + " of the enumeration";
  } else if (bound_ && bound_->is_unlimited) {
    report_.verdict = Verdict::bounded;
    report_.verdict_detail = bound_in_words(*bound_);
    if (!assurance_.empty()) report_.verdict_detail += "; " + assurance_;
    if (!estimate_.empty()) report_.verdict_detail += "; " + estimate_;
    report_.verdict_detail += " (" + limit + " reached after " + schedules + ")";
  } else if (bound_) {
    report_.verdict = Verdict::limit_hit;
    report_.verdict_detail = limit + " reached after " + schedules + "; " + bound_in_words(*bound_);
  } else {
    report_.verdict = Verdict::sampled;
    report_.verdict_detail = schedules;
    if (!assurance_.empty()) report_.verdict_detail += "; " + assurance_;
    if (stop == Stop::time) report_.verdict_detail += " (" + limit + " reached)";
  }
}

void Explorer::save(Failure& failure, std::size_t number) {
  const std::filesystem::path file = schedule_file(options_.schedule_dir, options_.name, number);
  try {
    with_explanation(failure).save(file);
    failure.schedule_file = file;
  } catch (const Error& error) {  // The report is worth more than the file.
    report_.warnings.push_back(std::string("the failing schedule was not saved: ") + error.what());
  }
}

}  // namespace coweave::detail
