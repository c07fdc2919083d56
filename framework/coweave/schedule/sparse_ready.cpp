#include "coweave/schedule/sparse_ready.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "coweave/schedule/scheduling_point.hpp"

namespace coweave::detail {

std::size_t SparseReady::end_of(const ReadyView& view) const {
  return static_cast<std::size_t>(view.tasks + view.size - slots_.data());
}

// The entries stand between free slots: half as many as there may be entries before them, for those
// that move to the front, and as many as that behind them. So O(entries) of work is done at most
// once in O(entries) of calls.
void SparseReady::begin(ReadyView& view, std::size_t most) {
  const std::size_t before = most / 2;
  spare_.assign(before + 2 * most, nullptr);
  if (view.sparse == this) {
    end(view, spare_.data() + before);
  } else {
    std::copy_n(view.tasks, view.size, spare_.data() + before);
  }
  std::swap(slots_, spare_);
  view.tasks = slots_.data() + before;
  view.sparse = this;
  most_ = most;
  first_ = covered_ = before;
  found_position_ = none;
  const std::size_t words = (slots_.size() + 63) / 64;
  in_use_.assign(words, 0);
  counts_.assign(words + 1, 0);
}

void SparseReady::end(ReadyView& view, ReadyTask** entries) const {
  ReadyTask** out = entries;
  ReadyTask** const last = entries + view.size;
  for (std::size_t slot = first_; out != last; ++slot)
    if (slots_[slot] != nullptr) *out++ = slots_[slot];
  view.tasks = entries;
  view.sparse = nullptr;
}

void SparseReady::count(std::size_t word, std::uint32_t change) {
  for (std::size_t i = word + 1; i < counts_.size(); i += i & (~i + 1)) counts_[i] += change;
}

void SparseReady::set(std::size_t slot) {
  in_use_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  count(slot / 64, 1);
}

void SparseReady::reset(std::size_t slot) {
  in_use_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  count(slot / 64, static_cast<std::uint32_t>(-1));
}

void SparseReady::cover(const ReadyView& view) {
  const std::size_t end = end_of(view);
  while (covered_ < end) {
    const std::size_t word = covered_ / 64;
    const std::size_t last = std::min(end, 64 * (word + 1));
    for (std::size_t slot = covered_; slot < last; ++slot)
      in_use_[word] |= std::uint64_t{1} << (slot % 64);
    count(word, static_cast<std::uint32_t>(last - covered_));
    covered_ = last;
  }
}

std::size_t SparseReady::find(std::size_t position) const {
  std::size_t word = 0;
  auto left = static_cast<std::uint32_t>(position);
  for (std::size_t step = std::bit_floor(counts_.size() - 1); step != 0; step /= 2) {
    if (word + step >= counts_.size() || counts_[word + step] > left) continue;
    word += step;
    left -= counts_[word];
  }
  std::uint64_t bits = in_use_[word];
  for (; left > 0; --left) bits &= bits - 1;
  return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
}

ReadyTask** SparseReady::slot(const ReadyView& view, std::size_t position) {
  cover(view);
  if (position != found_position_) {
    if (found_position_ != none && position == found_position_ + 1) {
      do ++found_slot_;
      while (slots_[found_slot_] == nullptr);
    } else {
      found_slot_ = find(position);
    }
    found_position_ = position;
  }
  return slots_.data() + found_slot_;
}

void SparseReady::take_out(ReadyView& view, std::size_t position) {
  if (view.tasks + most_ == slots_.data() + slots_.size()) begin(view, most_);
  ReadyTask** const entry = slot(view, position);
  *entry = nullptr;
  reset(found_slot_);
  if (position == 0) first_ = found_slot_ + 1;
  found_position_ = none;
  ++view.tasks;
}

void SparseReady::move_to_front(ReadyView& view, std::size_t position) {
  if (position == 0) return;
  if (first_ == 0) begin(view, most_);
  ReadyTask** const entry = slot(view, position);
  reset(found_slot_);
  slots_[--first_] = std::exchange(*entry, nullptr);
  set(first_);
  found_position_ = none;
}

void SparseReady::forget_end(const ReadyView& view) {
  for (const std::size_t end = end_of(view); covered_ > end;) {
    --covered_;
    slots_[covered_] = nullptr;
    reset(covered_);
  }
  found_position_ = none;
}

}  // namespace coweave::detail
