#pragma once

// Internal: included by sources only, so that users of Coweave need no JSON library.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace coweave::detail {

/// A value of a JSON text, or the absence of one, together with the way to it, so that a complaint
/// can say where: `SOURCE: at /steps/4/task: expected ..., found ...`. Cursors refer to the one
/// that they come from, the value and the source: all of them have to outlive it. Nothing is
/// allocated for the way until there is a complaint.
class JsonCursor {
 public:
  using Json = nlohmann::json;

  /// The member `key` of the outermost object.
  JsonCursor(std::string_view source, std::string_view key, const Json* value)
      : source_(source), key_(key), value_(value) {}
  /// A member of an object. Throws Error if `this` is none; absent if there is no such member.
  [[nodiscard]] JsonCursor operator[](std::string_view key) const;
  /// The element of a list. `value` is null if it is known only by its place.
  [[nodiscard]] JsonCursor element(std::size_t index, const Json* value) const;
  [[nodiscard]] JsonCursor element(std::size_t index) const;

  [[nodiscard]] bool is_present() const { return value_ != nullptr; }
  /// Each throws Error if the value is absent or something else.
  [[nodiscard]] const std::string& string() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::size_t list_size() const;
  [[nodiscard]] std::uint32_t number() const;
  [[nodiscard]] std::uint64_t wide_number() const;
  /// A number below `end`, of which `what` says what it counts: "the number of steps".
  [[nodiscard]] std::uint32_t number_below(std::size_t end, std::string_view what) const;
  void must_be_object() const;

  /// Throws Error: `SOURCE: at WAY: expected EXPECTED, found` this value.
  [[noreturn]] void fail(std::string_view expected) const;
  /// Throws Error: `SOURCE: at WAY: REASON`.
  [[noreturn]] void fail_because(std::string_view reason) const;

 private:
  static constexpr std::size_t no_index = std::numeric_limits<std::size_t>::max();

  JsonCursor(const JsonCursor& parent, std::string_view key, std::size_t index, const Json* value)
      : source_(parent.source_), parent_(&parent), key_(key), index_(index), value_(value) {}
  [[nodiscard]] std::uint64_t number_up_to(std::uint64_t most) const;
  [[nodiscard]] std::string way() const;

  std::string_view source_;
  const JsonCursor* parent_ = nullptr;
  std::string_view key_;  // Unless index_ says that it is an element.
  std::size_t index_ = no_index;
  const Json* value_;
};

/// What a complaint says was found: `"text"`, `17`, `a list`, `nothing`.
[[nodiscard]] std::string describe_value(const nlohmann::json* value);

}  // namespace coweave::detail
