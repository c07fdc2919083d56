#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "coweave/core/rng.hpp"
#include "coweave/strategy/program_profile.hpp"

namespace coweave::detail {

/// Remaining steps of each task, those of descendants that it has not spawned yet included; counts
/// down as an execution goes. What strategies draw tasks by that are uniform over interleavings.
class StepWeights {
 public:
  /// At the beginning of an execution. `expected`: by number of the task, with all descendants.
  /// `least`: 0 or 1, what a task that is ready weighs at least.
  void restart(std::vector<std::uint64_t> expected, std::uint64_t least);

  /// Tasks that have arrived take their share from their parents. The weight of a task that was not
  /// expected is 1. `arrived` is called with each (task, parent) after that.
  template <class Arrived>
  void admit(const ProgramProfile& profile, Arrived arrived) {
    weights_.resize(profile.known_tasks(), 1);
    for (const auto arrivals = profile.arrivals(); admitted_ < arrivals.size(); ++admitted_) {
      const auto [task, parent] = arrivals[admitted_];
      weights_[task] = task < expected_.size() ? std::clamp(expected_[task], least_, most) : 1;
      const std::uint32_t from = profile.parent(task);
      if (from != ProgramProfile::none) take(from, weights_[task]);
      arrived(task, parent);
    }
  }
  /// A step that counts, or a descendant's share, is gone. Expectations are no limits.
  void take(std::uint32_t task, std::uint64_t steps) {
    weights_[task] = weights_[task] > least_ + steps ? weights_[task] - steps : least_;
  }
  [[nodiscard]] std::uint64_t of(std::uint32_t task) const { return weights_[task]; }

  /// One of `count` >= 1 tasks, each with probability in proportion to its weight; uniform if none
  /// weighs anything.
  template <class Tasks>
  [[nodiscard]] std::size_t draw(Rng& rng, std::size_t count, Tasks task_at) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += weights_[task_at(i)];
    if (sum == 0) return rng.below(static_cast<std::uint32_t>(count));
    std::uint64_t left = rng.below(static_cast<std::uint32_t>(sum));
    for (std::size_t i = 0;; ++i) {
      const std::uint64_t weight = weights_[task_at(i)];
      if (left < weight) return i;
      left -= weight;
    }
  }

 private:
  /// So that the sum over 2^15 tasks has 32 bits.
  static constexpr std::uint64_t most = 1U << 16U;

  std::vector<std::uint64_t> expected_;
  std::vector<std::uint64_t> weights_;
  std::uint64_t least_ = 1;
  std::size_t admitted_ = 0;
};

inline void StepWeights::restart(std::vector<std::uint64_t> expected, std::uint64_t least) {
  least_ = least;
  expected_ = std::move(expected);
  admitted_ = 0;
}

}  // namespace coweave::detail
