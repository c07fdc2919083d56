#pragma once

#include <cstdint>

#include "coweave/core/ids.hpp"
#include "coweave/dependence/access.hpp"

namespace coweave::detail {

class AccessLog;

/// The writer of AccessLog for primitives: numbers objects, and logs accesses of the step under
/// way. A reference to the log, as short-lived as the expression that makes it.
class ObjectAccesses {
 public:
  explicit ObjectAccesses(AccessLog& log) : log_(log) {}

  /// Returns the number of an object, the `ordinal`-th that `creator` created in this execution;
  /// the creator `none` is the call of the body.
  [[nodiscard]] std::uint32_t number_of(TaskId creator, std::uint32_t ordinal);
  /// Returns the number of an object that is older than the execution.
  [[nodiscard]] std::uint32_t number_of_older(std::uint64_t age);
  void access(std::uint32_t object, AccessKind kind);

 private:
  AccessLog& log_;
};

}  // namespace coweave::detail
