#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "coweave/exploration/options.hpp"

namespace coweave::detail {

std::uint64_t max_memory_of(const Options& options) {
  constexpr std::uint64_t usual = std::uint64_t{2} << 30U;
  constexpr std::uint64_t whole = ~std::uint64_t{0x000FFFFF};  // MiB.
  if (options.max_memory != 0) return options.max_memory;
  const auto pages = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
  const auto page = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
  const std::uint64_t half = pages * page / 2 & whole;
  return half == 0 ? usual : std::min(usual, half);
}

}  // namespace coweave::detail
