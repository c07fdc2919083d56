#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "coweave/strategy/reduction/hash_index.hpp"
#include "coweave/strategy/reduction/reduced_search.hpp"

namespace coweave::detail {

/// Checks a reduced search by interleavings that it left out: each must be of a class that it
/// executed, and end as that did. If not, steps touch something that is not tracked.
class Audit {
 public:
  struct Disagreement {
    /// In steps without choices: the first that does what it does in no execution of the search;
    /// none: all do, and yet the execution ends differently.
    std::optional<std::size_t> step;
  };

  /// An execution of the reduced search has ended, or was abandoned. To be told of each of them.
  void learn_steps(const ReducedSearch& search);
  /// It has ended.
  void learn_outcome(const ReducedSearch& search, const std::vector<ExecutionFailure>& failures);
  void forget();
  /// In bytes.
  [[nodiscard]] std::size_t memory() const {
    return outcomes_.memory() + outcome_of_.memory() + steps_.memory();
  }
  /// `search` has made another one.
  [[nodiscard]] std::optional<Disagreement> disagreement(
      const ReducedSearch& search, const std::vector<ExecutionFailure>& failures) const;

 private:
  HashIndex outcomes_;    // Their numbers.
  HashIndex outcome_of_;  // By class: the number of its outcome.
  HashIndex steps_;       // Names of those that were executed.
};

}  // namespace coweave::detail
