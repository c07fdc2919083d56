#include "coweave/exploration/reduction/step_memory.hpp"

#include <algorithm>

namespace coweave::detail {
namespace {

constexpr std::size_t most_entries = 4'000'000;  // Some 200 MB; what comes later is not remembered.

}  // namespace

std::uint64_t StepMemory::after(std::uint64_t seen, AccessKind kind, const State& object,
                                const State& everything) {
  return roll(seen, observes(kind) ? roll(object.name(), everything.name()) : 1);
}

void StepMemory::forget() {
  next_.clear();
  begins_.clear();
  ends_.clear();
}

void StepMemory::learn(const HappensBefore& order, const AccessLog& log) {
  states_.assign(log.object_bound(), State{});
  std::fill(last_of_task_.begin(), last_of_task_.end(), 0U);
  const std::size_t known = begins_.size();  // Steps of the execution before.
  begins_.resize(order.size());
  ends_.resize(order.size());
  State everything;
  std::uint64_t all = 0;  // Steps before the last fence.
  std::uint32_t fence = 0;
  for (std::uint32_t number = 0; number < order.size(); ++number) {
    const StepAccesses step = log[number];
    for (; fence < step.fence; ++fence) all += mix(ends_[fence]);
    if (last_of_task_.size() <= step.task) last_of_task_.resize(step.task + 1, 0);
    std::uint64_t enabled = all;
    for (const std::uint32_t enabling : step.enabled_by) enabled += mix(ends_[enabling]);
    std::uint64_t begin =
        roll(roll(mix(log.task_key(step.task)), last_of_task_[step.task]), enabled);
    for (const std::uint32_t value : step.choices) begin = roll(begin + 1, value);
    seen_.assign(1, begin);
    for (const Access& access : step.accesses)
      seen_.push_back(after(seen_.back(), access.kind, states_[access.object], everything));
    const std::uint64_t end = mix(seen_.back());
    const bool is_repeated = number < known && begins_[number] == begin && ends_[number] == end;
    if (!is_repeated && next_.size() < most_entries) {
      for (std::size_t i = 0; i < step.accesses.size(); ++i)
        next_.try_emplace(seen_[i], Next{step.accesses[i]});
      next_.try_emplace(seen_.back(), Next{{}, true, step.is_unknown || step.ends_execution});
    }
    begins_[number] = begin;
    ends_[number] = end;
    last_of_task_[step.task] = end;
    for (const Access& access : step.accesses) states_[access.object].apply(access.kind, end);
    if (step.is_unknown) everything.apply(AccessKind::exclusive, end);
  }
}

StepMemory::State StepMemory::state_of(const HappensBefore& order, std::uint32_t object,
                                       std::uint32_t prefix,
                                       std::span<const std::uint32_t> between) const {
  State state;
  const auto apply = [&](std::uint32_t step) {
    for (const Access& access : order.footprint(step).accesses)
      if (access.object == object) state.apply(access.kind, ends_[step]);
  };
  for (std::uint32_t step = 0; step < prefix; ++step) apply(step);
  for (const std::uint32_t step : between) apply(step);
  return state;
}

bool StepMemory::recall(const HappensBefore& order, std::uint32_t prefix,
                        std::span<const std::uint32_t> between, std::uint32_t last,
                        Footprint& footprint) const {
  footprint.clear();
  State everything;
  const auto apply = [&](std::uint32_t step) {
    if (order.is_unknown(step)) everything.apply(AccessKind::exclusive, ends_[step]);
  };
  for (std::uint32_t step = 0; step < prefix; ++step) apply(step);
  for (const std::uint32_t step : between) apply(step);
  std::uint64_t seen = begins_[last];
  while (true) {
    const auto next = next_.find(seen);
    if (next == next_.end()) return false;
    if (next->second.is_end) {
      footprint.is_universal = next->second.is_universal;
      return true;
    }
    const Access access = next->second.access;
    footprint.accesses.push_back(access);
    seen = after(seen, access.kind,
                 observes(access.kind) ? state_of(order, access.object, prefix, between) : State{},
                 everything);
  }
}

}  // namespace coweave::detail
