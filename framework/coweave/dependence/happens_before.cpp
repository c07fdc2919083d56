#include "coweave/dependence/happens_before.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "coweave/core/error.hpp"

namespace coweave::detail {

// E := the first `steps` steps of E. Each row and each entry has what its push() replaced in the
// indices by task and by object; these are put back from the last to the first. Clocks need no
// undoing: the clock of a step has earlier steps only.
void HappensBefore::truncate(std::size_t steps) {
  if (steps >= rows_.size()) return;
  const Row& first = rows_[steps];
  for (std::size_t entry = entries_.size(); entry > first.first_access; --entry)
    last_entry_[entries_[entry - 1].object] = origins_[entry - 1].before;
  for (std::size_t step = rows_.size(); step > steps; --step) {
    const std::uint32_t task = rows_[step - 1].task;
    last_step_[task] = rows_[step - 1].previous;
    of_task_[task * words_ + (step - 1) / 64] &= ~(std::uint64_t{1} << ((step - 1) % 64));
  }
  last_opaque_ = first.last_opaque;
  entries_.truncate(first.first_access);
  origins_.truncate(first.first_access);
  races_.truncate(first.first_race);
  objects_.truncate(steps);
  rows_.truncate(steps);
  if (names_.size() > steps) names_.resize(steps);
}

// The next two functions are on the path of every step.

inline std::uint64_t* HappensBefore::new_row() {
  const std::size_t begin = rows_.size() * words_;
  if (clocks_.size() < begin + words_) clocks_.resize(2 * (begin + words_));
  std::uint64_t* const clock = clocks_.data() + begin;
  for (std::size_t word = 0; word < words_; ++word) clock[word] = 0;
  return clock;
}

// The entries of one object form a list, newest first. The walk may stop at an access that
// conflicts with everything that stands before it: joining the clock of its step has added all of
// these.
inline void HappensBefore::add_conflicts(std::uint64_t* clock, const Access& access) {
  if (last_entry_.size() <= access.object) last_entry_.resize(access.object + 1, none);
  for (std::uint32_t entry = last_entry_[access.object]; entry != none;
       entry = origins_[entry].before) {
    const AccessKind other = entries_[entry].kind;
    if (!conflict(access.kind, other)) continue;
    add_candidate(clock, origins_[entry].step);
    // Earlier entries that conflict with `access` conflict with this one too: they happen before
    // it.
    if (other == AccessKind::exclusive) return;
    if (other == AccessKind::write &&
        (access.kind == AccessKind::read || access.kind == AccessKind::write))
      return;
  }
}

// Computes {i : i -> e'} for the new event e', in two parts. First the orders that no schedule can
// change: task order, enabling, fences. Then the conflicts: a conflicting step that is not yet in
// the clock is a candidate for a race. A candidate is no race if a later one implies it, which is
// known only when all have been seen (keep_immediate_races).
void HappensBefore::push(const StepAccesses& step, ObjectBits objects) {
  const auto number = static_cast<std::uint32_t>(rows_.size());
  if (number >= 64 * words_) widen();
  std::uint64_t* const clock = new_row();
  if (last_step_.size() <= step.task) {
    last_step_.resize(step.task + 1, none);
    of_task_.resize(last_step_.size() * words_);
  }
  const std::uint32_t previous = last_step_[step.task];
  const auto first_race = static_cast<std::uint32_t>(races_.size());
  const std::uint32_t nth = previous == none ? 0 : rows_[previous].nth + 1;
  Row& own = rows_.add();
  own.task = step.task;
  own.previous = previous;
  own.nth = nth;
  own.first_access = static_cast<std::uint32_t>(entries_.size());
  own.accesses = static_cast<std::uint32_t>(step.accesses.size());
  own.first_race = first_race;
  own.last_opaque = last_opaque_;
  own.is_untracked = step.is_untracked;
  own.ends_execution = step.ends_execution;
  objects_.push_back(objects);

  // Edges that cannot be reversed are joined first: a step that they already order is no race.
  if (previous != none) join(clock, previous);
  for (const std::uint32_t enabling : step.enabled_by) join(clock, enabling);
  for (std::size_t word = 0; 64 * word < step.fence; ++word)
    clock[word] |= steps_below(step.fence, word);

  if (is_opaque(number)) {
    add_candidates_below(clock, number);
    last_opaque_ = number;
  } else if (last_opaque_ != none) {
    add_candidate(clock, last_opaque_);
  }
  for (const Access& access : step.accesses) add_conflicts(clock, access);
  if (races_.size() > first_race + 1) keep_immediate_races(first_race);

  for (const Access& access : step.accesses) {
    Origin& origin = origins_.add();
    origin.step = number;
    origin.before = last_entry_[access.object];
    last_entry_[access.object] = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back(access);
  }
  last_step_[step.task] = number;
  of_task_[step.task * words_ + number / 64] |= std::uint64_t{1} << (number % 64);
}

// The name of event e is hash(identity, index in its task, sum of the names of the events right
// before e). Names of equal causal pasts are equal, whatever the linearization: a sum does not
// depend on the order, and the events right before e determine all others before it by their names.
void HappensBefore::name_next(std::uint64_t identity) const {
  const Row& next = rows_[names_.size()];
  // `left_` is what happens before e and is not implied by an event that was found. The latest of
  // these is an event right before e.
  std::uint64_t right_before = 0;
  const std::uint64_t* const all = row(names_.size());
  for (std::size_t word = 0; word < words_; ++word) left_[word] = all[word];
  for (std::size_t word = words_; word-- > 0;) {
    while (left_[word] != 0) {
      const std::size_t step = word * 64 + std::bit_width(left_[word]) - 1;
      right_before += names_[step].step;
      const std::uint64_t* const implied = row(step);
      for (std::size_t other = 0; other <= word; ++other) left_[other] &= ~implied[other];
      left_[word] &= ~(std::uint64_t{1} << (step % 64));
    }
  }
  const std::uint64_t flags = (next.is_untracked ? 2U : 0U) + (next.ends_execution ? 1U : 0U);
  const std::uint64_t name = mix(roll(roll(roll(identity, next.nth), flags), right_before));
  names_.emplace_back(name, name + (names_.empty() ? 0 : names_.back().sum));
}

void HappensBefore::add_candidates_below(std::uint64_t* clock, std::uint32_t end) {
  for (std::size_t word = end / 64 + 1; word-- > 0;)
    for (std::uint64_t left = 0; (left = steps_below(end, word) & ~clock[word]) != 0;)
      add_candidate(clock, static_cast<std::uint32_t>(64 * word + std::bit_width(left) - 1));
}

void HappensBefore::keep_immediate_races(std::uint32_t first_race) {
  // A candidate was not implied by those before it, but it may be by those after it.
  std::size_t kept = first_race;
  for (std::size_t i = first_race; i < races_.size(); ++i) {
    bool is_implied = false;
    for (std::size_t later = i + 1; later < races_.size() && !is_implied; ++later)
      is_implied = races_[i] < races_[later] && before(races_[i], races_[later]);
    if (!is_implied) races_[kept++] = races_[i];
  }
  races_.truncate(kept);
}

bool HappensBefore::any_notdep_dependent(std::size_t first, const FootprintView& other) const {
  for (std::size_t step = first + 1; step < size(); ++step)
    if (depends(step, other) && !before(first, step)) return true;
  return false;
}

// notdep(e, E) = {k > e : not e -> k}, read from column e of the matrix of ->.
void HappensBefore::collect_notdep(std::size_t first, StepSet& steps) const {
  steps.clear(step_bound());
  const std::uint64_t* word_of_first = row(size()) + first / 64;
  const std::size_t bit = first % 64;
  // Starts at the last step, so that bits are shifted in. There is no branch on whether a step
  // happens after e: that is as good as random.
  for (std::size_t step = size(); step > first + 1;) {
    const std::size_t word = (step - 1) / 64;
    const std::size_t end = std::max(64 * word, first + 1);
    std::uint64_t not_after = 0;
    for (; step > end; --step) {
      word_of_first -= words_;
      not_after = 2 * not_after + (~(*word_of_first >> bit) & 1U);
    }
    steps.words()[word] = not_after << (end % 64);
  }
}

void HappensBefore::widen() {
  for (std::vector<std::uint64_t>* const bits : {&clocks_, &of_task_}) {
    std::vector<std::uint64_t> wider(bits->size() * 2);
    for (std::size_t from = 0, to = 0; from < bits->size(); from += words_, to += 2 * words_)
      std::copy_n(bits->data() + from, words_, wider.data() + to);
    *bits = std::move(wider);
  }
  words_ *= 2;
  left_.resize(words_);
}

bool HappensBefore::is_exact(std::size_t first, std::size_t second) const {
  if (is_opaque(first) || rows_[second].is_untracked) return false;
  for (const Access& observed : accesses(second)) {
    if (!observes(observed.kind)) continue;
    for (const Access& access : accesses(first))
      if (access.object == observed.object && conflict(access.kind, observed.kind)) return false;
  }
  return true;
}

void HappensBefore::check_invariants() const {
  COWEAVE_INVARIANT(rows_.size() <= step_bound() && objects_.size() == rows_.size());
  COWEAVE_INVARIANT(clocks_.size() >= rows_.size() * words_);
  check_indices();
  for (std::size_t step = 0; step < size(); ++step) check_clock(step);
}

// Builds the lists by task and by object anew, and compares each link with the one that is kept.
void HappensBefore::check_indices() const {
  std::vector<std::uint32_t> last_step(last_step_.size(), none);
  std::vector<std::uint32_t> last_entry(last_entry_.size(), none);
  std::vector<std::uint64_t> of_task(of_task_.size(), 0);
  std::uint32_t last_opaque = none;
  std::uint32_t entry = 0;
  std::size_t race = 0;
  for (std::uint32_t step = 0; step < size(); ++step) {
    const Row& own = rows_[step];
    COWEAVE_INVARIANT(own.task < last_step.size());
    COWEAVE_INVARIANT(own.previous == last_step[own.task]);
    COWEAVE_INVARIANT(own.last_opaque == last_opaque);
    COWEAVE_INVARIANT(own.first_access == entry && own.first_race == race);
    const ObjectBits objects = objects_of(accesses(step), is_opaque(step));
    COWEAVE_INVARIANT((objects & ~objects_[step]) == 0);
    last_step[own.task] = step;
    of_task[own.task * words_ + step / 64] |= std::uint64_t{1} << (step % 64);
    if (is_opaque(step)) last_opaque = step;
    for (const Access& access : accesses(step)) {
      COWEAVE_INVARIANT(access.object < last_entry.size());
      COWEAVE_INVARIANT(origins_[entry].step == step);
      COWEAVE_INVARIANT(origins_[entry].before == last_entry[access.object]);
      last_entry[access.object] = entry++;
    }
    race += races(step).size();
  }
  COWEAVE_INVARIANT(last_step == last_step_ && last_entry == last_entry_);
  COWEAVE_INVARIANT(of_task == of_task_ && last_opaque == last_opaque_);
  COWEAVE_INVARIANT(entry == entries_.size() && entry == origins_.size() && race == races_.size());
}

// For e' = `step` and each earlier e: if e is not before e', nothing orders them; if it is, all
// that is before e is before e' too. Each race (e, e') is a conflict of two tasks with no step
// between them in the relation.
void HappensBefore::check_clock(std::size_t step) const {
  const std::uint64_t* const clock = row(step);
  for (std::size_t word = 0; word < words_; ++word)
    COWEAVE_INVARIANT((clock[word] & ~steps_below(step, word)) == 0);
  for (std::size_t earlier = 0; earlier < step; ++earlier) {
    if (!before(earlier, step)) {
      COWEAVE_INVARIANT(task(earlier) != task(step));
      COWEAVE_INVARIANT(!dependent(footprint(earlier), footprint(step)));
      continue;
    }
    const std::uint64_t* const implied = row(earlier);
    for (std::size_t word = 0; word < words_; ++word)
      COWEAVE_INVARIANT((implied[word] & ~clock[word]) == 0);
  }
  for (const std::uint32_t race : races(step)) {
    COWEAVE_INVARIANT(before(race, step) && task(race) != task(step));
    COWEAVE_INVARIANT(dependent(footprint(race), footprint(step)));
    for (std::size_t between = race + 1; between < step; ++between)
      COWEAVE_INVARIANT(!before(race, between) || !before(between, step));
  }
}

}  // namespace coweave::detail
