#include "coweave/strategy/registry.hpp"

#include <array>

#include "coweave/core/error.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/strategy/bounded.hpp"
#include "coweave/strategy/exhaustive.hpp"
#include "coweave/strategy/parameters.hpp"
#include "coweave/strategy/pct.hpp"
#include "coweave/strategy/portfolio.hpp"
#include "coweave/strategy/pos.hpp"
#include "coweave/strategy/production.hpp"
#include "coweave/strategy/random_walk.hpp"
#include "coweave/strategy/reduction/dpor.hpp"
#include "coweave/strategy/surw.hpp"
#include "coweave/strategy/swarm.hpp"
#include "coweave/strategy/urw.hpp"

namespace coweave {
namespace {

using detail::Parameters;

struct Shipped {
  std::string_view name;
  StrategyRecipe (*make)(Parameters& parameters);
};

template <StrategyRecipe (*make)()>
StrategyRecipe plain(Parameters& /*parameters*/) {
  return make();
}

StrategyRecipe pct_with(Parameters& parameters) {
  return pct({.depth = parameters.number("depth", PctOptions{}.depth, 1, 1'000)});
}

StrategyRecipe bounded_with(Parameters& parameters) {
  constexpr std::uint32_t most = 1'000'000;
  BoundedOptions options;
  options.deviations = parameters.number("deviations", options.deviations, 0, most);
  if (parameters.word("base", {"production", "completion"}) == 1)
    options.base = BaseOrder::run_to_completion;
  return bounded(options);
}

constexpr auto shipped = std::to_array<Shipped>({
    {"exhaustive", plain<exhaustive>},
    {"dpor", plain<dpor>},
    {"source_sets", plain<source_sets>},
    {"production", plain<production>},
    {"random", plain<random_walk>},
    {"bounded", bounded_with},
    {"pct", pct_with},
    {"pos", plain<pos>},
    {"urw", plain<urw>},
    {"surw", plain<surw>},
    {"swarm", plain<swarm>},
    {"portfolio", plain<portfolio>},
});

}  // namespace

StrategyRecipe strategy_named(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (text == "default") return {};
  for (const Shipped& strategy : shipped) {
    if (strategy.name != name || colon + 1 == text.size()) continue;
    Parameters parameters(name, colon == text.npos ? "" : text.substr(colon + 1));
    StrategyRecipe recipe = strategy.make(parameters);
    parameters.finish();
    return recipe;
  }
  throw Error("strategy: expected one of " + strategy_names() + ", found " + quote(text));
}

std::string strategy_names() {
  std::string names = "default";
  for (const Shipped& strategy : shipped) names += ", " + std::string(strategy.name);
  return names;
}

}  // namespace coweave
