#pragma once

// Internal: included by sources only, so that users of Coweave need no JSON library.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

namespace coweave::detail {

using Json = nlohmann::json;

/// How a member of the outermost object is wanted.
enum class Wanted : std::uint8_t {
  no,        ///< Ignore it; only its syntax is checked.
  whole,     ///< As one value.
  elements,  ///< A list, element by element; any other value as `whole`.
};

/// Receives the members of a JSON object piece by piece, in the order of the text.
class JsonMembers {
 public:
  virtual ~JsonMembers() = default;
  [[nodiscard]] virtual Wanted wanted(std::string_view key) = 0;
  virtual void member(std::string_view key, const Json& value) = 0;
  virtual void element(std::string_view key, std::size_t index, const Json& value) = 0;
  virtual void end_of_list(std::string_view key, std::size_t size) = 0;
};

/// Reads `text`, a JSON object, without ever holding all of it as a tree: memory stays in
/// proportion to what `members` keeps. Throws Error, one line that names `source`, for syntax, for
/// invalid UTF-8, for a key given twice, beyond 32 levels of nesting or a million values in one
/// piece. `members` may throw too.
void stream_json(std::string_view text, std::string_view source, JsonMembers& members);

}  // namespace coweave::detail
