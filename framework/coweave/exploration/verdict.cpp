#include "coweave/exploration/verdict.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "coweave/core/words.hpp"
#include "coweave/exploration/interrupt.hpp"

namespace coweave::detail {
namespace {

/// "about 2.4e+12 interleavings in all".
std::string about(double interleavings) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "about %.1e", interleavings);
  return std::string(text.data()) + " interleavings in all";
}

/// "every interleaving of at most 2 deviations from production order: 31 schedules".
std::string bound_in_words(const CompletedBound& bound) {
  return "every interleaving of at most " + counted(bound.deviations, "deviation") + " from " +
         bound.base + ": " + counted(bound.schedules, "schedule");
}

/// "2 GiB", "1536 MiB", "1000 bytes".
std::string bytes_in_words(std::uint64_t bytes) {
  struct Unit {
    std::uint32_t bits;
    const char* name;
  };
  for (const Unit unit : {Unit{30, " GiB"}, Unit{20, " MiB"}, Unit{10, " KiB"}})
    if (bytes >> unit.bits != 0 && bytes >> unit.bits << unit.bits == bytes)
      return std::to_string(bytes >> unit.bits) + unit.name;
  return counted(bytes, "byte");
}

/// Of the limit that `stop` names: "max_schedules of 5".
std::string limit_in_words(Stop stop, const Options& options) {
  if (stop == Stop::memory) return "max_memory of " + bytes_in_words(max_memory_of(options));
  if (stop != Stop::time) return "max_schedules of " + std::to_string(options.max_schedules);
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(options.max_time);
  return "max_time of " + std::to_string(time.count()) + " ms";
}

void state_completion(Report& report, const Achieved& achieved) {
  const std::string schedules = counted(report.schedules, "schedule");
  if (achieved.is_exhausted && achieved.fairness != 0) {
    report.verdict = Verdict::bounded;
    report.verdict_detail = "every fair interleaving (a ready task that has been passed over " +
                            counted(achieved.fairness, "time") +
                            " in a row comes next): " + schedules;
  } else if (achieved.is_exhausted) {
    report.verdict = Verdict::exhaustive;
    report.verdict_detail =
        achieved.is_truncated ? "every interleaving, as far as the step limit: " + schedules
        : !achieved.reduction.empty()
            ? "every interleaving: " + achieved.reduction
            : "every interleaving: " +
                  counted(achieved.bound ? achieved.bound->schedules : report.schedules,
                          "schedule");
  } else if (achieved.bound) {
    report.verdict = Verdict::bounded;
    report.verdict_detail = bound_in_words(*achieved.bound);
  } else {
    report.verdict = Verdict::sampled;
    report.verdict_detail =
        schedules + ": all that strategy '" + std::string(achieved.phase) + "' has";
  }
}

void state_limit(Report& report, const Achieved& achieved, Stop stop, const Options& options) {
  const std::string schedules = counted(report.schedules, "schedule");
  const std::string limit = limit_in_words(stop, options);
  if (achieved.phase == "exhaustive" || !achieved.reduction.empty()) {
    report.verdict = Verdict::limit_hit;
    report.verdict_detail = limit + " reached after " + schedules + " of the enumeration";
    if (!achieved.reduction.empty()) report.verdict_detail += ": " + achieved.reduction;
  } else if (achieved.bound && achieved.bound->is_unlimited) {
    report.verdict = Verdict::bounded;
    report.verdict_detail = bound_in_words(*achieved.bound);
    if (!achieved.assurance.empty()) report.verdict_detail += "; " + achieved.assurance;
    if (achieved.interleavings > 0) report.verdict_detail += "; " + about(achieved.interleavings);
    report.verdict_detail += " (" + limit + " reached after " + schedules + ")";
  } else if (achieved.bound) {
    report.verdict = Verdict::limit_hit;
    report.verdict_detail =
        limit + " reached after " + schedules + "; " + bound_in_words(*achieved.bound);
  } else {
    report.verdict = Verdict::sampled;
    report.verdict_detail = schedules;
    if (!achieved.assurance.empty()) report.verdict_detail += "; " + achieved.assurance;
    if (stop != Stop::schedules) report.verdict_detail += " (" + limit + " reached)";
  }
}

void state_interruption(Report& report, const Achieved& achieved) {
  report.verdict = Verdict::interrupted;
  report.verdict_detail =
      std::string(interrupting_signal_name()) + " after " + counted(report.schedules, "schedule");
  if (achieved.bound) report.verdict_detail += "; " + bound_in_words(*achieved.bound);
  if (!achieved.assurance.empty()) report.verdict_detail += "; " + achieved.assurance;
  if (achieved.interleavings > 0) report.verdict_detail += "; " + about(achieved.interleavings);
}

}  // namespace

std::uint64_t max_memory_of(const Options& options) {
  constexpr std::uint64_t usual = std::uint64_t{2} << 30U;
  constexpr std::uint64_t whole = ~std::uint64_t{0x000FFFFF};  // MiB.
  if (options.max_memory != 0) return options.max_memory;
  const auto pages = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
  const auto page = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
  const std::uint64_t half = pages * page / 2 & whole;
  return half == 0 ? usual : std::min(usual, half);
}

void state_verdict(Report& report, const Achieved& achieved, Stop stop, const Options& options) {
  const std::string schedules = counted(report.schedules, "schedule");
  switch (stop) {
    case Stop::none:
    case Stop::exhausted:
    case Stop::unfair:  // Of a search that was begun anew.
      state_completion(report, achieved);
      break;
    case Stop::schedules:
    case Stop::time:
    case Stop::memory:
      state_limit(report, achieved, stop, options);
      break;
    case Stop::interrupted:
      state_interruption(report, achieved);
      break;
    case Stop::failure:
      report.verdict_detail = "stopped at the first failing schedule, after " + schedules;
      break;
    case Stop::skipped:
      report.verdict = Verdict::sampled;
      report.verdict_detail = "skipped by the test after " + schedules;
      break;
  }
  if (achieved.resumed > 0)
    report.verdict_detail +=
        "; " + std::to_string(achieved.resumed) + " of them before the checkpoint";
  if (!achieved.checkpoint.empty())
    report.verdict_detail += "; to be continued from " + achieved.checkpoint;
  if (report.injected > 0)
    report.verdict_detail += "; in " + std::to_string(report.injected) + " of them injections (" +
                             in_words(injections_of(options)) + ")";
  if (!report.failures.empty()) report.verdict = Verdict::failed;
  if (stop == Stop::exhausted && achieved.is_exhausted && achieved.reduction.empty() &&
      report.schedules == 1)
    report.warnings.emplace_back(
        "there was only one schedule: no two tasks were ever ready together, so nothing was tested "
        "that a plain run does not test");
  if (stop == Stop::exhausted && achieved.is_exhausted && !achieved.reduction.empty() &&
      report.schedules == 1 && report.pruned == 0)
    report.warnings.emplace_back(
        "all interleavings are equivalent: no two tasks ever touched the same object in an order "
        "that matters");
}

}  // namespace coweave::detail
