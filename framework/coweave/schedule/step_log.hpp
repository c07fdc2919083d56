#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <type_traits>

#include "coweave/schedule/step.hpp"

namespace coweave {

/// Hash of `steps`, places apart, behind those that `before` is the hash of.
[[nodiscard]] std::uint64_t fingerprint_of(std::span<const Step> steps, std::uint64_t before = 0);

/// The decisions of one execution in order: the trace that the hot path writes. Keeps its memory
/// from one execution to the next, and counts against the step limit.
class StepLog {
 public:
  StepLog() { reserve(256); }

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(end_ - steps_.get()); }
  [[nodiscard]] bool empty() const { return end_ == steps_.get(); }
  [[nodiscard]] std::span<const Step> view() const { return {steps_.get(), size()}; }
  /// The task of the last decision, or none.
  [[nodiscard]] TaskId last_task() const { return empty() ? TaskId::none : end_[-1].task; }
  /// Hash of all decisions so far, places apart. O(decisions since it was asked for last).
  [[nodiscard]] std::uint64_t fingerprint() const;

  /// Forgets everything; from here on at most `limit` decisions fit.
  void restart(std::uint64_t limit) {
    end_ = steps_.get();
    limit_ = limit;
    hashed_ = 0;
    hash_ = 0;
    set_full();
  }
  /// So many decisions more fit: make_room() may be needed first.
  void raise_limit(std::uint64_t more) {
    limit_ += more;
    set_full();
  }
  /// One decision less fits.
  void lower_limit();

  /// Whether nothing more may be appended now: make_room() then tells the limit from mere memory.
  [[nodiscard]] bool is_full() const { return end_ == full_; }
  /// Takes more memory; false if the limit is reached.
  [[nodiscard]] bool make_room();

  /// Not while is_full(). Written member by member: a copy through a temporary stalls on store
  /// forwarding at every step.
  void append(TaskId task, std::uint32_t alternatives, std::uint32_t pick, OperationKind kind,
              ObjectId object, const Place& place) {
    end_->task = task;
    end_->alternatives = alternatives;
    end_->pick = pick;
    end_->operation.kind = kind;
    end_->operation.object = object;
    end_->operation.place = place;
    ++end_;
  }

 private:
  void reserve(std::size_t capacity);
  void set_full() { full_ = steps_.get() + std::min<std::uint64_t>(capacity_, limit_); }

  struct Free {
    void operator()(Step* steps) const noexcept { std::free(steps); }
  };

  std::unique_ptr<Step[], Free> steps_;
  Step* end_ = nullptr;
  Step* full_ = nullptr;  // The end of the memory, or of the limit, whichever is first.
  std::size_t capacity_ = 0;
  std::uint64_t limit_ = 0;
  mutable std::size_t hashed_ = 0;  // Decisions that `hash_` covers.
  mutable std::uint64_t hash_ = 0;
};

}  // namespace coweave
