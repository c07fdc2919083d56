#pragma once

#include <cstdint>
#include <vector>

#include "coweave/dependence/footprint.hpp"
#include "coweave/dependence/happens_before.hpp"
#include "coweave/strategy/reduction/step_memory.hpp"

namespace coweave::detail {

/// v of [DPOR]: the sequence that a wakeup tree is to lead to. For a race (e, e') of the execution
/// sequence, with E the prefix before e, v = notdep(e, E).e'. The footprint of e' in v may not be
/// known, so questions about v have three answers.
///
/// Worked example, with E = <> and the race (p, r) of p q r, where q enables r: notdep(p) = q, so
/// v = q.r. WI(v) = {q}: r has q before it in v. remove_weak_initial(q) leaves v = r, and then
/// WI(v) = {r}. If e' = r is inexact and not recalled, "is p in WI(v)" has the answer unknown, for
/// p is not in v and might depend on r.
///
/// Property: an answer yes or no is true for each footprint that e' may have in v.
class WakeupSequence {
 public:
  enum class Answer : std::uint8_t { no, yes, unknown };

  /// `order` and `memory` must outlive the sequence.
  WakeupSequence(const HappensBefore& order, const StepMemory& memory)
      : order_(order), memory_(memory) {}

  /// v := notdep.last, for steps of the order that are to be made after its first `prefix` steps.
  /// `notdep` must live as long as v is in use. If `is_exact`, the last step does in v what it did
  /// in the order; else the memory is asked, once that matters.
  void assign(std::uint32_t prefix, StepBits notdep, std::uint32_t last, bool is_exact);

  /// Sets the footprint of the last step in v.
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
  /// Returns the tasks of all steps that v had at first, in order.
  [[nodiscard]] std::vector<std::uint32_t> tasks() const;
  /// Sets `steps` to the steps of v, in order.
  void list(std::vector<std::uint32_t>& steps) const;
  /// The footprint of a step in v; of the last one only if is_last_known().
  [[nodiscard]] FootprintView footprint(std::uint32_t step) const {
    return step == last_ ? last_footprint_ : order_.footprint(step);
  }
  /// Whether p = `task` is in WI(v): the first step of p in v has nothing before it in v, or p is
  /// not in v and independent of all of v. `footprint_of()` returns the footprint of the next step
  /// of p at E; it is called only if needed. Unknown: that depends on the footprint of the last
  /// step. O(accesses of v); without looking at accesses if p is in v and not the last.
  template <class FootprintOf>
  [[nodiscard]] Answer is_weak_initial(std::uint32_t task, FootprintOf footprint_of) {
    return is_weak_initial_at(first_of(task), footprint_of);
  }
  /// If `task` is in WI(v): v := v \ task, without the first step of `task` if v has one, and
  /// returns yes. Else returns the answer of is_weak_initial() and leaves v as it is.
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
  /// If v has a step of `task` other than the last, and nothing happens before the first one in v:
  /// removes it and returns true. The common case of remove_weak_initial(), without footprints.
  [[nodiscard]] bool remove_initial(std::uint32_t task) {
    const std::uint32_t step = order_.first_of(task, notdep_.bits());
    if (step == HappensBefore::none || order_.any_before(step, notdep_.bits())) return false;
    notdep_.erase(step);
    return true;
  }
  /// Whether is_weak_initial() and remove_weak_initial() would call `footprint_of` for `task`.
  [[nodiscard]] bool asks_for_footprint(std::uint32_t task) const {
    const std::uint32_t step = first_of(task);
    return step == HappensBefore::none || (step == last_ && !is_exact_ && !notdep_.empty());
  }

 private:
  enum class Knowledge : std::uint8_t { not_asked, known, unknown };

  /// Returns the first step of `task` in v, or none.
  [[nodiscard]] std::uint32_t first_of(std::uint32_t task) const {
    const std::uint32_t step = order_.first_of(task, notdep_.bits());
    if (step != HappensBefore::none) return step;
    return is_last_there_ && last_task_ == task ? last_ : HappensBefore::none;
  }
  /// is_weak_initial() for the task whose first step in v is `step`, or none.
  template <class FootprintOf>
  [[nodiscard]] Answer is_weak_initial_at(std::uint32_t step, FootprintOf footprint_of) {
    if (step == HappensBefore::none) return is_independent_of_all(footprint_of());
    if (step != last_ || is_exact_)
      return order_.any_before(step, notdep_.bits()) ? Answer::no : Answer::yes;
    // The inexact e', first in v, has the footprint of the next step of its task at E. If that is
    // independent of notdep(e, E), it is the footprint after notdep(e, E) too.
    if (notdep_.empty()) return Answer::yes;
    return order_.any_dependent(notdep_.bits(), footprint_of()) ? Answer::no : Answer::yes;
  }
  [[nodiscard]] Answer is_independent_of_all(const FootprintView& footprint);
  void ask_for_last();

  const HappensBefore& order_;
  const StepMemory& memory_;
  std::uint32_t prefix_ = 0;
  StepBits between_;  // notdep(e, E), all of it.
  StepSet notdep_;    // The steps of it that are left in v; as many words as the sets of the order.
  std::uint32_t last_ = 0;
  std::uint32_t last_task_ = 0;
  bool is_last_there_ = false;
  bool is_exact_ = false;
  Knowledge knowledge_ = Knowledge::unknown;
  FootprintView last_footprint_;
  Footprint recalled_;  // Owns the accesses of last_footprint_, unless the last step is exact.
};

}  // namespace coweave::detail
