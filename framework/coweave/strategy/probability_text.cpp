#include "coweave/strategy/probability_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace coweave {

std::string probability_text(double probability) {
  if (probability <= 0) return "0";
  // A hair of tolerance, so that 0.3 stays 0.3 though the product is not exact.
  const auto thousandths = static_cast<std::int64_t>(std::ceil(probability * 1'000 - 1e-9));
  if (thousandths >= 1'000) return "1";
  if (probability > 0.0001) {
    std::string digits = std::to_string(1'000 + thousandths).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    return "0." + digits;
  }
  const double exponent = std::max(std::ceil(std::log10(probability) - 1e-9), -300.0);
  return "1e" + std::to_string(static_cast<int>(exponent));
}

}  // namespace coweave
