#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coweave/runtime/object.hpp"

namespace coweave::detail {

/// What is known of an object that an execution has numbered.
struct NumberedObject {
  ObjectKind kind = ObjectKind::none;
  bool is_older = false;          ///< Created before the execution.
  TaskId creator = TaskId::none;  ///< `none` if the call of the body created it.
  std::uint32_t ordinal = 0;      ///< The n-th creation of the creator.
  Name name;
  Place created_at;
};

/// The objects of one execution after the other, numbered in the order of their first use. Keeps
/// its memory. The entries outlive the objects.
class ObjectTable {
 public:
  void begin_execution() { objects_.clear(); }

  /// Numbers `object`, which has no number in this execution. O(1) amortised.
  ObjectId add(const Object& object) {
    const auto id = static_cast<ObjectId>(objects_.size());
    objects_.push_back({object.kind(), object.is_older(), object.creator(), object.ordinal(),
                        object.name(), object.created_at()});
    return id;
  }

  /// By ObjectId. A signal handler may read them.
  [[nodiscard]] std::span<const NumberedObject> all() const { return objects_; }

 private:
  std::vector<NumberedObject> objects_;
};

}  // namespace coweave::detail
