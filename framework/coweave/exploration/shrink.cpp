#include "coweave/exploration/shrink.hpp"

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include "coweave/exploration/deadline.hpp"
#include "coweave/exploration/deviation.hpp"
#include "coweave/exploration/follow.hpp"

namespace coweave::detail {
namespace {

class Shrinker {
 public:
  Shrinker(Execution& execution, const Body& body, const ExecutionFailure& failure,
           const ShrinkOptions& options)
      : execution_(execution),
        body_(body),
        kind_(failure.kind),
        place_(failure.place),
        options_(options),
        deadline_(options.max_time) {}

  Shrunk run(const std::vector<std::uint32_t>& picks) {
    DeviationsOfPicks original(picks);
    static_cast<void>(original.begin_execution(1));
    execution_.run(body_, original);
    if (!fails_alike()) return {picks, 1, false};
    best_ = original.taken();
    keep_best(cost_of(best_.size()));
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

  [[nodiscard]] bool fails_alike() const {
    return !execution_.failures().empty() && execution_.failures().front().kind == kind_ &&
           execution_.failures().front().place == place_;
  }

  /// One execution with `wanted`. If it fails alike and is simpler, it becomes the best.
  bool is_better(std::span<const Deviation> wanted) {
    DeviationStrategy strategy(wanted);
    if (!execute(strategy)) return false;
    const Cost cost = cost_of(strategy.taken().size());
    if (cost >= cost_) return false;
    best_ = strategy.taken();
    keep_best(cost);
    return true;
  }

  /// Whether it fails alike.
  bool execute(DeviationStrategy& strategy) {
    ++executions_;
    static_cast<void>(strategy.begin_execution(1));
    execution_.run(body_, strategy);
    return fails_alike();
  }

  [[nodiscard]] Cost cost_of(std::size_t deviations) const {
    return {deviations, execution_.injections(), execution_.steps().size()};
  }

  void keep_best(const Cost& cost) {
    cost_ = cost;
    picks_ = picks_of(execution_.steps());
    failure_step_ = execution_.failures().front().step;
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

  Execution& execution_;
  const Body& body_;
  FailureKind kind_;
  const SourceLine& place_;
  const ShrinkOptions& options_;
  Deadline deadline_;
  Deviations best_;                   // As long as deviations are removed.
  Cost cost_;                         // Of the best, like the next two.
  std::vector<std::uint32_t> picks_;
  std::uint32_t failure_step_ = 0;
  std::uint64_t executions_ = 1;
  bool is_minimal_ = false;
};

/// Takes given picks at given decisions, and the production order's everywhere else; tells how many
/// alternatives each decision had.
class SparsePicks final : public Strategy {
 public:
  struct Pick {
    std::size_t decision;
    std::uint32_t alternative;
  };
  std::vector<Pick> picks;
  std::vector<std::uint32_t> alternatives;

  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    alternatives.clear();
    next_ = 0;
    return number == 1;
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return decide(static_cast<std::uint32_t>(point.size()));
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t count) override { return decide(count); }

 private:
  std::uint32_t decide(std::uint32_t count) {
    const std::size_t decision = alternatives.size();
    alternatives.push_back(count);
    if (next_ == picks.size() || picks[next_].decision != decision) return 0;
    const std::uint32_t alternative = picks[next_++].alternative;
    return alternative < count ? alternative : 0;
  }
  std::size_t next_ = 0;
};

void Shrinker::search_simpler() {
  SparsePicks strategy;
  const auto run = [&] {
    ++executions_;
    static_cast<void>(strategy.begin_execution(1));
    execution_.run(body_, strategy);
    if (!fails_alike()) return;
    const Cost cost = cost_of(strategy.picks.size());
    if (cost >= cost_) return;
    is_minimal_ = true;  // All schedules of fewer deviations have been tried.
    keep_best(cost);
  };
  // Depth first over sparse schedules of exactly `left` more deviations behind decision `from`.
  const auto search = [&](const auto& self, std::size_t from, std::size_t left) -> bool {
    if (is_spent()) return false;
    run();
    if (left == 0) return true;
    const std::vector<std::uint32_t> alternatives = strategy.alternatives;
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

Shrunk shrink(Execution& execution, const Body& body, const std::vector<std::uint32_t>& picks,
              const ExecutionFailure& failure, const ShrinkOptions& options) {
  return Shrinker(execution, body, failure, options).run(picks);
}

}  // namespace coweave::detail
