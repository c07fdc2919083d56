#include "coweave/exploration/explorer.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "coweave/exploration/overlooked.hpp"
#include "coweave/exploration/process/crash_guard.hpp"
#include "coweave/exploration/process/interrupt.hpp"
#include "coweave/exploration/stored/checkpointed_search.hpp"
#include "coweave/exploration/stored/corpus.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/strategy/bounded.hpp"
#include "coweave/strategy/portfolio.hpp"
#include "coweave/strategy/production.hpp"
#include "coweave/strategy/random_walk.hpp"
#include "coweave/strategy/reduction/touch_reporter.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"
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
constexpr std::uint64_t kept_share = 10;  // One in so many schedules, for early timeouts.

Report report_of(const Options& options) {
  if (options.max_schedules == 0) throw Error("max_schedules: expected at least 1, found 0");
  if (options.max_steps == 0) throw Error("max_steps: expected at least 1, found 0");
  Report report;
  report.test = options.name;
  report.strategy = options.strategy.empty() ? "default" : options.strategy.name();
  report.seed = options.seed;
  report.await_points = options.await_points;
  return report;
}

}  // namespace

Explorer::Explorer(const Body& body, const Options& options, const ExpectationCapture* capture,
                   Racing racing)
    : body_(body),
      options_(options),
      capture_(capture),
      report_(report_of(options)),
      runner_(body, options, capture, report_),
      reduced_(runner_, options, report_),
      racing_(racing) {}

Report Explorer::run() {
  const InterruptGuard interrupts(options_.interruptible ? OnInterrupt::note
                                                         : OnInterrupt::nothing);
  const bool goes_on = replay_corpus();
  const CrashGuard guard(runner_.execution(), options_, {&report_.schedules, &runner_.under_way()});
  if (!goes_on) {
    explain_failures();
    report_.verdict = Verdict::failed;
    report_.verdict_detail = "a schedule that an earlier run saved fails; there was no search";
  } else {
    const Stop stop = run_searches();
    state_verdict(report_, runner_.completion(), stop, options_);
    if (stop == Stop::exhausted || stop == Stop::schedules || stop == Stop::time) race_timeouts();
    report_.completion.is_share_of_limit = is_limit(stop) && has_kept_share_;
    explain_failures();
    state_claims();
    state_sentence(report_);
  }
  warn_of_oversights(runner_.execution(), report_);
  if (race_) {
    warn_of_oversights(race_->runner().execution(), report_);
    // The race saves under names that what the search saved early may have.
    if (!options_.schedule_dir.empty()) runner_.failures().forget_early();
    finish(race_->runner().failures());
  }
  finish(runner_.failures());
  return std::move(report_);
}

void Explorer::finish(FailureLog& failures) {
  failures.report_leaks();
  if (!options_.schedule_dir.empty()) failures.save_all();
}

void Explorer::explain_failures() {
  const auto is_of_race = [this](const Failure& failure) {
    return is_of_timeout_race(failure.schedule, options_);
  };
  // Also those that an earlier exploration has saved.
  if (!race_ && std::any_of(report_.failures.begin(), report_.failures.end(), is_of_race))
    race_.emplace(body_, options_, capture_, report_, options_.max_time);
  for (Failure& failure : report_.failures) {
    if (failure.kind == FailureKind::nondeterminism || failure.is_of_search) continue;
    const bool races = is_of_race(failure);
    std::optional<CrashGuard> guard;
    if (races) guard.emplace(race_->runner().execution(), race_->options());
    (races ? race_->runner() : runner_).failures().simplify(failure);
    if (failure.kind == FailureKind::nondeterminism) continue;
    if (races) race_->label(failure);
    if (options_.compare_await_points)
      compare_await_points(failure, races ? race_->options() : options_);
  }
}

