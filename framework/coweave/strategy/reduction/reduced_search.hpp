#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "coweave/dependence/access_log.hpp"
#include "coweave/dependence/happens_before.hpp"
#include "coweave/strategy/reduction/checkpoint_numbers.hpp"
#include "coweave/strategy/reduction/footprint_table.hpp"
#include "coweave/strategy/reduction/hash_index.hpp"
#include "coweave/strategy/strategy.hpp"

namespace coweave::detail {

/// A search that executes one, or few, of the interleavings that differ only in the order of
/// independent steps. What its kinds share: the log of the executions, their happens-before
/// relation, the classes found. Source of the theory: Abdulla, Aronis, Jonsson, Sagonas, "Source
/// Sets: A Foundation for Optimal Dynamic Partial Order Reduction", JACM 2017 [DPOR]. Deviation: a
/// step makes many accesses, and which ones may depend on what it finds, which their axioms
/// exclude; so races are sought in whole executions only, and a reversed step counts as known only
/// if it is exact (HappensBefore::is_exact).
class ReducedSearch : public Strategy {
 public:
  [[nodiscard]] AccessLog* accesses() final { return &log_; }
  [[nodiscard]] bool begins_in_production_order() const final { return true; }
  [[nodiscard]] bool is_exhausted() const final { return is_exhausted_; }

  /// "source sets" or "wakeup trees".
  [[nodiscard]] virtual std::string_view engine() const = 0;
  /// Equivalence classes among the executions since the search began, or began again.
  [[nodiscard]] std::uint64_t classes() const {
    return is_optimal() ? executions_ : classes_.size();
  }
  /// Whether it executes no class twice.
  [[nodiscard]] virtual bool is_optimal() const { return false; }
  /// The last execution has shown that all have to be written down in another way: the search
  /// begins again with the next one.
  [[nodiscard]] bool must_restart() const { return log_.must_restart(); }
  /// Of the last execution, until the next begins: the same for equivalent ones.
  [[nodiscard]] std::uint64_t last_class() const;
  /// Names a step of that: the same in all executions in which the same happens before it.
  [[nodiscard]] std::uint64_t name(std::size_t step) const;
  /// Numbers tasks and objects like `other`, and knows how that had to write down what they do.
  void continue_log_of(const ReducedSearch& other) { log_ = other.log_; }
  /// Of the last execution.
  [[nodiscard]] const HappensBefore& order() const { return order_; }
  /// So many of its first steps are those of the execution before.
  [[nodiscard]] virtual std::uint32_t shared_steps() const { return 0; }
  /// Executions that ended by themselves, since the same moment.
  [[nodiscard]] std::uint64_t executions() const { return executions_; }
  [[nodiscard]] std::size_t memory() const override {
    return footprints_.memory() + footprint_names_.capacity() * sizeof(std::uint64_t) +
           classes_.memory();
  }

 protected:
  /// Adds the steps of the log that are not yet in order_.
  void read_log();
  void push(const StepAccesses& step);
  /// That was the last step of order_.
  virtual void step_known(const StepAccesses& /*step*/) {}
  /// What a step in order_ did.
  [[nodiscard]] FootprintId done_by(std::size_t step) const { return done_[step]; }
  /// An execution has ended. All its steps are in order_.
  void count_execution();
  void forget_executions();
  /// What it knows and has counted, for read(). Not the classes: only an optimal search may be
  /// taken up again.
  void write(CheckpointWriter& checkpoint) const;
  void read(CheckpointReader& checkpoint);

  AccessLog log_;
  HappensBefore order_;
  FootprintTable footprints_;
  bool is_exhausted_ = false;

 private:
  /// What a step is besides what happens before it.
  [[nodiscard]] std::uint64_t identity(std::size_t step) const;
  /// The same in every search.
  [[nodiscard]] std::uint64_t name_of(FootprintId footprint) const;

  std::vector<FootprintId> done_;                       // By step; there may be more.
  mutable std::vector<std::uint64_t> footprint_names_;  // The first ones.
  HashIndex classes_;                                   // Of a search that is not optimal.
  std::uint64_t executions_ = 0;
};

}  // namespace coweave::detail
