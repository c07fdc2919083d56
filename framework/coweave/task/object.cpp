#include "coweave/task/object.hpp"

#include <string>

#include "coweave/core/words.hpp"

namespace coweave::detail {

std::string describe(const Object& object) {
  std::string text = in_words(object.kind());
  if (!object.name().empty()) return text + " \"" + std::string(object.name().view()) + "\"";
  return text + " (created at " + to_string(source_line(object.created_at(), {})) + ")";
}

}  // namespace coweave::detail