void Explorer::state_claims() {
  const Execution* const racing = race_ ? &race_->runner().execution() : nullptr;
  runner_.failures().check_claims(racing != nullptr ? racing->checks().claims()
                                                    : std::vector<ProgramChecks::Claim>());
  runner_.failures().coverage().state(report_, [&](std::string_view path) {
    return runner_.execution().waits().was_never_waited_for(path) &&
           (racing == nullptr || racing->waits().was_never_waited_for(path));
  });
}

bool Explorer::may_race_timeouts() {
  return racing_ == Racing::on && options_.strategy.empty() && options_.checkpoint.empty() &&
         options_.timers == TimerOrder::when_idle &&
         runner_.execution().timers().deadlines_have_competed();
}

void Explorer::race_timeouts() {
  constexpr std::uint64_t least = 1'000;
  const std::chrono::nanoseconds time = options_.max_time - runner_.elapsed();
  const std::uint64_t done = runner_.executions();
  if (!may_race_timeouts() || !report_.failures.empty() || done >= options_.max_schedules ||
      time.count() <= 0)
    return;
  const std::uint64_t wanted = std::max(least, std::min(done, options_.max_schedules / kept_share));
  race_.emplace(body_, options_, capture_, report_, time);
  if (runner_.is_fair()) race_->runner().be_fair();
  race_->run(std::min(wanted, options_.max_schedules - done));
}

Stop Explorer::advance(Search& search, std::uint64_t most) {
  if (!may_race_timeouts()) [[likely]]
    return runner_.advance(search, most);
  const std::uint64_t share = options_.max_schedules - options_.max_schedules / kept_share;
  has_kept_share_ = most > share;
  if (runner_.elapsed() > options_.max_time - options_.max_time / kept_share) {
    has_kept_share_ = true;
    return Stop::time;
  }
  return runner_.advance(search, std::min(most, share));
}

bool Explorer::replay_corpus() {
  if (options_.corpus == Corpus::ignore || options_.schedule_dir.empty()) return true;
  return CorpusReplay(runner_.execution(), body_, options_, runner_.failures(), report_).run();
}

Stop Explorer::run_searches() {
  const auto run = [this] { return options_.strategy.empty() ? run_default_plan() : run_recipe(); };
  if (!options_.checkpoint.empty() &&
      Resumption::is_of_fair_search(options_, options_.strategy.name()))
    runner_.begin_fair();
  const std::vector<Failure> of_corpus = report_.failures;
  const std::uint64_t failing = report_.failing;
  const std::size_t warnings = report_.warnings.size();
  const Stop stop = run();
  if (stop != Stop::unfair) return stop;
  runner_.begin_fair();
  report_.failures = of_corpus;
  report_.failing = failing;
  report_.warnings.resize(warnings);
  return run();
}

Stop Explorer::run_default_plan() {
  if (!options_.checkpoint.empty())
    return Resumption(runner_, reduced_, options_, report_).run_default();
  const std::uint64_t most = options_.max_schedules;
  const std::uint64_t half = std::max<std::uint64_t>(most / 2, 1);
  if (ReducedExploration::obstacle(options_).empty() && !runner_.is_fair()) {
    WakeupTrees trees;
    const Stop stop = reduced_.run(trees, half);
    if (stop != Stop::schedules) return stop;
    runner_.achieved = {};
  }
  BoundedStrategy bounded;  // Complete, it is the enumeration of all interleavings.
  Search bounds(bounded, "bounded");
  Stop stop = advance(bounds, most);
  if (stop == Stop::none) {
    const bool is_small = tree_size(runner_.execution().steps()) <= small_tree;
    const std::uint64_t alone = is_small ? std::max(half, std::min(most, small_budget)) : half;
    if (is_small || estimate_fits(half, stop))
      while (stop == Stop::none) stop = advance(bounds, alone);
    // It did not fit after all.
    if (stop == Stop::schedules && report_.schedules < most) stop = Stop::none;
    if (stop == Stop::none) stop = run_side_by_side(bounds);
  }
  runner_.achieved.is_exhausted = bounded.is_exhausted();
  runner_.achieved.bound = bounded.completed_bound();
  return stop;
}

