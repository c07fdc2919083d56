#include "mutants/switch.hpp"

#include <cstdlib>

namespace coweave {

bool is_mutant(std::string_view name) {
  static const char* const chosen = std::getenv("COWEAVE_MUTANT");
  return chosen != nullptr && name == chosen;
}

}  // namespace coweave
