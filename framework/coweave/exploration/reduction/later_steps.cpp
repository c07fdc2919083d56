#include "coweave/exploration/reduction/later_steps.hpp"

#include <algorithm>
#include <cstddef>

namespace coweave::detail {
namespace {

void set(std::vector<std::uint64_t>& bits, std::uint32_t index) {
  bits[index / 64] |= std::uint64_t{1} << (index % 64);
}

bool intersect(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  const std::size_t words = std::min(a.size(), b.size());
  for (std::size_t word = 0; word < words; ++word)
    if ((a[word] & b[word]) != 0) return true;
  return false;
}

}  // namespace

void LaterSteps::assign(std::span<const std::uint32_t> steps,
                        std::span<const std::uint32_t> enabled_by, FootprintView last_footprint,
                        bool is_last_known) {
  steps_.assign(steps.begin(), steps.end());
  there_.assign(order_.size() / 64 + 1, 0);
  tasks_.clear();
  for (const std::uint32_t step : steps_) {
    set(there_, step);
    tasks_.push_back(order_.task(step));
  }
  last_ = steps_.back();
  enabled_by_ = enabled_by;
  last_footprint_ = last_footprint;
  is_last_known_ = is_last_known;
  is_before_last_found_ = false;
}

std::size_t LaterSteps::first_of(std::uint32_t task) const {
  return static_cast<std::size_t>(std::find(tasks_.begin(), tasks_.end(), task) - tasks_.begin());
}

void LaterSteps::find_before_last() {
  is_before_last_found_ = true;
  before_last_.assign(there_.size(), 0);
  for (const std::uint32_t step : enabled_by_) set(before_last_, step);
  for (const std::uint32_t step : steps_)
    if (step != last_ && dependent(order_.footprint(step), last_footprint_)) set(before_last_, step);
}

bool LaterSteps::has_predecessor(std::uint32_t step) {
  if (step != last_) return intersect(order_.happened_before(step), there_);
  if (!is_before_last_found_) find_before_last();
  return intersect(before_last_, there_);
}

LaterSteps::Answer LaterSteps::is_weak_initial(std::uint32_t task, FootprintView footprint) {
  const std::size_t position = first_of(task);
  if (position == 0) return Answer::yes;
  if (position < steps_.size()) {
    const std::uint32_t step = steps_[position];
    if (step == last_ && !is_last_known_) return Answer::unknown;
    return has_predecessor(step) ? Answer::no : Answer::yes;
  }
  for (const std::uint32_t step : steps_)
    if ((step != last_ || is_last_known_) && dependent(footprint, this->footprint(step)))
      return Answer::no;
  return is_last_known_ ? Answer::yes : Answer::unknown;
}

void LaterSteps::remove_first_of(std::uint32_t task) {
  const std::size_t position = first_of(task);
  if (position == steps_.size()) return;
  const std::uint32_t step = steps_[position];
  there_[step / 64] &= ~(std::uint64_t{1} << (step % 64));
  steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(position));
  tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(position));
}

}  // namespace coweave::detail