bool Explorer::estimate_fits(std::uint64_t most, Stop& stop) {
  RandomWalkStrategy walk(options_.seed);
  Search samples(walk, "random");
  RandomTreeEstimate estimate;
  while (stop == Stop::none && estimate.executions() < estimate_samples) {
    stop = advance(samples, options_.max_schedules);
    if (stop != Stop::schedules) estimate.add(runner_.execution().steps());
  }
  const bool fits = estimate.schedules() <= static_cast<double>(most);
  // Injections are not drawn like tasks, so that the estimate has a bias where there are any.
  if (!fits && !runner_.execution().injector().is_active())
    runner_.achieved.interleavings = estimate.schedules();
  return fits;
}

Stop Explorer::run_side_by_side(Search& bounds) {
  PortfolioStrategy portfolio(options_.seed);
  TouchReporter reporter(portfolio, portfolio.capabilities());
  // Repeats the production order, to measure the program.
  Search samples(reports_touches() ? static_cast<Strategy&>(reporter) : portfolio, "portfolio");
  Stop stop = Stop::none;
  while (stop == Stop::none) {
    stop = advance(bounds, options_.max_schedules);
    if (stop == Stop::none) stop = advance(samples, options_.max_schedules);
  }
  runner_.achieved.assurance = portfolio.assurance();
  return stop;
}

bool Explorer::reports_touches() const {
  return !runner_.is_fair() && ReducedExploration::obstacle(options_).empty() &&
         !ReducedExploration::may_inject(options_);
}

Stop Explorer::run_recipe() {
  const std::unique_ptr<Strategy> strategy = options_.strategy.make(options_.seed);
  if (!options_.checkpoint.empty())
    return Resumption(runner_, reduced_, options_, report_)
        .run(*strategy, options_.strategy.name());
  Search search(*strategy, options_.strategy.name());
  if (search.offered.reduction != nullptr)
    return reduced_.run(*search.offered.reduction, options_.max_schedules);
  if (!search.offered.begins_in_production_order) {
    ProductionStrategy first;
    if (const Stop stop = runner_.run(first, "production", 1);
        stop == Stop::failure || stop == Stop::skipped || stop == Stop::unfair)
      return stop;
  }
  if (search.offered.touches == nullptr || !reports_touches())
    return runner_.run(search, options_.max_schedules);
  TouchReporter reporter(*strategy, search.offered);
  return runner_.run(reporter, search.name, options_.max_schedules);
}

void Explorer::compare_await_points(Failure& failure, const Options& found_with) {
  failure.evidence.push_back(
      {options_.await_points, AwaitPointsEvidence::Answer::found, report_.schedules});
  for (const AwaitPoints points : {AwaitPoints::operations, AwaitPoints::suspending}) {
    if (points <= options_.await_points) continue;
    Options options = found_with;
    options.await_points = points;
    options.strategy = {};
    options.keep_going = true;
    options.compare_await_points = false;
    options.schedule_dir.clear();
    options.require_sometimes = false;
    options.checkpoint.clear();
    options.progress = {};
    options.max_schedules = comparison_schedules;
    options.max_time = comparison_time;
    Explorer explorer(body_, options, capture_, Racing::off);
    options.schedule_dir = options_.schedule_dir;
    const CrashGuard guard(explorer.runner_.execution(), options);
    options.schedule_dir.clear();
    const Report other = explorer.run();
    const bool found = std::any_of(
        other.failures.begin(), other.failures.end(), [&failure](const Failure& candidate) {
          return candidate.kind == failure.kind && candidate.place == failure.place;
        });
    const bool complete =
        other.completion.covers_every_interleaving() && other.completion.has_raced_timers();
    failure.evidence.push_back({points,
                                found      ? AwaitPointsEvidence::Answer::found
                                : complete ? AwaitPointsEvidence::Answer::absent
                                           : AwaitPointsEvidence::Answer::not_found,
                                other.schedules});
  }
}

}  // namespace coweave::detail
