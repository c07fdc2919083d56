#include "coweave/strategy/bounded.hpp"

namespace coweave {
namespace {

constexpr std::uint32_t longest_run = 256;

}  // namespace

bool BoundedStrategy::begin_execution(std::uint64_t number) {
  if (is_complete_) return false;
  if (number > 1 && !advance()) return false;
  if (bounds_.size() == bound_) bounds_.emplace_back();
  next_ = 0;
  decisions_ = 0;
  running_ = TaskId::none;
  run_length_ = 0;
  return true;
}

bool BoundedStrategy::advance() {
  if (bound_ != 0) {
    // The next task at the same decision; then the next decision of the same parent; then the next
    // parent that has decisions left after its own last deviation.
    if (++deviations_.back().pick < last_alternatives_) return true;
    deviations_.back().pick = 1;
    if (++deviations_.back().decision < bounds_[bound_ - 1][parent_].decisions) return true;
    ++parent_;
  }
  while (true) {
    if (bound_ == 0 || parent_ == bounds_[bound_ - 1].size()) {
      executed_below_ = executed_;
      if (bounds_[bound_].empty()) is_exhausted_ = true;
      if (is_exhausted_ || bound_ == options_.deviations) {
        is_complete_ = true;
        return false;
      }
      ++bound_;
      parent_ = 0;
    }
    for (; parent_ < bounds_[bound_ - 1].size(); ++parent_) {
      const Leaf& leaf = bounds_[bound_ - 1][parent_];
      const std::uint32_t first = bound_ == 1 ? 0 : leaf.decision + 1;
      if (first >= leaf.decisions) continue;
      load_parent();
      deviations_.push_back({first, 1});
      return true;
    }
    if (bounds_.size() == bound_) bounds_.emplace_back();
  }
}

void BoundedStrategy::load_parent() {
  deviations_.resize(bound_ - 1);
  std::uint32_t index = parent_;
  for (std::uint32_t bound = bound_ - 1; bound > 0; --bound) {
    const Leaf& leaf = bounds_[bound][index];
    deviations_[bound - 1] = {leaf.decision, leaf.pick};
    index = leaf.parent;
  }
}

std::size_t BoundedStrategy::pick(const SchedulingPoint& point) {
  const std::uint32_t rank = decide(static_cast<std::uint32_t>(point.size()));
  return options_.base == BaseOrder::production ? rank : position_of(rank, point);
}

std::size_t BoundedStrategy::position_of(std::size_t rank, const SchedulingPoint& point) {
  const TaskId last = point.last();
  run_length_ = last == running_ ? run_length_ + 1 : 0;
  running_ = last;
  if (run_length_ >= longest_run) {
    run_length_ = 0;
    return rank;
  }
  std::size_t own = 0;
  while (own < point.size() && point[own].id != last) ++own;
  if (own == point.size()) return rank;
  if (rank == 0) return own;
  return rank <= own ? rank - 1 : rank;
}

void BoundedStrategy::end_execution(std::span<const Step> /*steps*/) {
  if (next_ != deviations_.size()) throw Nondeterminism{};
  ++executed_;
  if (bound_ == options_.deviations && bound_ != 0) {
    // The last bound: whether it has a schedule that could deviate once more is all that counts.
    if (decisions_ > deviations_.back().decision + 1) bounds_[bound_].resize(1);
    return;
  }
  if (bound_ == 0) {
    if (decisions_ != 0) bounds_[0].push_back({0, 0, 0, decisions_});
  } else if (const Deviation last = deviations_.back(); decisions_ > last.decision + 1) {
    bounds_[bound_].push_back({parent_, last.decision, last.pick, decisions_});
  }
}

std::optional<CompletedBound> BoundedStrategy::completed_bound() const {
  if (executed_ == 0) return std::nullopt;
  const bool is_base_alone = executed_below_ == 0;  // Nobody has asked yet what comes after it.
  return CompletedBound{is_complete_ || is_base_alone ? bound_ : bound_ - 1,
                        is_base_alone ? 1 : executed_below_,
                        options_.deviations == BoundedOptions::unlimited,
                        options_.base == BaseOrder::production ? "production order"
                                                               : "running each task to completion"};
}

std::vector<std::uint64_t> BoundedStrategy::position() const {
  const auto both = [](std::uint32_t high, std::uint32_t low) {
    return (std::uint64_t{high} << 32U) | low;
  };
  std::vector<std::uint64_t> numbers{both(bound_, parent_), last_alternatives_, executed_,
                                     executed_below_};
  for (const Deviation& deviation : deviations_)  // As many as the bound.
    numbers.push_back(both(deviation.decision, deviation.pick));
  for (const std::vector<Leaf>& leaves : bounds_) {
    numbers.push_back(leaves.size());
    for (const Leaf& leaf : leaves) {
      numbers.push_back(both(leaf.parent, leaf.decision));
      numbers.push_back(both(leaf.pick, leaf.decisions));
    }
  }
  return numbers;
}

bool BoundedStrategy::go_on_from(std::span<const std::uint64_t> position) {
  const auto high = [](std::uint64_t number) { return static_cast<std::uint32_t>(number >> 32U); };
  const auto low = [](std::uint64_t number) { return static_cast<std::uint32_t>(number); };
  std::size_t next = 0;
  const auto take = [&](std::uint64_t& number) {
    if (next == position.size()) return false;
    number = position[next++];
    return true;
  };
  std::uint64_t where = 0;
  std::uint64_t alternatives = 0;
  std::uint64_t number = 0;
  if (!take(where) || !take(alternatives) || !take(executed_) || !take(executed_below_))
    return false;
  bound_ = high(where);
  parent_ = low(where);
  last_alternatives_ = low(alternatives);
  deviations_.clear();
  for (std::uint32_t i = 0; i < bound_; ++i) {
    if (!take(number)) return false;
    deviations_.push_back({high(number), low(number)});
  }
  bounds_.clear();
  while (next < position.size()) {
    std::uint64_t count = position[next++];
    // Each leaf continues one of the bound before.
    const std::size_t parents = bounds_.empty() ? 1 : bounds_.back().size();
    std::vector<Leaf> leaves;
    for (; count > 0; --count) {
      std::uint64_t second = 0;
      if (!take(number) || !take(second) || high(number) >= parents) return false;
      leaves.push_back({high(number), low(number), high(second), low(second)});
    }
    bounds_.push_back(std::move(leaves));
  }
  return bounds_.size() == std::size_t{bound_} + 1 &&
         (bound_ == 0 || parent_ < bounds_[bound_ - 1].size());
}

StrategyRecipe bounded(BoundedOptions options) {
  std::string name = "bounded";
  char separator = ':';
  if (options.deviations != BoundedOptions::unlimited) {
    name += separator + ("deviations=" + std::to_string(options.deviations));
    separator = ',';
  }
  if (options.base == BaseOrder::run_to_completion)
    name += separator + std::string("base=completion");
  return {std::move(name),
          [options](std::uint64_t) { return std::make_unique<BoundedStrategy>(options); }};
}

}  // namespace coweave
