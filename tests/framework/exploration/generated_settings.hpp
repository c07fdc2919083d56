#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

/// How many generated programs a run compares, and which: from the environment.
namespace coweave::test {

inline std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* const value = std::getenv(variable);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

/// Programs of a mix, where the environment does not say how many. From 50 on a run is judged by
/// what it has compared.
inline constexpr std::uint64_t programs_by_default = 50;

/// COWEAVE_GENERATED_PROGRAMS, or one of `one_of` of them. tools/nightly.sh compares 10,000.
inline std::uint64_t programs_to_compare(std::uint64_t one_of = 1,
                                         std::uint64_t otherwise = programs_by_default) {
  return std::max<std::uint64_t>(number_in("COWEAVE_GENERATED_PROGRAMS", otherwise) / one_of, 1);
}

/// To see a failure again: the seed that it names, and one program.
inline std::uint64_t first_seed() { return number_in("COWEAVE_GENERATED_SEED", 1); }

}  // namespace coweave::test
