#include "coweave/replay/fairness.hpp"

#include "coweave/replay/fair.hpp"

namespace coweave::detail {
void PassedOver::begin_execution() {
  ready_since_.clear();
  picks_ = 0;
  counted_ = 0;
}

PassedOver::Longest PassedOver::look(const SchedulingPoint& point) {
  const std::span<const Step> history = point.history();
  for (; counted_ < history.size(); ++counted_) {
    const Step& step = history[counted_];
    if (step.is_choice()) continue;
    ++picks_;
    if (step.is_step() && index_of(step.task) < ready_since_.size())
      ready_since_[index_of(step.task)] = not_ready;
  }
  Longest longest;
  for (std::size_t i = 0; i < point.size() - point.injections(); ++i) {
    const std::size_t task = index_of(point[i].id);
    if (task >= ready_since_.size()) ready_since_.resize(task + 1, not_ready);
    if (ready_since_[task] == not_ready) ready_since_[task] = picks_;
    if (const std::size_t times = picks_ - ready_since_[task]; times > longest.times)
      longest = {i, times};
  }
  return longest;
}

FairBound& FairBound::around(Strategy& strategy) {
  strategy_ = &strategy;
  passed_over_.begin_execution();
  return *this;
}

bool FairBound::begin_execution(std::uint64_t number) {
  passed_over_.begin_execution();
  return strategy_->begin_execution(number);
}

std::size_t FairBound::pick(const SchedulingPoint& point) {
  const PassedOver::Longest longest = passed_over_.look(point);
  const std::size_t ready = point.size() - point.injections();
  if (longest.times >= fair_limit(bound_, ready)) return longest.position;
  return strategy_->pick(point);
}

std::uint32_t FairBound::choose(std::uint32_t alternatives) {
  return strategy_->choose(alternatives);
}

bool FairnessCheck::begin_execution(std::uint64_t number) {
  passed_over_.begin_execution();
  first_unfair_.reset();
  return follow_.begin_execution(number);
}

std::size_t FairnessCheck::pick(const SchedulingPoint& point) {
  const std::size_t pick = follow_.pick(point);
  if (first_unfair_) return pick;
  const PassedOver::Longest longest = passed_over_.look(point);
  const std::size_t ready = point.size() - point.injections();
  if (longest.times >= fair_limit(bound_, ready) && pick != longest.position)
    first_unfair_ = point.history().size();
  return pick;
}

bool is_fair(Execution& execution, const Body& body, std::span<const std::uint32_t> picks,
             std::uint32_t bound) {
  FairnessCheck check(picks, bound);
  static_cast<void>(check.begin_execution(1));
  execution.run(body, check);
  return !check.first_unfair();
}

bool ends_if_fair(Execution& execution, const Body& body, std::uint32_t bound) {
  const std::vector<std::uint32_t> picks = picks_of(execution.steps());
  FairnessCheck check(picks, bound);
  static_cast<void>(check.begin_execution(1));
  execution.run(body, check);
  if (!check.first_unfair()) return false;
  FairStrategy fair(picks, *check.first_unfair());
  static_cast<void>(fair.begin_execution(1));
  execution.run(body, fair);
  return execution.failures().empty();
}

}  // namespace coweave::detail
