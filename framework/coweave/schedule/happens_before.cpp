#include "coweave/schedule/happens_before.hpp"

#include <algorithm>
#include <utility>

namespace coweave::detail {

void HappensBefore::truncate(std::size_t steps) {
  if (steps >= rows_.size()) return;
  const Row& first = rows_[steps];
  for (std::size_t entry = entries_.size(); entry > first.first_access; --entry)
    last_entry_[entries_[entry - 1].object] = entry_before_[entry - 1];
  for (std::size_t step = rows_.size(); step > steps; --step) {
    const std::uint32_t task = rows_[step - 1].task;
    last_step_[task] = rows_[step - 1].previous;
    of_task_[task * words_ + (step - 1) / 64] &= ~(std::uint64_t{1} << ((step - 1) % 64));
  }
  last_universal_ = first.last_universal;
  entries_.resize(first.first_access);
  entry_step_.resize(first.first_access);
  entry_before_.resize(first.first_access);
  races_.resize(first.first_race);
  rows_.resize(steps);
  clocks_.resize(steps * words_);
}

void HappensBefore::push(const OrderedStep& step) {
  const auto number = static_cast<std::uint32_t>(rows_.size());
  if (number >= 64 * words_) widen();
  clocks_.resize(clocks_.size() + words_);
  std::uint64_t* const clock = clocks_.data() + number * words_;
  if (last_step_.size() <= step.task) {
    last_step_.resize(step.task + 1, none);
    of_task_.resize(last_step_.size() * words_);
  }
  const std::uint32_t previous = last_step_[step.task];
  const auto first_race = static_cast<std::uint32_t>(races_.size());
  rows_.push_back({step.task, previous, previous == none ? 0 : rows_[previous].nth + 1,
                   static_cast<std::uint32_t>(entries_.size()), first_race, last_universal_,
                   step.name, 0, 0, step.is_unknown, step.ends_execution});

  // What cannot be reversed comes first: what it implies is no race.
  if (previous != none) join(clock, previous);
  for (const std::uint32_t enabling : step.enabled_by) join(clock, enabling);
  for (std::uint32_t i = 0; i < step.fence; ++i) clock[i / 64] |= std::uint64_t{1} << (i % 64);

  if (is_universal(number)) {
    for (std::uint32_t i = number; i > 0; --i) add_candidate(clock, i - 1);
    last_universal_ = number;
  } else if (last_universal_ != none) {
    add_candidate(clock, last_universal_);
  }
  for (const Access& access : step.accesses) add_conflicts(clock, access);
  keep_immediate_races(first_race);
  name_last();

  for (const Access& access : step.accesses) {
    entry_before_.push_back(last_entry_[access.object]);
    last_entry_[access.object] = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back(access);
    entry_step_.push_back(number);
  }
  last_step_[step.task] = number;
  of_task_[step.task * words_ + number / 64] |= std::uint64_t{1} << (number % 64);
}

void HappensBefore::name_last() {
  Row& own = rows_.back();
  std::uint64_t happened_before = 0;
  for_each_step(this->happened_before(rows_.size() - 1), [&](std::uint32_t step) {
    happened_before += rows_[step].identity;
    return true;
  });
  const std::uint64_t flags = (own.is_unknown ? 2U : 0U) + (own.ends_execution ? 1U : 0U);
  own.identity = mix(roll(roll(own.identity, own.nth), flags));
  own.name = mix(roll(own.identity, happened_before));
  own.names = own.name + (rows_.size() == 1 ? 0 : rows_[rows_.size() - 2].names);
}

void HappensBefore::add_conflicts(std::uint64_t* clock, const Access& access) {
  if (last_entry_.size() <= access.object) last_entry_.resize(access.object + 1, none);
  for (std::uint32_t entry = last_entry_[access.object]; entry != none;
       entry = entry_before_[entry]) {
    const AccessKind other = entries_[entry].kind;
    if (!conflict(access.kind, other)) continue;
    add_candidate(clock, entry_step_[entry]);
    // What stands before has happened before that.
    if (other == AccessKind::exclusive) return;
    if (other == AccessKind::write &&
        (access.kind == AccessKind::read || access.kind == AccessKind::write))
      return;
  }
}

void HappensBefore::add_candidate(std::uint64_t* clock, std::uint32_t step) {
  if ((clock[step / 64] >> (step % 64) & 1U) != 0) return;
  races_.push_back(step);
  join(clock, step);
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
  races_.resize(kept);
}

void HappensBefore::join(std::uint64_t* clock, std::size_t step) const {
  const std::uint64_t* const other = row(step);
  for (std::size_t word = 0; word < words_; ++word) clock[word] |= other[word];
  clock[step / 64] |= std::uint64_t{1} << (step % 64);
}

void HappensBefore::widen() {
  for (std::vector<std::uint64_t>* const bits : {&clocks_, &of_task_}) {
    std::vector<std::uint64_t> wider(bits->size() * 2);
    for (std::size_t from = 0, to = 0; from < bits->size(); from += words_, to += 2 * words_)
      std::copy_n(bits->data() + from, words_, wider.data() + to);
    *bits = std::move(wider);
  }
  words_ *= 2;
}

std::span<const std::uint32_t> HappensBefore::races(std::size_t step) const {
  const std::size_t first = rows_[step].first_race;
  const std::size_t end = step + 1 == rows_.size() ? races_.size() : rows_[step + 1].first_race;
  return {races_.data() + first, end - first};
}

bool HappensBefore::is_exact(std::size_t first, std::size_t second) const {
  if (is_universal(first) || rows_[second].is_unknown) return false;
  for (const Access& observed : accesses(second)) {
    if (!observes(observed.kind)) continue;
    for (const Access& access : accesses(first))
      if (access.object == observed.object && conflict(access.kind, observed.kind)) return false;
  }
  return true;
}

}  // namespace coweave::detail
