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
/// independent steps. This class has what all engines share: the log of what steps do, the
/// happens-before relation of the last execution sequence E, the classes found.
///
/// A class is a Mazurkiewicz trace: all sequences that come from E by swapping neighbours that
/// happens-before does not order. They end in the same state, so one of them stands for all.
///
/// Worked example (test WorkedExamples.ThreeInterleavingsAreTwoClasses builds it): task p writes x,
/// task q starts r, r reads x. q comes before r, so there are three interleavings. p and q are
/// independent, so two classes:
///
///     p q r ~ q p r      r reads what p wrote
///     q r p              r reads the initial value
///
/// An engine that is optimal executes two of them. Its classes() are its executions, which spares
/// the set of class names.
///
/// Invariants (check_invariants): those of HappensBefore, FootprintTable and HashIndex;
/// done_by(step) is the number of the footprint that `step` has in the relation. Complexity: as
/// HappensBefore::push() for each new step. Steps that two executions share, at their beginning,
/// are not pushed again. Source: Abdulla, Aronis, Jonsson, Sagonas, "Source Sets: A Foundation for
/// Optimal Dynamic Partial Order Reduction", JACM 2017; first "Optimal Dynamic Partial Order
/// Reduction", POPL 2014 [DPOR]. Deviation: a step makes many accesses, and which ones may depend
/// on what it finds, which their axioms exclude. So races are sought in whole executions only, and
/// the footprint of a reversed step counts as known only if the step is exact
/// (HappensBefore::is_exact).
class ReducedSearch : public Strategy, public Exhaustible, public GrowsInMemory, public Probing {
 public:
  /// Where the steps of its executions note what they access.
  [[nodiscard]] AccessLog* accesses() { return &log_; }
  [[nodiscard]] bool is_exhausted() const final { return is_exhausted_; }
  [[nodiscard]] bool was_probe() const override { return false; }
  [[nodiscard]] Capabilities capabilities() override;
  /// Why begin_execution returned false although the search is not exhausted; else empty.
  [[nodiscard]] virtual std::string_view gave_up() const { return {}; }

  /// The name of the engine for reports: "source sets" or "wakeup trees".
  [[nodiscard]] virtual std::string_view engine() const = 0;
  /// The number of classes that were executed since the search began, or began anew.
  [[nodiscard]] std::uint64_t classes() const {
    return is_optimal() ? executions_ : classes_.size();
  }
  /// Whether it executes no class twice.
  [[nodiscard]] virtual bool is_optimal() const { return false; }
  /// Whether the last execution has shown that accesses must be logged in another way: the search
  /// begins anew with the next one.
  [[nodiscard]] bool must_restart() const { return log_.must_restart(); }
  /// Names the class of the last execution, until the next begins.
  [[nodiscard]] std::uint64_t last_class() const;
  /// Names a step of the last execution: HappensBefore::name().
  [[nodiscard]] std::uint64_t name(std::size_t step) const;
  /// Takes over the numbers of tasks and objects of `other`, and how it has to log accesses.
  void continue_log_of(const ReducedSearch& other) { log_ = other.log_; }
  /// The relation of the last execution.
  [[nodiscard]] const HappensBefore& order() const { return order_; }
  /// How many steps the last execution shares with the one before, from the first on.
  [[nodiscard]] virtual std::uint32_t shared_steps() const { return 0; }
  /// The number of executions that ended by themselves since the search began, or began anew.
  [[nodiscard]] std::uint64_t executions() const { return executions_; }
  [[nodiscard]] std::size_t memory() const override {
    return footprints_.memory() + footprint_names_.capacity() * sizeof(std::uint64_t) +
           classes_.memory();
  }
  /// Between two executions: aborts if an invariant of the class comment is broken. An engine adds
  /// its own. For tests and builds with COWEAVE_CHECK_INVARIANTS.
  virtual void check_invariants() const;

 protected:
  /// Pushes the steps of the log that are not yet in order_: E grows to the end of the log.
  void read_log();
  void push(const StepAccesses& step);
  /// `step` was pushed: it is the last step of order_.
  virtual void step_known(const StepAccesses& /*step*/) {}
  /// The number of the footprint of a step in order_.
  [[nodiscard]] FootprintId done_by(std::size_t step) const { return done_[step]; }
  /// Counts an execution that has ended, and its class. All its steps are in order_.
  void count_execution();
  void forget_executions();
  /// Writes what the search knows and has counted, for read(). The classes are left out: only an
  /// optimal search can be restored.
  void write(CheckpointWriter& checkpoint) const;
  void read(CheckpointReader& checkpoint);
  /// In builds with COWEAVE_CHECK_INVARIANTS: check_invariants() after each of the first
  /// executions, later after one of 4096. Not in a restored search: its checkpoint may be forged,
  /// which is an Error later on and no internal one.
  void check_between_executions() const {
#ifdef COWEAVE_CHECK_INVARIANTS
    if (!is_restored_ && (executions_ < 256 || executions_ % 4096 == 0)) check_invariants();
#endif
  }

  AccessLog log_;
  HappensBefore order_;
  FootprintTable footprints_;
  bool is_exhausted_ = false;

 private:
  /// Hashes what a step is apart from what happens before it: its task, footprint and choices.
  [[nodiscard]] std::uint64_t identity(std::size_t step) const;
  /// Hashes a footprint by the keys of its objects: equal in every search.
  [[nodiscard]] std::uint64_t name_of(FootprintId footprint) const;

  std::vector<FootprintId> done_;                       // By step of order_; there may be more.
  mutable std::vector<std::uint64_t> footprint_names_;  // Of the first footprints.
  HashIndex classes_;                                   // Names; empty in an optimal search.
  std::uint64_t executions_ = 0;
  bool is_restored_ = false;
};

}  // namespace coweave::detail
