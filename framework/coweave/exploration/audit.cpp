#include "coweave/exploration/audit.hpp"

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

void Audit::learn_outcome(const ReducedSearch& search,
                          const std::vector<ExecutionFailure>& failures) {
  const auto next = static_cast<std::uint32_t>(outcomes_.size());
  outcome_of_.insert(search.last_class(), outcomes_.insert(outcome_of(failures), next));
}

void Audit::learn_steps(const ReducedSearch& search) {
  for (std::size_t step = search.shared_steps(); step < search.order().size(); ++step)
    steps_.insert(search.name(step), 0);
}

void Audit::forget() {
  outcomes_.clear();
  outcome_of_.clear();
  steps_.clear();
}

std::optional<Audit::Disagreement> Audit::disagreement(
    const ReducedSearch& search, const std::vector<ExecutionFailure>& failures) const {
  const std::uint32_t known = outcome_of_.find(search.last_class());
  if (known != HashIndex::none && known == outcomes_.find(outcome_of(failures)))
    return std::nullopt;
  for (std::size_t step = 0; step < search.order().size(); ++step)
    if (steps_.find(search.name(step)) == HashIndex::none) return Disagreement{step};
  return Disagreement{};
}

}  // namespace coweave::detail
