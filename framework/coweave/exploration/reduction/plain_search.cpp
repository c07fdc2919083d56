#include "coweave/exploration/reduction/plain_search.hpp"

namespace coweave::detail {

bool PlainSearch::begin_execution(std::uint64_t number) {
  if (number > 1 && log_.must_restart()) {
    forget_executions();
    all_ = {};
    return all_.begin_execution(1);
  }
  is_exhausted_ = !all_.begin_execution(number);
  return !is_exhausted_;
}

void PlainSearch::end_execution(std::span<const Step> steps) {
  all_.end_execution(steps);
  if (log_.must_restart()) return;
  order_.truncate(0);
  read_log();
  count_execution();
}

}  // namespace coweave::detail
