#include "coweave/core/words.hpp"

#include <algorithm>

namespace coweave {
namespace {

std::string spaced(std::string_view key) {
  std::string words(key);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace

std::string counted(std::uint64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string in_words(ObjectKind kind) { return spaced(to_string(kind)); }

std::string in_words(FailureKind kind) {
  return kind == FailureKind::check ? "check failed" : spaced(to_string(kind));
}

}  // namespace coweave
