#pragma once

#include <cstdint>
#include <vector>

#include "coweave/dependence/footprint.hpp"
#include "coweave/dependence/happens_before.hpp"
#include "coweave/strategy/reduction/step_memory.hpp"

namespace coweave::detail {

/// The steps that a wakeup tree is to lead to: v of [DPOR]. Those after a step that do not happen
/// after it, in the order of the execution, and then one that was reversed, the last. What the last
/// would do may not be known.
class WakeupSequence {
 public:
  enum class Answer : std::uint8_t { no, yes, unknown };

  /// Both must outlive it.
  WakeupSequence(const HappensBefore& order, const StepMemory& memory)
      : order_(order), memory_(memory) {}

  /// `others` and `last` are steps of the order, to be made after its first `prefix` steps;
  /// `others` must live as long as it is in use here. `is_exact`: the last then does what it did
  /// there; else the memory is asked once that matters.
  void assign(std::uint32_t prefix, StepBits others, std::uint32_t last, bool is_exact);

  /// What the last does is known from elsewhere.
  void know_last(const FootprintView& footprint) {
    recalled_.assign(footprint);
    last_footprint_ = recalled_.view();
    knowledge_ = Knowledge::known;
  }

  [[nodiscard]] bool is_empty() const { return !is_last_there_ && notdep_.empty(); }
  [[nodiscard]] bool is_last_known() {
    if (knowledge_ == Knowledge::not_asked) ask_for_last();
    return knowledge_ == Knowledge::known;
  }
  [[nodiscard]] bool is_last(std::uint32_t step) const { return step == last_; }
  /// The tasks of all that there were at first, the last one's at the end.
  [[nodiscard]] std::vector<std::uint32_t> tasks() const;
  /// In order.
  void list(std::vector<std::uint32_t>& steps) const;
  /// Of the last only if that is known.
  [[nodiscard]] FootprintView footprint(std::uint32_t step) const {
    return step == last_ ? last_footprint_ : order_.footprint(step);
  }
  /// Whether a step of `task` may come first (a weak initial of [DPOR]): one that was made, or is
  /// to be made, where these are to begin, with the footprint that `footprint_of` gives. Unknown:
  /// that depends on what the last does. O(accesses of all), unless it is one of the others.
  template <class FootprintOf>
  [[nodiscard]] Answer is_weak_initial(std::uint32_t task, FootprintOf footprint_of) {
    return is_weak_initial_at(first_of(task), footprint_of);
  }
  /// The same, and if so it goes, if it is one of these.
  template <class FootprintOf>
  [[nodiscard]] Answer remove_weak_initial(std::uint32_t task, FootprintOf footprint_of) {
    const std::uint32_t step = first_of(task);
    const Answer answer = is_weak_initial_at(step, footprint_of);
    if (answer != Answer::yes || step == HappensBefore::none) return answer;
    if (step == last_) {
      is_last_there_ = false;
    } else {
      notdep_.erase(step);
    }
    return answer;
  }
  /// The same, where the step is one of the others: what mostly is so.
  [[nodiscard]] bool remove_initial(std::uint32_t task) {
    const std::uint32_t step = order_.first_of(task, notdep_.bits());
    if (step == HappensBefore::none || order_.any_before(step, notdep_.bits())) return false;
    notdep_.erase(step);
    return true;
  }
  /// Whether these two have to know that footprint.
  [[nodiscard]] bool asks_for_footprint(std::uint32_t task) const {
    const std::uint32_t step = first_of(task);
    return step == HappensBefore::none || (step == last_ && !is_exact_ && !notdep_.empty());
  }

 private:
  enum class Knowledge : std::uint8_t { not_asked, known, unknown };

  /// Or none.
  [[nodiscard]] std::uint32_t first_of(std::uint32_t task) const {
    const std::uint32_t step = order_.first_of(task, notdep_.bits());
    if (step != HappensBefore::none) return step;
    return is_last_there_ && last_task_ == task ? last_ : HappensBefore::none;
  }
  template <class FootprintOf>
  [[nodiscard]] Answer is_weak_initial_at(std::uint32_t step, FootprintOf footprint_of) {
    if (step == HappensBefore::none) return is_independent_of_all(footprint_of());
    if (step != last_ || is_exact_)
      return order_.any_before(step, notdep_.bits()) ? Answer::no : Answer::yes;
    // What it does before the others is what it does after them, if that does not depend on them.
    if (notdep_.empty()) return Answer::yes;
    return order_.any_dependent(notdep_.bits(), footprint_of()) ? Answer::no : Answer::yes;
  }
  [[nodiscard]] Answer is_independent_of_all(const FootprintView& footprint);
  void ask_for_last();

  const HappensBefore& order_;
  const StepMemory& memory_;
  std::uint32_t prefix_ = 0;
  StepBits between_;  // The others that there were at first.
  StepSet notdep_;    // All but the last; as many words as the sets of the order.
  std::uint32_t last_ = 0;
  std::uint32_t last_task_ = 0;
  bool is_last_there_ = false;
  bool is_exact_ = false;
  Knowledge knowledge_ = Knowledge::unknown;
  FootprintView last_footprint_;
  Footprint recalled_;  // What that is seen in, unless the last is exact.
};

}  // namespace coweave::detail
