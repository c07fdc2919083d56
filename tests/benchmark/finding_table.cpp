// How many schedules each strategy needs until it meets a bug: the median of the seeds 1 to N, and
// in brackets the share of the seeds that found it, if not all did, within the limit. Programs that
// fail in production order are no evidence and are left out. A Markdown table on standard output.
//
//   finding_table [SEEDS] [MOST_SCHEDULES]        50 and 5000 without them
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "programs/bug_catalog.hpp"
#include "programs/sctbench_catalog.hpp"

namespace {

using coweave::Options;
using coweave::Task;
using Clock = std::chrono::steady_clock;

struct Program {
  std::string name;
  Task<> (*body)();
};

// "default": the plan without a strategy.
constexpr std::array strategies{"default", "bounded", "random", "pct:depth=2", "pct:depth=3",
                                "pos",     "urw",     "surw",   "swarm",       "portfolio"};

Options options_for(const std::string& strategy, std::uint64_t seed, std::uint64_t most) {
  Options options;
  if (strategy != "default") options.strategy = coweave::strategy_named(strategy);
  options.seed = seed;
  options.max_schedules = most;
  options.max_time = std::chrono::hours(1);
  options.await_points = coweave::AwaitPoints::suspending;
  options.compare_await_points = false;
  options.shrink.max_executions = 0;
  return options;
}

std::vector<Program> programs_to_search() {
  std::vector<Program> found;
  const auto add = [&found](std::string_view name, Task<> (*body)()) {
    if (!coweave::explore(body, options_for("production", 1, 1)).failed())
      found.push_back({std::string(name), body});
  };
  for (const programs::NamedBug& bug : programs::bugs) add(bug.name, bug.buggy);
  for (const programs::sctbench::Port& port : programs::sctbench::ports) add(port.name, port.body);
  return found;
}

struct Cell {
  std::uint64_t median = 0;  // 0: more than half of the seeds found nothing.
  std::uint64_t found = 0;
};

Cell search(const Program& program, const std::string& strategy, std::uint64_t seeds,
            std::uint64_t most) {
  std::vector<std::uint64_t> needed;
  Cell cell;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const coweave::Report report =
        coweave::explore(program.body, options_for(strategy, seed, most));
    needed.push_back(report.failed() ? report.schedules : most + 1);
    if (report.failed()) ++cell.found;
  }
  const auto middle = needed.begin() + static_cast<std::ptrdiff_t>((needed.size() - 1) / 2);
  std::nth_element(needed.begin(), middle, needed.end());
  if (*middle <= most) cell.median = *middle;
  return cell;
}

std::string in_words(const Cell& cell, std::uint64_t seeds) {
  std::string text = cell.median == 0 ? "-" : std::to_string(cell.median);
  if (cell.found < seeds) text += " (" + std::to_string(cell.found * 100 / seeds) + " %)";
  return text;
}

std::uint64_t number(int argc, char** argv, int at, std::uint64_t otherwise) {
  const std::uint64_t given = argc > at ? std::strtoull(argv[at], nullptr, 10) : 0;
  return given > 0 ? given : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seeds = number(argc, argv, 1, 50);
  const std::uint64_t most = number(argc, argv, 2, 5'000);
  std::printf("| program |");
  for (const char* strategy : strategies) std::printf(" %s |", strategy);
  std::printf("\n|---|");
  for (std::size_t i = 0; i < strategies.size(); ++i) std::printf("---|");
  std::printf("\n");
  std::array<double, strategies.size()> seconds{};
  for (const Program& program : programs_to_search()) {
    std::printf("| %s |", program.name.c_str());
    for (std::size_t i = 0; i < strategies.size(); ++i) {
      const Clock::time_point start = Clock::now();
      std::printf(" %s |", in_words(search(program, strategies.at(i), seeds, most), seeds).c_str());
      seconds.at(i) += std::chrono::duration<double>(Clock::now() - start).count();
      std::fflush(stdout);
    }
    std::printf("\n");
  }
  std::printf("| seconds |");
  for (const double each : seconds) std::printf(" %.1f |", each);
  std::printf("\n");
}
