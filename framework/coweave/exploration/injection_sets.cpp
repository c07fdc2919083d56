#include "coweave/exploration/injection_sets.hpp"

#include <algorithm>
#include <utility>

namespace coweave::detail {

std::optional<std::vector<Intrusion>> IntrusionSets::next() {
  if (given_ == sets_.size()) return std::nullopt;
  return sets_[given_++];
}

void IntrusionSets::extend(const std::set<Intrusion>& chances) {
  const std::vector<Intrusion> last = sets_[given_ - 1];
  for (Intrusion more : chances) {
    const auto of_kind = std::count_if(last.begin(), last.end(), [&more](const Intrusion& known) {
      return known.kind == more.kind;
    });
    const std::size_t most = more.kind == OperationKind::inject_wake ? wakeups_ : cancellations_;
    if (static_cast<std::size_t>(of_kind) >= most) continue;
    while (std::find(last.begin(), last.end(), more) != last.end()) ++more.nth;
    std::vector<Intrusion> larger = last;
    larger.insert(std::upper_bound(larger.begin(), larger.end(), more), more);
    if (known_.insert(larger).second) sets_.push_back(std::move(larger));
  }
}

}  // namespace coweave::detail
