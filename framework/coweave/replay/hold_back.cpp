#include "coweave/replay/hold_back.hpp"

namespace coweave::detail {

bool HoldBackStrategy::begin_execution(std::uint64_t number) {
  done_ = 0;
  has_left_ = false;
  held_.reset();
  until_.reset();
  steps_.clear();
  counted_ = 0;
  return number == 1;
}

std::uint32_t HoldBackStrategy::steps_of(const std::optional<TaskId>& task) const {
  return task && index_of(*task) < steps_.size() ? steps_[index_of(*task)] : 0;
}

std::size_t HoldBackStrategy::pick(const SchedulingPoint& point) {
  const std::span<const Step> history = point.history();
  for (; counted_ < history.size(); ++counted_) {
    if (!history[counted_].is_step()) continue;
    const std::uint32_t task = index_of(history[counted_].task);
    if (task >= steps_.size()) steps_.resize(task + 1, 0);
    ++steps_[task];
  }
  const std::size_t ready = point.size() - point.injections();
  for (std::size_t i = 0; i < ready; ++i) {
    if (point[i].key == order_.held) held_ = point[i].id;
    if (point[i].key == order_.until) until_ = point[i].id;
  }
  const std::size_t recorded = next(point.size());
  const auto is_held = [&](std::size_t position) {
    return position < ready && point[position].key == order_.held &&
           steps_of(held_) == order_.held_after && steps_of(until_) < order_.steps;
  };
  if (!is_held(recorded)) return recorded;
  has_left_ = true;
  for (std::size_t i = 0; i < ready; ++i)
    if (!is_held(i)) return i;
  return recorded;
}

std::uint32_t HoldBackStrategy::choose(std::uint32_t alternatives) { return next(alternatives); }

std::uint32_t HoldBackStrategy::next(std::size_t alternatives) {
  if (has_left_ || done_ == picks_.size() || picks_[done_] >= alternatives) return 0;
  return picks_[done_++];
}

bool HoldBackStrategy::has_order(std::span<const Step> steps) const {
  if (!held_ || !until_) return false;
  std::uint32_t made = 0;
  std::uint32_t made_first = 0;
  for (const Step& step : steps) {
    if (!step.is_step()) continue;
    if (step.task == *until_) ++made_first;
    if (step.task == *held_ && made++ == order_.held_after) return made_first >= order_.steps;
  }
  return made_first >= order_.steps;  // It has not come to that step at all.
}

}  // namespace coweave::detail
