#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "coweave/schedule/schedule.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

/// The key of the task of a spawn path: "0.2.1".
[[nodiscard]] std::uint64_t key_of_path(std::string_view path);

/// The picks of an execution, as a Schedule has them.
[[nodiscard]] std::vector<std::uint32_t> picks_of(std::span<const Step> steps);

/// Follows recorded picks; where the program does not offer them, goes on in production order.
class FollowStrategy final : public Strategy {
 public:
  explicit FollowStrategy(std::vector<std::uint32_t> picks) : picks_(std::move(picks)) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    done_ = 0;
    has_left_ = goes_on_ = false;
    return number == 1;
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return next(static_cast<std::uint32_t>(point.size()));
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return next(alternatives);
  }
  /// Whether the last execution took exactly the recorded picks.
  [[nodiscard]] bool followed() const { return followed_beginning() && !goes_on_; }
  /// Whether it took the recorded picks, and then perhaps more.
  [[nodiscard]] bool followed_beginning() const { return !has_left_ && done_ == picks_.size(); }

 private:
  std::uint32_t next(std::uint32_t alternatives) {
    if (done_ == picks_.size()) {
      goes_on_ = true;
      return 0;
    }
    if (picks_[done_] >= alternatives) {
      has_left_ = true;
      return 0;
    }
    return picks_[done_++];
  }
  std::vector<std::uint32_t> picks_;
  std::size_t done_ = 0;
  bool has_left_ = false;  // A recorded pick was not offered.
  bool goes_on_ = false;   // There were more decisions than recorded picks.
};

/// Whether the failure of `schedule` ended the process.
[[nodiscard]] bool is_of_crash(const Schedule& schedule);
/// Whether executions of its picks were not the same.
[[nodiscard]] bool is_of_nondeterminism(const Schedule& schedule);

/// A replay without a trace to compare with: did the program, in `steps`, take exactly the recorded
/// picks? Those of a crash end where it happened; cured, the program goes on in production order.
[[nodiscard]] bool followed_picks(const FollowStrategy& strategy, const Schedule& schedule,
                                  std::span<const Step> steps);

/// Follows a recorded trace by name: at each scheduling point the task of the recorded spawn path,
/// wherever it stands in the queue. Where it is not ready, goes on in production order.
class FollowTraceStrategy final : public Strategy {
 public:
  /// `trace` must outlive it.
  explicit FollowTraceStrategy(const Trace& trace);

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;

 private:
  const Trace& trace_;
  std::vector<std::uint64_t> keys_;     // Of the trace's tasks.
  std::vector<std::uint32_t> choices_;  // Of the trace, in order; those with one value left out.
  std::size_t choices_done_ = 0;
};

}  // namespace coweave::detail
