#include "coweave/core/place.hpp"

namespace coweave {

SourceLine source_line(const Place& place, std::string_view source_root) {
  return source_line(place.file_name(), place.line(), source_root);
}

SourceLine source_line(const char* file_name, std::uint32_t line, std::string_view source_root) {
  if (line == 0 || file_name == nullptr) return {};
  std::string_view file = file_name;
  const bool below = !source_root.empty() && file.size() > source_root.size() &&
                     file.substr(0, source_root.size()) == source_root;
  if (below) {
    file.remove_prefix(source_root.size());
    while (!file.empty() && file.front() == '/') file.remove_prefix(1);
  } else if (const std::size_t slash = file.find_last_of("/\\"); slash != file.npos) {
    file.remove_prefix(slash + 1);
  }
  return {std::string(file), line};
}

std::string to_string(const SourceLine& line) {
  return line.known() ? line.file + ":" + std::to_string(line.line) : "?";
}

}  // namespace coweave
