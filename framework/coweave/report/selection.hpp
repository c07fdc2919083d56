#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "coweave/schedule/schedule.hpp"

namespace coweave {

/// Which steps of a schedule a drawing of about `most` steps shows; 0: all. Always the one that
/// failed and all that the explanation and the diagnosis of the schedule name, however many those
/// are; and from a little behind the failure backwards as many as fit. One entry for each step.
[[nodiscard]] std::vector<bool> select_steps(const Schedule& schedule, std::size_t most);

/// The steps that an order consists of: those that pass over the task that it holds back.
[[nodiscard]] std::vector<std::size_t> steps_of(const Trace& trace, const ScheduleNeed& need);

/// Indices of the steps that a sentence of Coweave's names: "in step 3", "steps 4 and 6", "steps 2
/// to 9" (the two ends). Sentences count from 1, indices from 0.
[[nodiscard]] std::vector<std::size_t> steps_named_in(std::string_view sentence);

}  // namespace coweave
