#include "coweave/core/place.hpp"

namespace coweave {

SourceLine source_line(const Place& place, std::string_view source_root) {
  return source_line(place.file_name(), place.line(), source_root);
}

std::string_view shown_file(std::string_view file, std::string_view source_root) {
  const bool below = !source_root.empty() && file.size() > source_root.size() &&
                     file.substr(0, source_root.size()) == source_root;
  if (below) {
    file.remove_prefix(source_root.size());
    while (!file.empty() && file.front() == '/') file.remove_prefix(1);
  } else if (const std::size_t slash = file.find_last_of("/\\"); slash != file.npos) {
    file.remove_prefix(slash + 1);
  }
  return file;
}

SourceLine source_line(const char* file_name, std::uint32_t line, std::string_view source_root) {
  if (line == 0 || file_name == nullptr) return {};
  return {std::string(shown_file(file_name, source_root)), line};
}

bool is_in_system_header(std::string_view file) {
  // The last one is where compilers keep their standard library, wherever they are installed.
  return file.starts_with("/usr/include/") || file.starts_with("/usr/lib/") ||
         file.starts_with("/usr/local/include/") || file.find("/include/c++/") != file.npos;
}

std::string to_string(const SourceLine& line) {
  return line.known() ? line.file + ":" + std::to_string(line.line) : "?";
}

std::string at_place(const SourceLine& line) {
  return line.known() ? " at " + to_string(line) : std::string();
}

}  // namespace coweave
