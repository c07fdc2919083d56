#include "coweave/strategy/parameters.hpp"

#include <algorithm>
#include <charconv>

#include "coweave/core/error.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {

Parameters::Parameters(std::string_view strategy, std::string_view text) : strategy_(strategy) {
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    const std::size_t equals = part.find('=');
    if (equals == 0 || equals == part.npos || comma + 1 == text.size())
      reject("parameters as KEY=VALUE, separated by commas", std::string(text));
    given_.push_back({std::string(part.substr(0, equals)), std::string(part.substr(equals + 1))});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

void Parameters::reject(const std::string& expected, const std::string& found) const {
  throw Error("strategy: " + strategy_ + ": expected " + expected + ", found " + quote(found));
}

const std::string* Parameters::take(std::string_view key) {
  const std::string* value = nullptr;
  for (Given& given : given_) {
    if (given.key != key) continue;
    if (value != nullptr) reject(std::string(key) + " once", given.key + "=" + given.value);
    given.is_taken = true;
    value = &given.value;
  }
  return value;
}

std::uint32_t Parameters::number(std::string_view key, std::uint32_t otherwise, std::uint32_t least,
                                 std::uint32_t most) {
  const std::string expected =
      std::string(key) + "=NUMBER from " + std::to_string(least) + " to " + std::to_string(most);
  known_ += (known_.empty() ? "" : " or ") + expected;
  const std::string* const value = take(key);
  if (value == nullptr) return otherwise;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (value->empty() || error != std::errc{} || end != value->data() + value->size() ||
      number < least || number > most)
    reject(expected, std::string(key) + "=" + *value);
  return number;
}

std::size_t Parameters::word(std::string_view key, const std::vector<std::string_view>& words) {
  std::string expected;
  for (const std::string_view word : words)
    expected += (expected.empty() ? "" : " or ") + std::string(key) + "=" + std::string(word);
  known_ += (known_.empty() ? "" : " or ") + expected;
  const std::string* const value = take(key);
  if (value == nullptr) return 0;
  const auto found = std::find(words.begin(), words.end(), *value);
  if (found == words.end()) reject(expected, std::string(key) + "=" + *value);
  return static_cast<std::size_t>(found - words.begin());
}

void Parameters::finish() const {
  for (const Given& given : given_)
    if (!given.is_taken)
      reject(known_.empty() ? "no parameters" : known_, given.key + "=" + given.value);
}

}  // namespace coweave::detail
