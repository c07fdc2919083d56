#include "coweave/exploration/reduction/later_steps.hpp"

#include <bit>

namespace coweave::detail {

void LaterSteps::assign(StepBits others, std::uint32_t last,
                        std::span<const std::uint32_t> enabled_by, FootprintView last_footprint,
                        bool is_last_known) {
  others_.words().assign(others.begin(), others.end());
  last_ = last;
  is_last_there_ = true;
  enabled_by_ = enabled_by;
  last_footprint_ = last_footprint;
  is_last_known_ = is_last_known;
  is_before_last_found_ = false;
}

void LaterSteps::list(std::vector<std::uint32_t>& steps) const {
  steps.clear();
  for_each_step(others_.bits(), [&steps](std::uint32_t step) {
    steps.push_back(step);
    return true;
  });
  if (is_last_there_) steps.push_back(last_);
}

std::uint32_t LaterSteps::first_of(std::uint32_t task) const {
  const StepBits own = order_.steps_of(task);
  const StepBits others = others_.bits();
  for (std::size_t word = 0; word < own.size() && word < others.size(); ++word)
    if (const std::uint64_t both = own[word] & others[word]; both != 0)
      return static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(both)));
  return is_last_there_ && order_.task(last_) == task ? last_ : HappensBefore::none;
}

void LaterSteps::find_before_last() {
  is_before_last_found_ = true;
  before_last_.clear(order_.size());
  for (const std::uint32_t step : enabled_by_) before_last_.insert(step);
  for_each_step(others_.bits(), [this](std::uint32_t step) {
    if (dependent(order_.footprint(step), last_footprint_)) before_last_.insert(step);
    return true;
  });
}

LaterSteps::Answer LaterSteps::may_be_first(std::uint32_t step) {
  if (step != last_)
    return intersect(order_.happened_before(step), others_.bits()) ? Answer::no : Answer::yes;
  if (others_.empty()) return Answer::yes;
  if (!is_last_known_) return Answer::unknown;
  if (!is_before_last_found_) find_before_last();
  return intersect(before_last_.bits(), others_.bits()) ? Answer::no : Answer::yes;
}

LaterSteps::Answer LaterSteps::may_be_before_all(FootprintView footprint) const {
  Answer answer = Answer::yes;
  for_each_step(others_.bits(), [&](std::uint32_t step) {
    if (dependent(footprint, order_.footprint(step))) answer = Answer::no;
    return answer == Answer::yes;
  });
  if (answer == Answer::no || !is_last_there_) return answer;
  if (!is_last_known_) return Answer::unknown;
  return dependent(footprint, last_footprint_) ? Answer::no : Answer::yes;
}

void LaterSteps::remove_first_of(std::uint32_t task) {
  const std::uint32_t step = first_of(task);
  if (step == HappensBefore::none) return;
  if (step == last_) {
    is_last_there_ = false;
  } else {
    others_.erase(step);
  }
}

}  // namespace coweave::detail
