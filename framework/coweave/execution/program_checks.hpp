#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coweave/core/place.hpp"
#include "coweave/execution/failure_collector.hpp"
#include "coweave/runtime/context.hpp"

namespace coweave::detail {

class InvariantBase;

/// What a program says of itself while it runs: invariants, for one execution; names given to
/// sometimes() and what was overlooked, for all executions.
class ProgramChecks {
 public:
  /// A name given to sometimes(), and whether it has ever held.
  struct Claim {
    std::string name;
    bool has_held = false;
  };
  /// What the program has overlooked: see detail::Oversight.
  struct Overlooked {
    Oversight kind = Oversight::unawaited_task;
    std::string name;  ///< Of the coroutine function, as compilers write it, or of the object.
    SourceLine place;
  };

  /// `source_root`: see source_line(). Must outlive it.
  explicit ProgramChecks(const std::string& source_root) : source_root_(source_root) {}

  /// Forgets the invariants of the execution before.
  void begin_execution() { invariants_.clear(); }

  void add(InvariantBase& invariant) { invariants_.push_back(&invariant); }
  void remove(InvariantBase& invariant) noexcept { std::erase(invariants_, &invariant); }
  [[nodiscard]] bool any_invariants() const { return !invariants_.empty(); }
  /// Evaluates the invariants in the order in which they were added. One that does not hold, or
  /// throws, becomes a failure of `task` and is not checked again. O(invariants).
  void check_invariants(FailureCollector& failures, TaskId task);

  /// sometimes() was reached. O(names); allocates for a new name only.
  void note_sometimes(std::string_view name, bool holds);
  /// O(what was overlooked); allocates for what was not met before only.
  void note_oversight(Oversight kind, std::string_view name, const Place& place);

  /// Of all executions so far, in the order first reached.
  [[nodiscard]] const std::vector<Claim>& claims() const { return claims_; }
  /// Of all executions so far, none twice, in the order first met.
  [[nodiscard]] const std::vector<Overlooked>& overlooked() const { return overlooked_; }

 private:
  const std::string& source_root_;
  std::vector<InvariantBase*> invariants_;
  std::vector<Claim> claims_;
  std::vector<Overlooked> overlooked_;
};

}  // namespace coweave::detail
