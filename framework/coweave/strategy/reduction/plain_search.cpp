#include "coweave/strategy/reduction/plain_search.hpp"

#include <utility>

namespace coweave::detail {

PlainSearch::PlainSearch(Make make) : make_(std::move(make)) { adopt(); }

void PlainSearch::adopt() {
  strategy_ = make_();
  offered_ = strategy_->capabilities();
}

bool PlainSearch::begin_execution(std::uint64_t number) {
  if (number > 1 && log_.must_restart()) {
    forget_executions();
    adopt();
    skipped_ = number - 1;
  }
  const bool goes_on = strategy_->begin_execution(number - skipped_);
  is_exhausted_ = !goes_on && offered_.is_exhausted();
  return goes_on;
}

void PlainSearch::end_execution(std::span<const Step> steps) {
  strategy_->end_execution(steps);
  if (log_.must_restart()) return;
  order_.truncate(0);
  read_log();
  count_execution();
  check_between_executions();
}

}  // namespace coweave::detail
