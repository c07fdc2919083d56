#include "coweave/strategy/portfolio.hpp"

#include <algorithm>
#include <optional>

#include "coweave/strategy/pct.hpp"
#include "coweave/strategy/pos.hpp"
#include "coweave/strategy/random_walk.hpp"
#include "coweave/strategy/surw.hpp"
#include "coweave/strategy/swarm.hpp"
#include "coweave/strategy/urw.hpp"

namespace coweave {
namespace {

constexpr std::array<std::string_view, PortfolioStrategy::strategies> portfolio_names{
    "pos", "surw", "pct 2", "pct 3", "pct 10", "random", "swarm", "urw"};
constexpr std::array<std::uint32_t, PortfolioStrategy::strategies> first_shares{5, 4, 1, 1,
                                                                                1, 2, 1, 1};
constexpr std::uint64_t unit = 1'024;  // Of a score: ten cycles until one execution is forgotten.

}  // namespace

std::string_view PortfolioStrategy::name_of(std::size_t strategy) {
  return portfolio_names.at(strategy);
}

PortfolioStrategy::PortfolioStrategy(std::uint64_t seed)
    : RandomizedStrategy(seed), shares_(first_shares) {
  const std::shared_ptr<detail::ProgramProfile>& shared = shared_profile();
  const auto seed_of = [seed](std::uint64_t member) { return execution_seed(~seed, member); };
  members_ = {std::make_unique<PosStrategy>(seed_of(0), shared),
              std::make_unique<SurwStrategy>(seed_of(1), shared),
              std::make_unique<PctStrategy>(seed_of(2), PctOptions{2}, shared),
              std::make_unique<PctStrategy>(seed_of(3), PctOptions{3}, shared),
              std::make_unique<PctStrategy>(seed_of(4), PctOptions{10}, shared),
              std::make_unique<RandomWalkStrategy>(seed_of(5)),
              std::make_unique<SwarmStrategy>(seed_of(6), shared),
              std::make_unique<UrwStrategy>(seed_of(7), shared)};
  guarantee_ = members_[3]->capabilities().assured;
  set_order();
}

void PortfolioStrategy::begin(std::uint64_t number) {
  if (done_ == cycle) {
    set_shares();
    set_order();
    done_ = 0;
  }
  current_ = order_[done_++];
  static_cast<void>(members_[current_]->begin_execution(number));
}

void PortfolioStrategy::end() {
  members_[current_]->end_execution({});
  const std::optional<bool> is_new = classes_.add(profile().class_hash());
  if (!is_new) return;
  Score& score = scores_[current_];
  score.executions += unit;
  if (*is_new) score.discoveries += unit;
}

// In integers, so that every machine agrees. Beside the one execution that each strategy keeps, a
// fifth goes by the first shares and four fifths by discoveries per execution; what is left over by
// rounding goes to the largest remainders.
void PortfolioStrategy::set_shares() {
  constexpr std::uint64_t whole = 1'000'000;
  std::array<std::uint64_t, strategies> rates{};
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < strategies; ++i) {
    Score& score = scores_[i];
    rates[i] = score.executions == 0 ? 0 : score.discoveries * 1'000 / score.executions;
    sum += rates[i];
    score.executions /= 2;
    score.discoveries /= 2;
  }
  constexpr std::uint64_t free = cycle - strategies;
  std::array<std::uint64_t, strategies> remainders{};
  std::uint64_t left = free;
  for (std::size_t i = 0; i < strategies; ++i) {
    const std::uint64_t prior = whole * first_shares[i] / cycle;
    const std::uint64_t reward = sum == 0 ? prior : whole * rates[i] / sum;
    const std::uint64_t part = (prior + 4 * reward) / 5 * free;
    shares_[i] = static_cast<std::uint32_t>(1 + part / whole);
    remainders[i] = part % whole;
    left -= part / whole;
  }
  for (; left > 0; --left) {
    const auto largest = std::max_element(remainders.begin(), remainders.end());
    ++shares_[static_cast<std::size_t>(largest - remainders.begin())];
    *largest = 0;
  }
}

void PortfolioStrategy::set_order() {
  std::array<std::uint32_t, strategies> left = shares_;
  for (std::size_t slot = 0; slot < cycle;) {
    for (std::size_t i = 0; i < strategies && slot < cycle; ++i) {
      if (left[i] == 0) continue;
      --left[i];
      order_[slot++] = static_cast<std::uint8_t>(i);
    }
  }
}

std::optional<Assurance> PortfolioStrategy::assurance() const {
  if (classes_.samples() == 0) return std::nullopt;
  Assurance assurance = guarantee_->assurance().value_or(Assurance());
  assurance.classes = {classes_.classes(), classes_.samples(), classes_.estimate(),
                       classes_.is_exact()};
  return assurance;
}

StrategyRecipe portfolio() {
  return {"portfolio",
          [](std::uint64_t seed) { return std::make_unique<PortfolioStrategy>(seed); }};
}

}  // namespace coweave
