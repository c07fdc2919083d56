#include "coweave/strategy/pct.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "coweave/core/error.hpp"

namespace coweave {
namespace {

constexpr std::uint32_t deepest = 1'000;
constexpr std::uint64_t initial = std::uint64_t{1}
                                  << 63U;  // Above all priorities of change points.

void check_depth(std::uint32_t depth) {
  if (depth == 0 || depth > deepest)
    throw Error("pct: expected a depth from 1 to " + std::to_string(deepest) + ", found " +
                std::to_string(depth));
}

}  // namespace

PctStrategy::PctStrategy(std::uint64_t seed, Options options,
                         std::shared_ptr<detail::ProgramProfile> shared)
    : RandomizedStrategy(seed, std::move(shared)), options_(options) {
  check_depth(options.depth);
}

void PctStrategy::begin(std::uint64_t /*number*/) {
  const std::uint64_t known = profile().decisions();
  if (known != known_decisions_ || profile().values() != known_values_) counted_ = 0;
  known_decisions_ = known;
  known_values_ = profile().values();
  limit_ = 4 * known + 256;
  decisions_ = 0;
  next_change_ = 0;
  arrived_ = 0;
  changes_.clear();
  // Distinct decisions, and the priorities 0, 1, ... in the order of the draws: any of the points
  // may be the one that lowers most, as the proof of the guarantee needs it.
  const std::uint64_t points = std::min<std::uint64_t>(options_.depth - 1, known);
  while (changes_.size() < points) {
    const std::uint64_t decision = 1 + rng().below(static_cast<std::uint32_t>(known));
    const bool is_taken =
        std::any_of(changes_.begin(), changes_.end(),
                    [decision](const ChangePoint& change) { return change.decision == decision; });
    if (!is_taken) changes_.push_back({decision, changes_.size()});
  }
  std::sort(changes_.begin(), changes_.end(),
            [](const ChangePoint& a, const ChangePoint& b) { return a.decision < b.decision; });
}

std::size_t PctStrategy::highest(const SchedulingPoint& point) const {
  std::size_t best = 0;
  for (std::size_t i = 1; i < point.size(); ++i)
    if (priorities_[profile().number_at(i)] > priorities_[profile().number_at(best)]) best = i;
  return best;
}

std::size_t PctStrategy::next(const SchedulingPoint& point) {
  // Independent priorities order the tasks like insertion at a uniform position.
  const auto arrivals = profile().arrivals();
  priorities_.resize(std::max(priorities_.size(), profile().known_tasks()));
  for (; arrived_ < arrivals.size(); ++arrived_)
    priorities_[arrivals[arrived_].task] = initial | rng().next();

  if (++decisions_ > limit_) [[unlikely]] {
    profile().do_not_count_decisions();
    return rng().below(static_cast<std::uint32_t>(point.size()));
  }
  const std::size_t best = highest(point);
  if (next_change_ == changes_.size() || changes_[next_change_].decision != decisions_) return best;
  priorities_[profile().number_at(best)] = changes_[next_change_++].priority;
  return highest(point);
}

void PctStrategy::end() { ++counted_; }

double PctStrategy::miss_probability() const {
  const auto n = static_cast<double>(profile().tasks());
  const auto k = static_cast<double>(profile().decisions());
  const double values = profile().values();
  if (counted_ == 0 || !guarantee_holds() || profile().decisions() != known_decisions_ ||
      values != known_values_)
    return 1;
  // 1 only for a program of one task and no choice, which has one execution.
  const double hit = std::min(1 / (n * std::pow(k, options_.depth - 1) * values), 1.0);
  const double miss = hit >= 1 ? 0 : std::exp(static_cast<double>(counted_) * std::log1p(-hit));
  return std::max(miss, std::numeric_limits<double>::min());  // Never certain.
}

std::optional<Assurance> PctStrategy::assurance() const {
  if (!guarantee_holds()) return std::nullopt;
  Assurance assurance;
  assurance.depth = {options_.depth, miss_probability(), profile().tasks(), profile().decisions(),
                     profile().values()};
  return assurance;
}

StrategyRecipe pct(PctOptions options) {
  check_depth(options.depth);
  return {"pct:depth=" + std::to_string(options.depth),
          [options](std::uint64_t seed) { return std::make_unique<PctStrategy>(seed, options); }};
}

}  // namespace coweave
