#include "coweave/exploration/failures/last_chance.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "coweave/core/rng.hpp"
#include "coweave/exploration/deadline.hpp"
#include "coweave/replay/follow.hpp"

namespace coweave::detail {
namespace {

/// Every execution but a failing one, those first that have the longest beginning in common with
/// it; of those that part at one decision, depth first, the production order first.
class BackwardEnumeration final : public Strategy {
 public:
  explicit BackwardEnumeration(const FailingExecution& failing) : kept_(failing.decisions) {
    for (std::size_t i = 0; i < failing.decisions; ++i) {
      recorded_.push_back(failing.picks[i]);
      path_.push_back({failing.picks[i], failing.alternatives[i]});
    }
  }

  /// Moves on to the next execution; false after the last one.
  [[nodiscard]] bool begin_execution(std::uint64_t /*number*/) override {
    next_ = 0;
    while (path_.size() > kept_) {
      if (advance(path_.back(), path_.size() == kept_ + 1)) return true;
      path_.pop_back();
    }
    // All orders that part behind decision kept_ - 1 are done. Decisions have two alternatives.
    if (kept_ == 0) return false;
    --kept_;
    path_.back().pick = recorded_[kept_] == 0 ? 1 : 0;
    return true;
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return decide(static_cast<std::uint32_t>(point.size()));
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return decide(alternatives);
  }

  /// The decision at which the execution parts from the failing one.
  [[nodiscard]] std::size_t parts_at() const { return kept_; }
  /// Whether the last execution had the decisions that it should repeat.
  [[nodiscard]] bool has_followed() const { return !has_left_ && next_ >= path_.size(); }

 private:
  struct Branch {
    std::uint32_t pick;
    std::uint32_t alternatives;
  };

  [[nodiscard]] bool advance(Branch& branch, bool is_parting) const {
    ++branch.pick;
    if (is_parting && branch.pick == recorded_[kept_]) ++branch.pick;
    return branch.pick < branch.alternatives;
  }

  std::uint32_t decide(std::uint32_t alternatives) {
    if (next_ == path_.size()) path_.push_back({0, alternatives});
    const Branch& branch = path_[next_++];
    if (branch.alternatives == alternatives) return branch.pick;
    has_left_ = true;
    return 0;
  }

  std::vector<std::uint32_t> recorded_;  // The failing picks.
  std::vector<Branch> path_;             // The decisions of the execution.
  std::size_t kept_;                     // The first of them that are those of the failing one.
  std::size_t next_ = 0;
  bool has_left_ = false;
};

/// How an execution goes on behind the decision at which it parts from the failing one.
enum class Continuation : std::uint8_t { hold_back, newest_first, longest_wait_first, random };
constexpr std::array continuations{Continuation::hold_back, Continuation::newest_first,
                                   Continuation::longest_wait_first, Continuation::random,
                                   Continuation::random};

class ContinuedStrategy final : public Strategy {
 public:
  /// `failing_task`: key of the task to hold back.
  ContinuedStrategy(std::vector<std::uint32_t> picks, Continuation continuation,
                    std::uint64_t failing_task, std::uint64_t seed)
      : picks_(std::move(picks)), goes_on_(continuation), failing_task_(failing_task), rng_(seed) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override { return number == 1; }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    if (done_ < picks_.size()) return next(static_cast<std::uint32_t>(point.size()));
    const std::size_t ready = point.size() - point.injections();
    if (ready == 0) return 0;
    switch (goes_on_) {
      case Continuation::hold_back:
        for (std::size_t i = 0; i < ready; ++i)
          if (point[i].key != failing_task_) return i;
        return 0;
      case Continuation::newest_first:
        return ready - 1;
      case Continuation::longest_wait_first:
        return longest_waiting(point, ready);
      case Continuation::random:
        return rng_.below(static_cast<std::uint32_t>(ready));
    }
    return 0;
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    if (done_ < picks_.size()) return next(alternatives);
    return goes_on_ == Continuation::random ? rng_.below(alternatives) : 0;
  }

 private:
  std::uint32_t next(std::uint32_t alternatives) {
    const std::uint32_t pick = picks_[done_++];
    return pick < alternatives ? pick : 0;
  }

  /// O(steps): such an execution is one of a few.
  [[nodiscard]] static std::size_t longest_waiting(const SchedulingPoint& point,
                                                   std::size_t ready) {
    const std::span<const Step> history = point.history();
    const auto last_run = [&](TaskId task) -> std::size_t {
      for (std::size_t i = history.size(); i > 0; --i)
        if (history[i - 1].is_step() && history[i - 1].task == task) return i;
      return 0;
    };
    std::size_t longest = 0;
    std::size_t least = last_run(point[0].id);
    for (std::size_t i = 1; i < ready; ++i) {
      const std::size_t run = last_run(point[i].id);
      if (run >= least) continue;
      longest = i;
      least = run;
    }
    return longest;
  }

  std::vector<std::uint32_t> picks_;
  Continuation goes_on_;
  std::uint64_t failing_task_;
  Rng rng_;
  std::size_t done_ = 0;
};

class LastChanceSearch {
 public:
  LastChanceSearch(Execution& execution, const Body& body, const FailingExecution& failing,
                   const ShrinkOptions& limits)
      : execution_(execution),
        body_(body),
        failing_(failing),
        limits_(limits),
        failing_from_(failing.decisions, 0) {}

