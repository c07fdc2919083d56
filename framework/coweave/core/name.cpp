#include "coweave/core/name.hpp"

#include <mutex>
#include <set>

namespace coweave {

void Name::intern(std::string_view text) {
  // Never destroyed: static objects of the program under test may carry names too.
  static auto& table = *new std::set<std::string, std::less<>>;  // NOLINT(*-owning-memory)
  static std::mutex guard;
  const std::lock_guard lock(guard);
  auto found = table.find(text);
  if (found == table.end()) found = table.emplace(text).first;
  text_ = &*found;
}

}  // namespace coweave
