#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coweave::detail {

/// The parameters of a strategy that is given by name: the "depth=5" of "pct:depth=5", several
/// separated by commas. Each strategy takes those that it knows; what is left is an error.
class Parameters {
 public:
  /// `text`: what follows the colon, may be empty. Throws Error for a part that is no KEY=VALUE.
  Parameters(std::string_view strategy, std::string_view text);

  /// Throws Error if the value is no number from `least` to `most`.
  [[nodiscard]] std::uint32_t number(std::string_view key, std::uint32_t otherwise,
                                     std::uint32_t least, std::uint32_t most);
  /// The position in `words` of the value; 0 without one. Throws Error if it is none of them.
  [[nodiscard]] std::size_t word(std::string_view key, const std::vector<std::string_view>& words);
  /// Throws Error if there is one that was not taken.
  void finish() const;

 private:
  [[noreturn]] void reject(const std::string& expected, const std::string& found) const;
  /// Null if there is none of that key.
  [[nodiscard]] const std::string* take(std::string_view key);

  struct Given {
    std::string key;
    std::string value;
    bool is_taken = false;
  };
  std::string strategy_;
  std::vector<Given> given_;
  std::string known_;  // What was asked for: "depth=1..1000".
};

}  // namespace coweave::detail
