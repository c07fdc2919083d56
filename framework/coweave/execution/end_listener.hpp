#pragma once

#include <string>

namespace coweave::detail {

class Execution;

/// Hears of the end of an execution that has failed, before anything of it is destroyed: what a
/// destructor does then, be it to end the process, cannot take the failure away.
class EndListener {
 public:
  virtual ~EndListener() = default;
  /// The failures and the steps of `execution` are complete. Returns where its schedule is saved;
  /// empty: nowhere. Must not throw.
  virtual std::string execution_failed(const Execution& execution) = 0;
};

}  // namespace coweave::detail
