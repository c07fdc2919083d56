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

  /// `others` and `last` are steps of the order; the last does what `last_footprint` says, or that is not
  /// known. `enabled_by`: the steps that made it possible; all must live as long as they are in use here.
  void assign(StepBits others, std::uint32_t last, std::span<const std::uint32_t> enabled_by,
              FootprintView last_footprint, bool is_last_known);

  [[nodiscard]] bool is_empty() const { return !is_last_there_ && others_.empty(); }
  [[nodiscard]] bool is_last_known() const { return is_last_known_; }
  [[nodiscard]] bool is_last(std::uint32_t step) const { return step == last_; }
  /// In order.
  void list(std::vector<std::uint32_t>& steps) const;
  [[nodiscard]] FootprintView footprint(std::uint32_t step) const {
    return step == last_ ? last_footprint_ : order_.footprint(step);
  }
  /// Whether a step of `task`, with the footprint that `footprint_of` gives if it is none of these, may come
  /// first (a weak initial of [DPOR]). O(accesses of all) in that case.
  template <class FootprintOf>
  [[nodiscard]] Answer is_weak_initial(std::uint32_t task, FootprintOf footprint_of) {
    const std::uint32_t step = first_of(task);
    return step != HappensBefore::none ? may_be_first(step) : may_be_before_all(footprint_of());
  }
  /// Without the first step of `task`, if there is one.
  void remove_first_of(std::uint32_t task);

 private:
  /// Or none.
  [[nodiscard]] std::uint32_t first_of(std::uint32_t task) const;
  [[nodiscard]] Answer may_be_first(std::uint32_t step);
  [[nodiscard]] Answer may_be_before_all(FootprintView footprint) const;
  void find_before_last();

  const HappensBefore& order_;
  StepSet others_;                // All but the last.
  std::uint32_t last_ = 0;
  bool is_last_there_ = false;
  bool is_last_known_ = false;
  bool is_before_last_found_ = false;
  std::span<const std::uint32_t> enabled_by_;
  FootprintView last_footprint_;
  StepSet before_last_;           // Of all steps, those that happen before the last.
};

}  // namespace coweave::detail
