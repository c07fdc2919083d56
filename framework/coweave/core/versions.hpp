#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace coweave {

/// What an execution depends on besides the program: another version may take other steps. Empty:
/// not known, or not used.
struct Versions {
  std::string coweave;   ///< "Coweave 0.1.0".
  std::string compiler;  ///< Of the program under test: "g++ 12.2.0".
  std::string asio;      ///< "Asio 1.22.1", "Boost.Asio 1.26.0 (Boost 1.81.0)".

  [[nodiscard]] bool empty() const { return coweave.empty() && compiler.empty() && asio.empty(); }
  friend bool operator==(const Versions&, const Versions&) = default;
};

namespace detail {

/// Those of this process.
[[nodiscard]] Versions present_versions();
/// Writes down what the headers were compiled by, or with. Thread-safe; the first one counts.
bool note_compiler(std::string_view compiler);
/// The same; a process may use both libraries. `version` as ASIO_VERSION has it, `boost` as
/// BOOST_VERSION.
void note_asio(std::uint32_t version, std::uint32_t boost = 0);

/// "recorded with Asio 1.22.1, this is Boost.Asio 1.26.0 (Boost 1.81.0); ...". Empty where all that
/// is known of `recorded` is the same in `present`.
[[nodiscard]] std::string version_differences(const Versions& recorded, const Versions& present);

#define COWEAVE_TEXT_OF_(...) #__VA_ARGS__
#define COWEAVE_TEXT_(...) COWEAVE_TEXT_OF_(__VA_ARGS__)
/// What compiles the code in which it is called.
[[nodiscard]] constexpr std::string_view compiler_name() {
#if defined(__clang__)
  return "clang++ " COWEAVE_TEXT_(__clang_major__) "." COWEAVE_TEXT_(
      __clang_minor__) "." COWEAVE_TEXT_(__clang_patchlevel__);
#elif defined(__GNUC__)
  return "g++ " COWEAVE_TEXT_(__GNUC__) "." COWEAVE_TEXT_(__GNUC_MINOR__) "." COWEAVE_TEXT_(
      __GNUC_PATCHLEVEL__);
#else
  return {};
#endif
}
#undef COWEAVE_TEXT_
#undef COWEAVE_TEXT_OF_

}  // namespace detail
}  // namespace coweave
