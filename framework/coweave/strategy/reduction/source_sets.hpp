#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "coweave/strategy/reduction/path_search.hpp"

namespace coweave::detail {

/// Reduction by source sets, Source-DPOR of [DPOR]. Each node, a prefix E, has a list backtrack(E)
/// of tasks to step from it. After an execution, for each race (e, e'), where E is the prefix
/// before e:
///
///     v := notdep(e, E).e'        what may be executed without e, then e'
///     if I(v) has no task of backtrack(E): add one task of I(v) to backtrack(E)
///
/// p is an initial of v, p in I(v), if nothing in v happens before the first step of p in v: E.v
/// may, up to equivalence, begin with E.p. backtrack(E) grows until it is a source set: each
/// execution from E has a weak initial in it. That is enough to execute each class at least once.
///
/// Worked example (test WorkedExamples.SourceSetsReverseOneRace builds it): three tasks, one race.
/// The body b starts p and q. p writes x. q starts r, which reads x. So p and r race; q enables r.
///
///     execution 1   b p q r b     in production order; backtrack(b) = p
///       race (p, r): e = p, so E = b; notdep(p, E) = q; v = q.r; I(v) = {q}: q enables r
///       backtrack(b) = p, q
///     backtrack to b: sleep(b) = {p}
///     execution 2   b q r p b     q is in backtrack(b); then p sleeps, so r comes, and wakes p
///       race (r, p): E = b.q; notdep(r, E) is empty; v = p; I(v) = {p}
///       backtrack(b.q) = r, p     p sleeps at b.q and is never stepped there
///     nothing is left: two classes, two executions
///
/// Deviations from [DPOR]. Races are sought in whole executions (ReducedSearch). An inexact e'
/// (HappensBefore::is_exact) may do something else in v and then not come first, so it counts as an
/// initial only if v = e'.
///
/// Invariants: those of PathSearch; tasks occur once in backtrack(E), and the tasks that were
/// stepped from E are among them (check_invariants).
///
/// Complexity: a race costs O(|v|^2) at most. Memory: the tasks to step from the nodes of one path.
/// Some executions are abandoned before they repeat a class.
/// Source: [DPOR], cited in full at ReducedSearch. The lists are the backtrack sets of Flanagan and
/// Godefroid, "Dynamic Partial-Order Reduction for Model Checking Software", POPL 2005; theirs are
/// persistent sets, which are larger.
class SourceSets : public PathSearch {
 public:
  [[nodiscard]] std::unique_ptr<PathSearch> another() const override {
    return std::make_unique<SourceSets>();
  }
  [[nodiscard]] std::string_view engine() const override { return "source sets"; }
  /// Returns backtrack(E) for the prefix E of `steps` steps of the path.
  [[nodiscard]] const std::vector<std::uint32_t>& backtrack(std::size_t steps) const {
    return backtrack_[steps];
  }
  void check_invariants() const override;

 protected:
  [[nodiscard]] std::uint32_t decided(std::size_t steps) const override;
  void taken(std::size_t steps, std::uint32_t task) override;
  void extended(std::size_t steps) override;
  void reverse(std::uint32_t first, std::uint32_t second) override;
  void step_before_end(std::uint32_t task) override;

  /// Adds `task` to backtrack(E) for the prefix E of `steps` steps, unless it is there.
  void want(std::size_t steps, std::uint32_t task);

 private:
  std::vector<std::vector<std::uint32_t>>
      backtrack_;                 // By length of the prefix; there may be more.
  StepSet notdep_;                // For reverse().
  std::vector<std::uint32_t> v_;  // For reverse(): steps.
};

}  // namespace coweave::detail
