// The share of failing executions of the SCTBench ports under each random strategy. The first
// argument is the number of executions of each, 4000 without one.
#include <cstdio>
#include <cstdlib>

#include "programs/sctbench_catalog.hpp"

int main(int argc, char** argv) {
  const std::uint64_t executions = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 4'000;
  constexpr std::array strategies{"random", "pct:depth=2", "pct:depth=3", "pct:depth=10", "pos",
                                  "urw",    "surw",        "swarm",       "portfolio"};
  std::printf("%-18s", "share failing");
  for (const char* strategy : strategies) std::printf("%13s", strategy);
  std::printf("\n");
  for (const programs::sctbench::Port& port : programs::sctbench::ports) {
    std::printf("%-17s%s", std::string(port.name).c_str(),
                port.passes_in_production_order ? " " : "*");
    for (const char* strategy : strategies)
      std::printf("%13.4f", programs::sctbench::failing_share(
                                port, coweave::strategy_named(strategy), 1, executions));
    std::printf("\n");
    std::fflush(stdout);
  }
  std::printf("* fails in production order too: no evidence for a strategy\n");
}
