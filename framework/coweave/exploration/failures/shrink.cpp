#include "coweave/exploration/failures/shrink.hpp"

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include "coweave/exploration/deadline.hpp"
#include "coweave/replay/deviation.hpp"
#include "coweave/replay/fairness.hpp"
#include "coweave/replay/follow.hpp"

namespace coweave::detail {
namespace {

class Shrinker {
 public:
  Shrinker(Trials& trials, const ShrinkOptions& options)
      : trials_(trials), options_(options), deadline_(options.max_time) {}

  Shrunk run(const std::vector<std::uint32_t>& picks) {
    DeviationsOfPicks original(picks);
    Trial first = trials_.run(original);
    if (!first.fails_alike) return {picks, 1, false};
    best_ = std::move(first.taken);
    keep_best(first, cost_of(first, best_.size()));
    drop_what_follows_the_failure();
    remove_chunks();
    remove_one_by_one();
    search_simpler();
    return {std::move(picks_), executions_, is_minimal_};
  }

 private:
  /// Deviations, injections, steps: fewer of the first that differs is simpler.
  using Cost = std::tuple<std::size_t, std::uint32_t, std::size_t>;

  [[nodiscard]] bool is_spent() {
    return executions_ >= options_.max_executions || deadline_.is_over();
  }

  /// One execution with `wanted`. If it fails alike and is simpler, it becomes the best.
  bool is_better(std::span<const Deviation> wanted) {
    DeviationStrategy strategy(wanted);
    ++executions_;
    Trial trial = trials_.run(strategy);
    const Cost cost = cost_of(trial, trial.taken.size());
    if (!trial.fails_alike || cost >= cost_) return false;
    best_ = std::move(trial.taken);
    keep_best(trial, cost);
    return true;
  }

  [[nodiscard]] static Cost cost_of(const Trial& trial, std::size_t deviations) {
    return {deviations, trial.injections, trial.steps};
  }

  void keep_best(Trial& trial, const Cost& cost) {
    cost_ = cost;
    picks_ = std::move(trial.picks);
    failure_step_ = trial.failure_step;
  }

  void drop_what_follows_the_failure() {
    Deviations before;
    for (const Deviation& deviation : best_)
      if (deviation.decision <= failure_step_) before.push_back(deviation);
    if (before.size() < best_.size()) static_cast<void>(is_better(before));
  }

  /// Delta debugging: halves, quarters, ... down to pairs.
  void remove_chunks() {
    for (std::size_t size = best_.size() / 2; size > 1 && !is_spent();) {
      bool any = false;
      for (std::size_t from = 0; from < best_.size() && !is_spent();) {
        if (!is_better(without(from, size))) {
          from += size;
        } else {
          any = true;
        }
      }
      size = any ? std::min(size, best_.size() / 2) : size / 2;
    }
  }

  /// Until no single one can be left out.
  void remove_one_by_one() {
    bool any = true;
    while (any) {
      any = false;
      for (std::size_t i = 0; i < best_.size(); ++i) {
        if (is_spent()) return;
        if (!is_better(without(i, 1))) continue;
        any = true;
        --i;
      }
    }
    is_minimal_ = true;
  }

  [[nodiscard]] Deviations without(std::size_t from, std::size_t size) const {
    Deviations rest = best_;
    const auto first = rest.begin() + static_cast<std::ptrdiff_t>(from);
    rest.erase(first, first + static_cast<std::ptrdiff_t>(std::min(size, rest.size() - from)));
    return rest;
  }

  /// Every schedule of 0, 1, 2, ... deviations, up to as many as the best has.
  void search_simpler();

  Trials& trials_;
  const ShrinkOptions& options_;
  Deadline deadline_;
  Deviations best_;  // As long as deviations are removed.
  Cost cost_;        // Of the best, like the next two.
  std::vector<std::uint32_t> picks_;
  std::uint32_t failure_step_ = 0;
  std::uint64_t executions_ = 1;
  bool is_minimal_ = false;
};

/// Takes given picks at given decisions, and the production order's everywhere else.
class SparsePicks final : public Candidate {
 public:
  struct Pick {
    std::size_t decision;
    std::uint32_t alternative;
  };
  std::vector<Pick> picks;

  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    decision_ = next_ = 0;
    return number == 1;
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return decide(static_cast<std::uint32_t>(point.size()));
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t count) override { return decide(count); }
  [[nodiscard]] const Deviations& taken() const override { return none_; }

 private:
  std::uint32_t decide(std::uint32_t count) {
    const std::size_t decision = decision_++;
    if (next_ == picks.size() || picks[next_].decision != decision) return 0;
    const std::uint32_t alternative = picks[next_++].alternative;
    return alternative < count ? alternative : 0;
  }
  std::size_t decision_ = 0;
  std::size_t next_ = 0;
  Deviations none_;
};

void Shrinker::search_simpler() {
  SparsePicks strategy;
  // Gives the alternatives of each decision.
  const auto run = [&] {
    ++executions_;
    Trial trial = trials_.run(strategy);
    const Cost cost = cost_of(trial, strategy.picks.size());
    if (trial.fails_alike && cost < cost_) {
      is_minimal_ = true;  // All schedules of fewer deviations have been tried.
      keep_best(trial, cost);
    }
    return std::move(trial.alternatives);
  };
  // Depth first over sparse schedules of exactly `left` more deviations behind decision `from`.
  const auto search = [&](const auto& self, std::size_t from, std::size_t left) -> bool {
    if (is_spent()) return false;
    const std::vector<std::uint32_t> alternatives = run();
    if (left == 0) return true;
    for (std::size_t decision = from; decision < alternatives.size(); ++decision) {
      for (std::uint32_t other = 1; other < alternatives[decision]; ++other) {
        strategy.picks.push_back({decision, other});
        const bool goes_on = self(self, decision + 1, left - 1);
        strategy.picks.pop_back();
        if (!goes_on) return false;
      }
    }
    return true;
  };
  for (std::size_t deviations = 0; deviations <= std::get<0>(cost_); ++deviations) {
    strategy.picks.clear();
    if (!search(search, 0, deviations)) return;
  }
}

}  // namespace

Trial OwnTrials::run(Candidate& candidate) {
  static_cast<void>(candidate.begin_execution(1));
  execution_.run(body_, candidate);
  Trial trial;
  trial.injections = execution_.injections();
  trial.steps = execution_.steps().size();
  for (const Step& step : execution_.steps())
    if (step.alternatives > 1) trial.alternatives.push_back(step.alternatives);
  trial.taken = candidate.taken();
  if (execution_.failures().empty()) return trial;
  const ExecutionFailure& found = execution_.failures().front();
  trial.fails_alike = found.kind == failure_.kind && found.place == failure_.place;
  trial.failure_step = found.step;
  if (!trial.fails_alike) return trial;
  trial.picks = picks_of(execution_.steps());
  if (failure_.kind == FailureKind::livelock && fairness_ != 0)
    trial.fails_alike = is_fair(execution_, body_, trial.picks, fairness_);
  return trial;
}

Shrunk shrink(Trials& trials, const std::vector<std::uint32_t>& picks,
              const ShrinkOptions& options) {
  return Shrinker(trials, options).run(picks);
}

}  // namespace coweave::detail
