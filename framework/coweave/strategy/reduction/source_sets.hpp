#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "coweave/strategy/reduction/path_search.hpp"

namespace coweave::detail {

/// Reduction by source sets [DPOR]. Executes each class at least once, most of them exactly once;
/// an execution that turns out to repeat one is abandoned. Remembers little: tasks to step from the
/// nodes of one path.
class SourceSets : public PathSearch {
 public:
  [[nodiscard]] std::unique_ptr<PathSearch> another() const override {
    return std::make_unique<SourceSets>();
  }
  [[nodiscard]] std::string_view engine() const override { return "source sets"; }

 protected:
  [[nodiscard]] std::uint32_t decided(const Node& node) const override;
  void taken(Node& node, std::uint32_t task) override;
  void reverse(std::uint32_t first, std::uint32_t second) override;
  void step_before_end(std::uint32_t task) override;

 private:
  StepSet v_;  // Scratch of reverse, like the next.
  std::vector<std::uint32_t> steps_;
};

}  // namespace coweave::detail
