#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "coweave/exploration/reduction/path_search.hpp"
#include "coweave/exploration/reduction/step_memory.hpp"

namespace coweave::detail {

/// Optimal reduction by wakeup trees [DPOR]: executes each class exactly once, and abandons nothing.
/// Deviation: what an inexact step does when it is reversed is remembered from an execution in which it
/// had seen the same, or found out by a probe, an execution that ends after that step. The search gives up where it would lose classes or take too much: when a step
/// chooses (a reversed step would stand for all values, and a tree for one), and when its trees grow
/// past the limit on branches.
class WakeupTrees final : public PathSearch {
 public:
  explicit WakeupTrees(std::size_t most_branches = 1'000'000) : most_branches_(most_branches) {}

  [[nodiscard]] bool begin_execution(std::uint64_t number) override;
  [[nodiscard]] std::size_t pick(const SchedulingPoint& point) override;
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override;
  void end_execution(std::span<const Step> steps) override;
  [[nodiscard]] bool was_probe() const override { return is_probing_; }
  [[nodiscard]] std::string_view engine() const override { return "wakeup trees"; }

  /// Why begin_execution returned false although the search is not exhausted; else empty.
  [[nodiscard]] std::string_view gave_up() const;
  [[nodiscard]] std::uint64_t probes() const { return probes_; }

 protected:
  [[nodiscard]] std::uint32_t decided(const Node& node) const override;
  void taken(Node& node, std::uint32_t task) override;
  void inherit(Node& parent, Node& child) override;
  void execution_known() override { memory_.learn(order_, log_); }
  void reverse(std::uint32_t first, std::uint32_t second) override;
  void step_before_end(std::uint32_t task) override;

 private:
  enum class Answer : std::uint8_t { no, yes, unknown };
  /// An execution to be: from `node` the steps of these tasks, of which the last is not known yet.
  struct Probe {
    std::uint32_t node;
    std::vector<std::uint32_t> tasks;
  };

  /// Whether a step of `task` may come first in the steps `later_`: what the last of them does is
  /// `last_footprint_` if `is_last_known`.
  [[nodiscard]] Answer is_weak_initial(std::uint32_t task, FootprintView footprint,
                                       bool is_last_known) const;
  [[nodiscard]] FootprintView footprint_in_later(std::uint32_t step) const {
    return step == last_ ? last_footprint_.view() : order_.footprint(step);
  }
  /// Whether `first`, of later_ too, happens before the last step.
  [[nodiscard]] bool is_before_last(std::uint32_t first) const;
  /// Puts `later_`, which leads on from `node`, into its tree, unless that or what sleeps there covers
  /// it. If the last step is not known: asks for a probe where that matters.
  void insert(std::uint32_t node, bool is_last_known);
  void append(std::vector<Branch>& tree);
  void ask_for_probe(Probe probe);
  void end_probe();

  StepMemory memory_;
  std::vector<std::uint32_t> later_;  // Steps of order_: v of [DPOR].
  std::uint32_t last_ = 0;            // The last of them, if it is not erased.
  Footprint last_footprint_;          // What it does after the others, if that is known.
  std::vector<Probe> pending_;
  std::size_t probed_ = 0;            // Of pending_.
  bool is_probing_ = false;
  bool has_chosen_ = false;
  std::size_t branches_ = 0;          // In all trees.
  std::size_t most_branches_;
  std::uint64_t probes_ = 0;
};

}  // namespace coweave::detail
