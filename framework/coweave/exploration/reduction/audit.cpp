#include "coweave/exploration/reduction/audit.hpp"

#include <algorithm>
#include <string_view>

#include "coweave/core/hash.hpp"

namespace coweave::detail {
namespace {

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = text.size();
  for (const char c : text) hash = roll(hash, static_cast<unsigned char>(c));
  return hash;
}

/// Independent failures may come in any order, but the first one classifies.
std::uint64_t outcome_of(const std::vector<ExecutionFailure>& failures) {
  std::uint64_t sum = failures.size();
  for (const ExecutionFailure& failure : failures)
    sum += mix(roll(roll(hash_of(failure.place.file), failure.place.line),
                    static_cast<std::uint64_t>(failure.kind)));
  return sum;
}

}  // namespace

void Audit::learn(const ReducedSearch& search, const std::vector<ExecutionFailure>& failures) {
  outcomes_.emplace(search.last_class(), outcome_of(failures));
  for (std::size_t step = 0; step < search.order().size(); ++step)
    steps_.insert(search.name_of(step));
}

void Audit::forget() {
  outcomes_.clear();
  steps_.clear();
}

std::optional<Audit::Disagreement> Audit::disagreement(
    const ReducedSearch& search, const std::vector<ExecutionFailure>& failures) const {
  const auto known = outcomes_.find(search.last_class());
  if (known != outcomes_.end() && known->second == outcome_of(failures)) return std::nullopt;
  for (std::size_t step = 0; step < search.order().size(); ++step)
    if (steps_.count(search.name_of(step)) == 0) return Disagreement{step};
  return Disagreement{};
}

}  // namespace coweave::detail
