#pragma once

#include <cstdint>
#include <unordered_map>

namespace coweave {

/// How likely the next sample is of a class that no sample has been of, by the Good-Turing
/// estimate: the share of the samples whose class was seen once. Fed with a hash for each sample.
/// Deviation: the estimate is never less than one sample's share, since n samples cannot tell a
/// class of probability below 1 / n from none.
/// Source: Good, "The Population Frequencies of Species and the Estimation of Population
/// Parameters", Biometrika 1953.
class UnseenMass {
 public:
  /// A sample of that class. O(1). Whether it is the first of it.
  bool add(std::uint64_t class_hash) {
    const std::uint64_t times = ++times_seen_[class_hash];
    ++samples_;
    if (times == 1) ++once_;
    if (times == 2) --once_;
    return times == 1;
  }
  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  [[nodiscard]] std::uint64_t classes() const { return times_seen_.size(); }
  /// 1 as long as there is no sample.
  [[nodiscard]] double estimate() const {
    const std::uint64_t once = once_ == 0 ? 1 : once_;
    return samples_ == 0 ? 1 : static_cast<double>(once) / static_cast<double>(samples_);
  }

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> times_seen_;  // Never iterated.
  std::uint64_t samples_ = 0;
  std::uint64_t once_ = 0;
};

}  // namespace coweave
