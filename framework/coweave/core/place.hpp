#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace coweave {

/// A line of the program under test. For the reader only: never part of an identity, since
/// compilers differ on the line of an expression that spans several.
using Place = std::source_location;

/// A Place that outlives the program: what reports and schedule files hold.
struct SourceLine {
  std::string file;  ///< Relative to the source root, or the bare file name; empty if unknown.
  std::uint32_t line = 0;  ///< From 1; 0 if unknown.

  [[nodiscard]] bool known() const { return line != 0; }
  friend bool operator==(const SourceLine&, const SourceLine&) = default;
};

/// `place` with its file relative to `source_root`; the bare file name where it does not lie below.
[[nodiscard]] SourceLine source_line(const Place& place, std::string_view source_root);

/// The same for a place that is not a Place: what GoogleTest reports.
[[nodiscard]] SourceLine source_line(const char* file, std::uint32_t line,
                                     std::string_view source_root);

/// The file of such a line, a part of `file`. Allocates nothing.
[[nodiscard]] std::string_view shown_file(std::string_view file, std::string_view source_root);

/// Whether `file` is a header of the compiler, of the standard library or of the system: a place
/// there is not where a person wrote anything, as that of an object that std::make_unique creates.
[[nodiscard]] bool is_in_system_header(std::string_view file);

/// "bank.cpp:14", or "?" where the place is unknown.
[[nodiscard]] std::string to_string(const SourceLine& line);
/// " at bank.cpp:14", or nothing where the place is unknown.
[[nodiscard]] std::string at_place(const SourceLine& line);

}  // namespace coweave
