#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

/// Counts, at the scheduling points of one execution, how often each ready task has been passed
/// over in a row: since it became ready, so many other tasks or injections were picked.
class PassedOver {
 public:
  struct Longest {
    std::size_t position = 0;  ///< In the scheduling point; of equals the first.
    std::size_t times = 0;     ///< How often that task was passed over.
  };

  void begin_execution();
  /// The ready task that has been passed over most often. Once at each scheduling point, in order.
  /// O(ready tasks), and O(1) amortised for each decision.
  [[nodiscard]] Longest look(const SchedulingPoint& point);

 private:
  static constexpr std::size_t not_ready = static_cast<std::size_t>(-1);

  std::vector<std::size_t> ready_since_;  // By task: picks made before it was seen ready.
  std::size_t picks_ = 0;                 // Made so far: choices are no picks.
  std::size_t counted_ = 0;               // Decisions of the history that `picks_` covers.
};

/// How often a ready task may be passed over in a row where `ready` tasks are ready, under
/// Options::fairness of `bound`: in turn, each is passed over by all others, and twice that is
/// always allowed.
[[nodiscard]] constexpr std::size_t fair_limit(std::uint32_t bound, std::size_t ready) {
  const std::size_t twice_in_turn = ready > 1 ? 2 * (ready - 1) : 0;
  return bound > twice_in_turn ? bound : twice_in_turn;
}

/// Another strategy, asked only as long as no ready task has been passed over for fair_limit():
/// that task comes next, the one passed over most often first. Under an enumeration, the executions
/// are all those fair interleavings, each once.
class FairBound final : public Strategy {
 public:
  explicit FairBound(std::uint32_t bound) : bound_(bound) {}

  /// The picks of the next execution are those of `strategy`, which begins and ends its executions
  /// itself. Returns *this.
  [[nodiscard]] FairBound& around(Strategy& strategy);

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;

 private:
  std::uint32_t bound_;
  Strategy* strategy_ = nullptr;
  PassedOver passed_over_;
};

/// Follows `picks`, and notes the first decision that passes a ready task over for more than
/// fair_limit().
class FairnessCheck final : public Strategy {
 public:
  FairnessCheck(std::span<const std::uint32_t> picks, std::uint32_t bound)
      : follow_({picks.begin(), picks.end()}), bound_(bound) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return follow_.choose(alternatives);
  }
  /// The number of decisions before that one; none if the execution was fair.
  [[nodiscard]] std::optional<std::size_t> first_unfair() const { return first_unfair_; }

 private:
  FollowStrategy follow_;
  std::uint32_t bound_;
  PassedOver passed_over_;
  std::optional<std::size_t> first_unfair_;
};

/// Whether the execution of `picks`, which is made once more, is fair.
[[nodiscard]] bool is_fair(Execution& execution, const Body& body,
                           std::span<const std::uint32_t> picks, std::uint32_t bound);

/// The last run of `execution` is a livelock. Returns true if it is not fair, and passes where the
/// scheduler is fair from its first unfair decision on. Leaves in `execution` the run that decided:
/// that livelock, if it is fair, else the run that is fair from there on.
[[nodiscard]] bool ends_if_fair(Execution& execution, const Body& body, std::uint32_t bound);

}  // namespace coweave::detail
