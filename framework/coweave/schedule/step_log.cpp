#include "coweave/schedule/step_log.hpp"

#include <algorithm>
#include <new>

#include "coweave/core/hash.hpp"

namespace coweave {

std::uint64_t fingerprint_of(std::span<const Step> steps, std::uint64_t before) {
  std::uint64_t hash = before;
  for (const Step& step : steps) {
    hash = roll(hash, (std::uint64_t{index_of(step.task)} << 32U) | step.alternatives);
    hash = roll(hash, (std::uint64_t{index_of(step.operation.object)} << 32U) | step.pick);
    hash = roll(hash, static_cast<std::uint64_t>(step.operation.kind));
  }
  return hash;
}

std::uint64_t StepLog::fingerprint() const {
  hash_ = fingerprint_of(view().subspan(hashed_), hash_);
  hashed_ = size();
  return hash_;
}

void StepLog::lower_limit() {
  if (limit_ > size()) --limit_;
  set_full();
}

bool StepLog::make_room() {
  if (size() >= limit_) return false;
  reserve(2 * capacity_);
  return true;
}

void StepLog::reserve(std::size_t capacity) {
  // The steps are most of the memory of a long execution: realloc() copies no page of so large a
  // block, and a new page takes no memory before it is written.
  static_assert(std::is_trivially_copyable_v<Step>);
  const std::size_t used = size();
  void* const larger = std::realloc(steps_.get(), capacity * sizeof(Step));
  if (larger == nullptr) throw std::bad_alloc();
  static_cast<void>(steps_.release());
  steps_.reset(static_cast<Step*>(larger));
  end_ = steps_.get() + used;
  capacity_ = capacity;
  set_full();
}

}  // namespace coweave
