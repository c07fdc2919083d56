#pragma once

#include <cstdint>
#include <unordered_map>

#include "coweave/dependence/happens_before.hpp"

namespace coweave::test {

/// In how many orders the steps of an execution can be put without breaking happens-before: by
/// dynamic programming over the sets of steps that are closed under it. At most 64 steps.
inline std::uint64_t linear_extensions(const detail::HappensBefore& order) {
  const std::size_t size = order.size();
  std::vector<std::uint64_t> needs(size, 0);
  for (std::size_t second = 0; second < size; ++second)
    for (std::size_t first = 0; first < second; ++first)
      if (order.before(first, second)) needs[second] |= std::uint64_t{1} << first;
  std::unordered_map<std::uint64_t, std::uint64_t> sets{{0, 1}};
  for (std::size_t done = 0; done < size; ++done) {
    std::unordered_map<std::uint64_t, std::uint64_t> larger;
    for (const auto& [set, count] : sets)
      for (std::size_t step = 0; step < size; ++step)
        if ((set >> step & 1U) == 0 && (needs[step] & ~set) == 0)
          larger[set | std::uint64_t{1} << step] += count;
    sets = std::move(larger);
  }
  return sets.begin()->second;
}

}  // namespace coweave::test
