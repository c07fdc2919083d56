#pragma once

#include <cstdint>

namespace coweave {

/// A task of one execution: its position in order of creation. Two schedules of a program may
/// number the same task differently; its spawn path (TaskInfo::path) is the name that does not
/// change.
enum class TaskId : std::uint32_t { root = 0, none = 0xFFFFFFFFU };

/// An object of one execution (a lock, an event, ...): its position in order of first use. The name
/// that does not change between schedules is ObjectInfo::path.
enum class ObjectId : std::uint32_t { none = 0xFFFFFFFFU };

[[nodiscard]] constexpr std::uint32_t index_of(TaskId id) { return static_cast<std::uint32_t>(id); }
[[nodiscard]] constexpr std::uint32_t index_of(ObjectId id) {
  return static_cast<std::uint32_t>(id);
}

}  // namespace coweave
