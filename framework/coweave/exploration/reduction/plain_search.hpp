#pragma once

#include "coweave/exploration/reduction/reduced_search.hpp"
#include "coweave/strategy/exhaustive.hpp"

namespace coweave::detail {

/// No reduction: every interleaving, and the class of each. What the reduced searches are compared with.
class PlainSearch final : public ReducedSearch {
 public:
  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override {
    return point.size() > 1 ? all_.pick(point) : 0;
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return all_.choose(alternatives);
  }
  void end_execution(std::span<const Step> steps) override;
  [[nodiscard]] std::string_view engine() const override { return "plain enumeration"; }

 private:
  ExhaustiveStrategy all_;
};

}  // namespace coweave::detail
