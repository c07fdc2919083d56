#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace coweave {

/// How a step accesses an object. Two accesses of one object conflict, or not, by their kinds.
enum class AccessKind : std::uint8_t {
  touch,  ///< Matters to `exclusive` alone: joining or leaving the queue of what may be destroyed.
  read,   ///< Looks at the object.
  write,  ///< Changes it without looking at it.
  exclusive,  ///< Looks at it and changes it.
  attempt,    ///< Queues for a permit, without looking whether there is one.
  release,    ///< Returns a permit for the next task, without looking which one.
};

/// One object that a step works on. The object is a number that is the same in all executions of an
/// exploration.
struct Access {
  std::uint32_t object = 0;
  AccessKind kind = AccessKind::touch;
  friend bool operator==(const Access&, const Access&) = default;
};

namespace detail {

constexpr std::uint8_t bit(AccessKind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

inline constexpr std::uint8_t any_access = 0x3F;
inline constexpr std::uint32_t access_kinds = 6;
/// Indexed by kind: the kinds that it conflicts with. Symmetric.
inline constexpr std::array<std::uint8_t, access_kinds> conflicting{
    bit(AccessKind::exclusive),
    bit(AccessKind::write) | bit(AccessKind::exclusive),
    bit(AccessKind::read) | bit(AccessKind::write) | bit(AccessKind::exclusive),
    any_access,
    bit(AccessKind::attempt) | bit(AccessKind::exclusive),
    bit(AccessKind::release) | bit(AccessKind::exclusive),
};

}  // namespace detail

/// Whether the order of two accesses to one object matters.
[[nodiscard]] constexpr bool conflict(AccessKind a, AccessKind b) {
  return (detail::conflicting[static_cast<std::size_t>(a)] & detail::bit(b)) != 0;
}

/// Whether what the step does next may depend on what the access found.
[[nodiscard]] constexpr bool observes(AccessKind kind) {
  return kind == AccessKind::touch || kind == AccessKind::read || kind == AccessKind::exclusive;
}

namespace detail {

/// What one step did to the objects of the program, and which steps made it possible.
struct StepAccesses {
  std::uint32_t task = 0;                     ///< The number of its task: equal in all executions.
  std::span<const Access> accesses;           ///< In the order in which they were made; none twice.
  std::span<const std::uint32_t> enabled_by;  ///< Steps that made the task ready.
  std::uint32_t fence = 0;  ///< The step happens after the first `fence` steps, whatever they do.
  std::span<const std::uint32_t> choices;  ///< The values that the step chose.
  bool is_untracked = false;               ///< The step may have touched anything.
  bool ends_execution = false;             ///< The body ended in the step: nothing runs after it.

  /// Whether the step conflicts with every step.
  [[nodiscard]] bool is_opaque() const { return is_untracked || ends_execution; }
};

}  // namespace detail
}  // namespace coweave
