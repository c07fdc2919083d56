#include "coweave/replay/fair.hpp"

namespace coweave::detail {

bool FairStrategy::begin_execution(std::uint64_t number) {
  done_ = 0;
  is_fair_ = false;
  last_run_.clear();
  counted_ = 0;
  return number == 1;
}

std::size_t FairStrategy::pick(const SchedulingPoint& point) {
  const std::span<const Step> history = point.history();
  const auto last_run = [this](TaskId task) {
    return index_of(task) < last_run_.size() ? last_run_[index_of(task)] : 0;
  };
  for (; counted_ < history.size(); ++counted_) {
    if (!history[counted_].is_step()) continue;
    const std::uint32_t task = index_of(history[counted_].task);
    if (task >= last_run_.size()) last_run_.resize(task + 1, 0);
    last_run_[task] = counted_ + 1;
  }
  is_fair_ = is_fair_ || history.size() >= decisions_ || done_ == picks_.size();
  if (!is_fair_ && picks_[done_] < point.size()) return picks_[done_++];
  std::size_t longest = 0;  // Of equals the first in the queue.
  for (std::size_t i = 1; i < point.size() - point.injections(); ++i)
    if (last_run(point[i].id) < last_run(point[longest].id)) longest = i;
  return longest;
}

std::uint32_t FairStrategy::choose(std::uint32_t alternatives) {
  if (is_fair_ || done_ == picks_.size() || picks_[done_] >= alternatives) return 0;
  return picks_[done_++];
}

}  // namespace coweave::detail
