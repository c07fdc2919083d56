#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coweave/schedule/footprint.hpp"
#include "coweave/schedule/happens_before.hpp"

namespace coweave::detail {

/// The steps that a wakeup tree is to lead to: v of [DPOR]. Those after a step that do not happen after
/// it, in the order of the execution, and then one that was reversed, the last. What the last would do
/// may not be known.
class LaterSteps {
 public:
  enum class Answer : std::uint8_t { no, yes, unknown };

  /// `order` must outlive it.
  explicit LaterSteps(const HappensBefore& order) : order_(order) {}

  /// `steps` of the order; the last of them does what that does, or is not known. `enabled_by`: the steps
  /// that made it possible; all must live as long as they are in use here.
  void assign(std::span<const std::uint32_t> steps, std::span<const std::uint32_t> enabled_by,
              FootprintView last_footprint, bool is_last_known);

  [[nodiscard]] bool is_empty() const { return steps_.empty(); }
  [[nodiscard]] bool is_last_known() const { return is_last_known_; }
  [[nodiscard]] bool is_last(std::uint32_t step) const { return step == last_; }
  [[nodiscard]] std::span<const std::uint32_t> steps() const { return steps_; }
  [[nodiscard]] FootprintView footprint(std::uint32_t step) const {
    return step == last_ ? last_footprint_ : order_.footprint(step);
  }
  /// Whether a step of `task`, with this footprint if it is none of these, may come first (a weak
  /// initial of [DPOR]). O(accesses of all).
  [[nodiscard]] Answer is_weak_initial(std::uint32_t task, FootprintView footprint);
  /// Without the first step of `task`, if there is one.
  void remove_first_of(std::uint32_t task);

 private:
  /// Position, or the number of steps.
  [[nodiscard]] std::size_t first_of(std::uint32_t task) const;
  /// Whether one of the steps happens before `step`.
  [[nodiscard]] bool has_predecessor(std::uint32_t step);
  void find_before_last();

  const HappensBefore& order_;
  std::vector<std::uint32_t> steps_;
  std::vector<std::uint32_t> tasks_;        // Of them.
  std::vector<std::uint64_t> there_;        // Bit i: step i is one of them.
  std::uint32_t last_ = 0;
  std::span<const std::uint32_t> enabled_by_;
  FootprintView last_footprint_;
  bool is_last_known_ = false;
  bool is_before_last_found_ = false;
  std::vector<std::uint64_t> before_last_;  // Bit i: step i happens before the last.
};

}  // namespace coweave::detail
