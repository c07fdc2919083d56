#include "coweave/replay/deviation.hpp"

namespace coweave::detail {
namespace {

OperationKind injection_of(const ReadyTask& entry) {
  const OperationKind kind = entry.resumes_from.kind;
  return is_injection(kind) ? kind : OperationKind::start;
}

}  // namespace

bool DeviationStrategy::begin_execution(std::uint64_t number) {
  is_done_.assign(wanted_.size(), false);
  taken_.clear();
  steps_.clear();
  counted_ = 0;
  choices_ = 0;
  return number == 1;
}

Deviation::Anchor DeviationStrategy::anchor_at(const SchedulingPoint& point) {
  const std::span<const Step> history = point.history();
  for (; counted_ < history.size(); ++counted_) {
    const Step& step = history[counted_];
    if (!step.is_step()) continue;
    const std::uint32_t task = index_of(step.task);
    if (task >= steps_.size()) steps_.resize(task + 1, 0);
    ++steps_[task];
  }
  const std::uint32_t head = index_of(point[0].id);
  return {point[0].key, head < steps_.size() ? steps_[head] : 0, false};
}

void DeviationStrategy::note(const SchedulingPoint& point, const Deviation::Anchor& anchor,
                             std::size_t position) {
  if (position == 0) return;
  taken_.push_back({anchor, point[position].key, injection_of(point[position]), 0,
                    static_cast<std::uint32_t>(point.history().size())});
}

std::size_t DeviationStrategy::pick(const SchedulingPoint& point) {
  const Deviation::Anchor anchor = anchor_at(point);
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const Deviation& deviation = wanted_[i];
    if (is_done_[i] || deviation.at != anchor) continue;
    is_done_[i] = true;
    for (std::size_t position = 1; position < point.size(); ++position) {
      if (point[position].key != deviation.task ||
          injection_of(point[position]) != deviation.operation)
        continue;
      note(point, anchor, position);
      return position;
    }
  }
  return 0;
}

std::uint32_t DeviationStrategy::choose(std::uint32_t alternatives) {
  const Deviation::Anchor anchor{0, choices_++, true};
  for (const Deviation& deviation : wanted_) {
    if (deviation.at != anchor || deviation.value >= alternatives) continue;
    taken_.push_back(deviation);
    return deviation.value;
  }
  return 0;
}

bool DeviationsOfPicks::begin_execution(std::uint64_t number) {
  done_ = 0;
  return notes_.begin_execution(number);
}

std::size_t DeviationsOfPicks::pick(const SchedulingPoint& point) {
  const std::size_t position = next(point.size());
  notes_.note(point, notes_.anchor_at(point), position);
  return position;
}

std::uint32_t DeviationsOfPicks::choose(std::uint32_t alternatives) {
  const std::uint32_t value = next(alternatives);
  const Deviation::Anchor anchor{0, notes_.choices_++, true};
  if (value != 0) notes_.taken_.push_back({anchor, 0, OperationKind::choose, value, 0});
  return value;
}

std::uint32_t DeviationsOfPicks::next(std::size_t alternatives) {
  if (done_ == picks_.size() || picks_[done_] >= alternatives) return 0;
  return picks_[done_++];
}

}  // namespace coweave::detail
