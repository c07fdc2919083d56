#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "coweave/core/rng.hpp"
#include "coweave/strategy/program_profile.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave {

/// What the random strategies that measure the program have in common. Their first execution is the
/// production order, which gives the first estimates; execution r > 1 depends on (seed, r) and on
/// the estimates from the executions before it. Values of a choice are equally likely. They look at
/// every ready task at every point; where more than `most_observed` are ready they pick uniformly,
/// so that an execution of very many tasks ends, and such an execution counts for no assurance.
class RandomizedStrategy : public Strategy, public ObservesTouches {
 public:
  static constexpr std::size_t most_observed = 4'096;

  [[nodiscard]] bool begin_execution(std::uint64_t number) final {
    if (leads_) profile_->begin_execution();
    is_first_ = number == 1 && leads_;
    was_crowded_ = false;
    if (is_first_) return true;
    rng_ = Rng(execution_seed(seed_, number));
    begin(number);
    return true;
  }
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) final {
    if (point.size() > most_observed) [[unlikely]] {
      was_crowded_ = true;
      return is_first_ ? 0 : rng_.below(static_cast<std::uint32_t>(point.size()));
    }
    if (leads_) profile_->observe(point);
    return is_first_ ? 0 : next(point);
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) final {
    return is_first_ ? 0 : rng_.below(alternatives);
  }
  void step_ended(std::span<const Touch> touches) final {
    if (leads_) profile_->step_ended(touches);
  }
  void end_execution(std::span<const Step> steps) final {
    if (leads_) profile_->end_execution(steps);
    if (!is_first_ && !was_crowded_) end();
  }
  [[nodiscard]] Capabilities capabilities() override {
    Capabilities offered = capabilities_of(*this);
    offered.begins_in_production_order = true;
    return offered;
  }

 protected:
  /// A strategy on its own leads a profile of its own. With `shared`, another strategy leads that
  /// one, and executes the production order.
  explicit RandomizedStrategy(std::uint64_t seed,
                              std::shared_ptr<detail::ProgramProfile> shared = nullptr)
      : leads_(shared == nullptr),
        profile_(shared ? std::move(shared) : std::make_shared<detail::ProgramProfile>()),
        seed_(seed),
        rng_(seed) {}

  /// Before execution `number`, which is not the production order.
  virtual void begin(std::uint64_t number) = 0;
  /// The position to pick; the profile has observed the point.
  [[nodiscard]] virtual std::size_t next(const SchedulingPoint& point) = 0;
  /// After such an execution; the profile has learned from it.
  virtual void end() {}

  [[nodiscard]] detail::ProgramProfile& profile() const { return *profile_; }
  /// For the strategies that this one hands executions to.
  [[nodiscard]] const std::shared_ptr<detail::ProgramProfile>& shared_profile() const {
    return profile_;
  }
  [[nodiscard]] Rng& rng() { return rng_; }

 private:
  bool leads_;
  bool is_first_ = false;
  bool was_crowded_ = false;  // Some point of this execution had more than most_observed entries.
  std::shared_ptr<detail::ProgramProfile> profile_;
  std::uint64_t seed_;
  Rng rng_;
};

}  // namespace coweave
