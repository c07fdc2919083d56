#pragma once

#include <cstddef>
#include <vector>

#include "coweave/schedule/schedule.hpp"

namespace coweave {

/// Which steps of a schedule a drawing of at most `most` steps shows; 0: all. The one that failed,
/// those that the failure needs (at most half of them), and from a little behind the failure
/// backwards as many as fit. One entry for each step.
[[nodiscard]] std::vector<bool> select_steps(const Schedule& schedule, std::size_t most);

}  // namespace coweave