  LastChance run() {
    scan_production_order();
    const std::size_t open = enumerate();
    if (!result_.is_complete) try_continuations(open);
    for (std::size_t decision = first_later(); decision < failing_.decisions; ++decision)
      result_.failing += failing_from_[decision];
    return std::move(result_);
  }

 private:
  /// A part of what may be spent.
  class Share {
   public:
    Share(const ShrinkOptions& limits, std::uint64_t divisor)
        : left_(limits.max_executions / divisor),
          deadline_(limits.max_time / static_cast<std::int64_t>(divisor)) {}
    /// Before every execution: whether there may be one more.
    [[nodiscard]] bool take() {
      if (left_ == 0 || deadline_.is_over()) return false;
      --left_;
      return true;
    }

   private:
    std::uint64_t left_;
    Deadline deadline_;
  };

  [[nodiscard]] bool passes(Strategy& strategy) {
    execution_.run(body_, strategy);
    return execution_.failures().empty() ||
           (failing_.is_accepted != nullptr && failing_.is_accepted(execution_));
  }

  void keep(std::size_t decision) { result_.passing = {decision, picks_of(execution_.steps())}; }

  /// The first decision that is later than the one at which an order is known to pass.
  [[nodiscard]] std::size_t first_later() const {
    return result_.passing ? result_.passing->decision + 1 : 0;
  }

  [[nodiscard]] std::vector<std::uint32_t> picks_until(std::size_t decision,
                                                       std::uint32_t other) const {
    const auto recorded = failing_.picks.first(decision);
    std::vector<std::uint32_t> picks(recorded.begin(), recorded.end());
    picks.push_back(other);
    return picks;
  }

  /// Calls `attempt` for each other alternative of a decision, until one passes; false if none
  /// does or nothing more may be spent.
  template <class Attempt>
  [[nodiscard]] bool any_other(std::size_t decision, Attempt attempt) const {
    for (std::uint32_t other = 0; other < failing_.alternatives[decision]; ++other)
      if (other != failing_.picks[decision] && attempt(other)) return true;
    return false;
  }

  [[nodiscard]] bool passes_in_production_order(std::size_t decision, Share& share) {
    return any_other(decision, [&](std::uint32_t other) {
      if (!share.take()) return false;
      FollowStrategy follow(picks_until(decision, other));
      if (!passes(follow)) return false;
      keep(decision);
      return true;
    });
  }

  /// From the last decision backwards; where there are many, in growing strides, and then between
  /// the last two again.
  void scan_production_order() {
    constexpr std::size_t one_by_one = 200;
    Share share(limits_, 4);
    std::size_t end = failing_.decisions;
    std::size_t stride = 1;
    std::size_t seen = 0;
    while (end > 0) {
      stride = seen < one_by_one ? 1 : std::min(2 * stride, end);
      if (passes_in_production_order(end - stride, share)) break;
      end -= stride;
      seen += stride;
    }
    if (!result_.passing) return;
    std::size_t low = result_.passing->decision;
    while (low + 1 < end) {
      const std::size_t middle = low + (end - low) / 2;
      (passes_in_production_order(middle, share) ? low : end) = middle;
    }
  }

  /// All orders that part later than what is known to pass. Returns the first decision of those
  /// for which not all could be executed.
  std::size_t enumerate() {
    Share share(limits_, 2);
    const std::size_t known = first_later();
    BackwardEnumeration enumeration(failing_);
    while (enumeration.begin_execution(1)) {
      const std::size_t decision = enumeration.parts_at();
      if (decision < known) break;
      if (!share.take()) return decision + 1;
      const bool has_passed = passes(enumeration);
      if (!enumeration.has_followed()) return failing_.decisions;
      if (has_passed) {
        keep(decision);
        break;
      }
      ++failing_from_[decision];
    }
    result_.is_complete = true;
    return known;
  }

  /// Some orders of each decision before `end` that is later than what is known to pass.
  void try_continuations(std::size_t end) {
    Share share(limits_, 4);
    const std::uint64_t key =
        failing_.failing_task.empty() ? 0 : key_of_path(failing_.failing_task);
    const std::size_t known = first_later();
    for (std::size_t decision = end; decision-- > known;) {
      const bool found = any_other(decision, [&](std::uint32_t other) {
        for (std::size_t i = 0; i < continuations.size(); ++i) {
          if (!share.take()) return false;
          ContinuedStrategy strategy(picks_until(decision, other), continuations[i], key,
                                     execution_seed(decision, other + i));
          if (passes(strategy)) return true;
          ++failing_from_[decision];
        }
        return false;
      });
      if (!found) continue;
      keep(decision);
      return;
    }
  }

  Execution& execution_;
  const Body& body_;
  const FailingExecution& failing_;
  const ShrinkOptions& limits_;
  std::vector<std::uint64_t> failing_from_;  // Executions by the decision at which they part.
  LastChance result_;
};

}  // namespace

LastChance find_last_chance(Execution& execution, const Body& body, const FailingExecution& failing,
                            const ShrinkOptions& limits) {
  return LastChanceSearch(execution, body, failing, limits).run();
}

}  // namespace coweave::detail
