#include "coweave/strategy/bounded.hpp"

namespace coweave {
namespace {

constexpr std::uint32_t longest_run = 256;

}  // namespace

bool BoundedStrategy::begin_execution(std::uint64_t number) {
  if (is_complete_) return false;
  if (number > 1 && !advance()) return false;
  next_ = 0;
  decisions_ = 0;
  running_ = TaskId::none;
  run_length_ = 0;
  return true;
}

bool BoundedStrategy::advance() {
  if (bound_ != 0) {
    if (advance_below_parent()) return true;
    // What has nothing of this bound that can deviate once more has nothing of later ones.
    if (!keeps_ && !parent_goes_deeper_) parent().decisions = first_below(parent());
    ++parent_;
  }
  while (true) {
    if ((bound_ == 0 || parent_ == bounds_[kept_bounds_ - 1].size()) && !begin_next_bound())
      return false;
    for (; parent_ < bounds_[kept_bounds_ - 1].size(); ++parent_) {
      const std::uint32_t first = first_below(parent());
      if (first >= parent().decisions) continue;
      parent_goes_deeper_ = false;
      load_parent();
      deviations_.push_back({first, 1});
      return true;
    }
  }
}

// Below a probe come the schedules with one deviation more, after its last. Then the next task at
// the same decision; then the next decision of the schedule that was deviated from; then what comes
// after that one.
bool BoundedStrategy::advance_below_parent() {
  const std::size_t made = deviations_.size();
  if (made < bound_ && deviations_.back().decision + 1 < levels_[made].decisions) {
    deviations_.push_back({deviations_.back().decision + 1, 1});
    return true;
  }
  for (std::size_t depth = made; depth >= kept_bounds_; --depth) {
    Deviation& last = deviations_.back();
    if (++last.pick < levels_[depth].alternatives) return true;
    last.pick = 1;
    const std::uint32_t decisions =
        depth == kept_bounds_ ? parent().decisions : levels_[depth - 1].decisions;
    if (++last.decision < decisions) return true;
    deviations_.pop_back();
  }
  return false;
}

bool BoundedStrategy::begin_next_bound() {
  executed_below_ = executed_;
  if (!goes_deeper_) is_exhausted_ = true;
  if (is_exhausted_ || bound_ == options_.deviations) {
    is_complete_ = true;
    return false;
  }
  ++bound_;
  if (keeps_) kept_bounds_ = bound_;
  parent_ = 0;
  goes_deeper_ = false;
  return true;
}

void BoundedStrategy::load_parent() {
  deviations_.resize(kept_bounds_ - 1);
  std::uint32_t index = parent_;
  for (std::uint32_t bound = kept_bounds_ - 1; bound > 0; --bound) {
    const Leaf& leaf = bounds_[bound][index];
    deviations_[bound - 1] = {leaf.decision, leaf.pick};
    index = leaf.parent;
  }
}

void BoundedStrategy::keep(const Leaf& leaf) {
  if (!keeps_) return;
  if (kept_ >= options_.most_kept && bound_ != 0) {  // The schedules of this bound are too many.
    keeps_ = false;
    if (bounds_.size() > bound_) {
      kept_ -= bounds_[bound_].size();
      bounds_.pop_back();
    }
    return;
  }
  if (bounds_.size() == bound_) bounds_.emplace_back();
  bounds_[bound_].push_back(leaf);
  ++kept_;
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
  const std::size_t made = deviations_.size();
  if (next_ != made) throw Nondeterminism{};
  if (levels_.size() <= made) levels_.resize(made + 1);
  levels_[made] = {last_alternatives_, decisions_};
  if (made < bound_) return;
  ++executed_;
  const Deviation last = bound_ == 0 ? Deviation{0, 0} : deviations_.back();
  if (decisions_ <= (bound_ == 0 ? 0 : last.decision + 1)) return;
  goes_deeper_ = parent_goes_deeper_ = true;
  // Of the last bound that is all that counts.
  if (bound_ == 0 || bound_ != options_.deviations)
    keep({parent_, last.decision, last.pick, decisions_});
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

std::vector<std::uint64_t> BoundedStrategy::checkpoint() const {
  const auto both = [](std::uint32_t high, std::uint32_t low) {
    return (std::uint64_t{high} << 32U) | low;
  };
  const std::uint32_t facts =
      (keeps_ ? 1U : 0U) + (goes_deeper_ ? 2U : 0U) + (parent_goes_deeper_ ? 4U : 0U);
  std::vector<std::uint64_t> numbers{both(bound_, parent_), both(kept_bounds_, facts), executed_,
                                     executed_below_, deviations_.size()};
  for (const Deviation& deviation : deviations_)
    numbers.push_back(both(deviation.decision, deviation.pick));
  for (std::size_t depth = kept_bounds_; depth <= deviations_.size(); ++depth)
    numbers.push_back(depth < levels_.size()  // Else no execution has begun.
                          ? both(levels_[depth].alternatives, levels_[depth].decisions)
                          : 0);
  for (const std::vector<Leaf>& leaves : bounds_) {
    numbers.push_back(leaves.size());
    for (const Leaf& leaf : leaves) {
      numbers.push_back(both(leaf.parent, leaf.decision));
      numbers.push_back(both(leaf.pick, leaf.decisions));
    }
  }
  return numbers;
}

bool BoundedStrategy::restore(std::span<const std::uint64_t> numbers) {
  const auto high = [](std::uint64_t number) { return static_cast<std::uint32_t>(number >> 32U); };
  const auto low = [](std::uint64_t number) { return static_cast<std::uint32_t>(number); };
  std::size_t next = 0;
  const auto take = [&](std::uint64_t& number) {
    if (next == numbers.size()) return false;
    number = numbers[next++];
    return true;
  };
  std::uint64_t where = 0;
  std::uint64_t kept = 0;
  std::uint64_t made = 0;
  std::uint64_t number = 0;
  if (!take(where) || !take(kept) || !take(executed_) || !take(executed_below_) || !take(made))
    return false;
  bound_ = high(where);
  parent_ = low(where);
  kept_bounds_ = high(kept);
  keeps_ = (low(kept) & 1U) != 0;
  goes_deeper_ = (low(kept) & 2U) != 0;
  parent_goes_deeper_ = (low(kept) & 4U) != 0;
  if (kept_bounds_ > bound_ || (bound_ != 0 && kept_bounds_ == 0) || made < kept_bounds_ ||
      made > bound_ || (keeps_ && (kept_bounds_ != bound_ || made != bound_)))
    return false;
  deviations_.clear();
  for (std::uint64_t i = 0; i < made; ++i) {
    if (!take(number)) return false;
    deviations_.push_back({high(number), low(number)});
  }
  levels_.assign(made + 1, {});
  for (std::uint64_t depth = kept_bounds_; depth <= made; ++depth) {
    if (!take(number)) return false;
    levels_[depth] = {high(number), low(number)};
  }
  last_alternatives_ = levels_[made].alternatives;
  bounds_.clear();
  kept_ = 0;
  while (next < numbers.size()) {
    std::uint64_t count = numbers[next++];
    // Each leaf continues one of the bound before.
    const std::size_t parents = bounds_.empty() ? 1 : bounds_.back().size();
    std::vector<Leaf> leaves;
    for (; count > 0; --count) {
      std::uint64_t second = 0;
      if (!take(number) || !take(second) || high(number) >= parents) return false;
      leaves.push_back({high(number), low(number), high(second), low(second)});
    }
    kept_ += leaves.size();
    bounds_.push_back(std::move(leaves));
  }
  return bounds_.size() >= kept_bounds_ && bounds_.size() <= std::size_t{kept_bounds_} + 1 &&
         (kept_bounds_ == 0 || parent_ < bounds_[kept_bounds_ - 1].size());
}

Capabilities BoundedStrategy::capabilities() {
  Capabilities offered = capabilities_of(*this);
  offered.begins_in_production_order = options_.base == BaseOrder::production;
  return offered;
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
