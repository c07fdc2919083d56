#include "coweave/strategy/surw.hpp"

#include <algorithm>
#include <utility>

namespace coweave {
namespace {

constexpr std::uint32_t none = detail::ProgramProfile::none;

}  // namespace

void SurwStrategy::begin(std::uint64_t /*number*/) {
  select_objects();
  const auto known = static_cast<std::uint32_t>(profile().known_tasks());
  std::vector<std::uint64_t> expected(known, 0);
  for (std::uint32_t task = known; task-- > 0;) {  // A parent has the smaller number.
    if (selected_.empty()) {
      expected[task] = profile().steps_with_descendants(task);
      continue;
    }
    for (std::uint32_t step = 0; step < profile().touched_steps(task); ++step)
      if (is_selected(task, step)) ++expected[task];
    if (const std::uint32_t parent = profile().parent(task); parent != none)
      expected[parent] += expected[task];
  }
  weights_.restart(std::move(expected), 0);
  intended_ = none;
  std::fill(is_parked_.begin(), is_parked_.end(), 0);
  followed_ = 0;
  std::fill(done_.begin(), done_.end(), 0U);
}

void SurwStrategy::select_objects() {
  selected_.clear();
  const auto contended = profile().contended();
  if (contended.empty()) return;
  do {
    const std::uint64_t object =
        contended[rng().below(static_cast<std::uint32_t>(contended.size()))];
    if (std::find(selected_.begin(), selected_.end(), object) == selected_.end())
      selected_.push_back(object);
  } while (rng().below(2) == 1);
}

bool SurwStrategy::is_selected(std::uint32_t task, std::uint32_t step) const {
  if (selected_.empty()) return true;
  const std::vector<Touch>* touches = profile().touches_of(task, step);
  if (touches == nullptr) return false;
  return std::any_of(touches->begin(), touches->end(), [this](const Touch& touch) {
    return std::find(selected_.begin(), selected_.end(), touch.object) != selected_.end();
  });
}

void SurwStrategy::admit() {
  is_parked_.resize(profile().known_tasks(), 0);
  done_.resize(profile().known_tasks(), 0);
  weights_.admit(profile(), [this](std::uint32_t task, std::uint32_t parent) {
    // The intended step was one of the parent's with all its descendants: whose it is now is drawn.
    if (intended_ == none || intended_ != parent) return;
    const std::uint64_t child = weights_.of(task);
    const std::uint64_t both = child + weights_.of(parent);
    if (both != 0 && rng().below(static_cast<std::uint32_t>(both)) < child) intended_ = task;
  });
  const auto ran = profile().ran();
  for (; followed_ < ran.size(); ++followed_) {
    const std::uint32_t task = ran[followed_];
    if (task == none) continue;
    const std::uint32_t step = done_[task]++;
    is_parked_[task] = 0;
    if (!is_selected(task, step)) continue;
    weights_.take(task, 1);
    if (task != intended_ && intended_ != none) continue;  // It ran alone.
    intended_ = none;
    std::fill(is_parked_.begin(), is_parked_.end(), 0);
  }
}

void SurwStrategy::draw_intended(std::size_t ready) {
  const std::size_t position =
      weights_.draw(rng(), ready, [this](std::size_t at) { return profile().number_at(at); });
  intended_ = profile().number_at(position);
}

void SurwStrategy::find_candidates(std::size_t ready) {
  candidates_.clear();
  for (std::size_t i = 0; i < ready; ++i)
    if (is_parked_[profile().number_at(i)] == 0) candidates_.push_back(i);
}

std::size_t SurwStrategy::next(const SchedulingPoint& point) {
  admit();
  find_candidates(point.size());
  while (true) {
    if (candidates_.empty()) {  // The intended task blocks before the step that was expected of it.
      std::fill(is_parked_.begin(), is_parked_.end(), 0);
      intended_ = none;
      find_candidates(point.size());
    }
    const std::uint32_t drawn = rng().below(static_cast<std::uint32_t>(candidates_.size()));
    const std::size_t candidate = candidates_[drawn];
    const std::uint32_t task = profile().number_at(candidate);
    if (!is_selected(task, profile().steps_done(task))) return candidate;
    if (intended_ == none) draw_intended(point.size());
    if (task == intended_) return candidate;
    is_parked_[task] = 1;
    candidates_.erase(candidates_.begin() + drawn);
  }
}

StrategyRecipe surw() {
  return {"surw", [](std::uint64_t seed) { return std::make_unique<SurwStrategy>(seed); }};
}

}  // namespace coweave
