#include "coweave/execution/wait_record.hpp"

#include <charconv>

#include "coweave/core/hash.hpp"
#include "coweave/execution/task_table.hpp"

namespace coweave::detail {
namespace {

/// The decimal number at the front of `text`, which it takes off.
std::uint32_t take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

std::uint64_t WaitRecord::key_of(std::uint64_t creator_key, std::uint32_t ordinal) {
  return mix(roll(creator_key, ordinal)) | 1U;
}

bool WaitRecord::was_never_waited_for(std::string_view path) const {
  const std::size_t slash = path.find('/');
  const std::string_view creator = path.substr(0, slash);
  if (creator == "before") return !any_older_;
  if (keys_.size() >= most || slash == path.npos) return false;
  std::uint64_t key = 0;
  if (creator != "outside") {
    std::string_view rest = creator;
    static_cast<void>(take_number(rest));  // The root's.
    key = root_key;
    while (!rest.empty()) {
      rest.remove_prefix(1);
      key = child_key(key, take_number(rest));
    }
  }
  std::string_view ordinal = path.substr(slash + 1);
  return !keys_.contains(key_of(key, take_number(ordinal)));
}

}  // namespace coweave::detail
