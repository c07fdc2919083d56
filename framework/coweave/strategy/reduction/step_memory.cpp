#include "coweave/strategy/reduction/step_memory.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t most_entries = 4'000'000;  // Some 130 MB; what comes later is not remembered.

}  // namespace

void StepMemory::forget() {
  truncate(0);
  found_.clear();
  next_.clear();
}

void StepMemory::truncate(std::size_t steps) {
  if (steps >= steps_.size()) return;
  const std::size_t changes = steps_[steps].first_change;
  for (std::size_t i = changes_.size(); i > changes; --i)
    states_[changes_[i - 1].object] = changes_[i - 1].before;
  changes_.truncate(changes);
  for (std::size_t i = steps_.size(); i > steps; --i)
    last_of_task_[steps_[i - 1].task] = steps_[i - 1].previous;
  everything_ = steps_[steps].everything;
  steps_.truncate(steps);
}

template <class StateOf>
void StepMemory::learn_runs(std::uint64_t seen, const FootprintView& did, const State& everything,
                            StateOf state_of) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < did.accesses.size(); ++i) {
    const Access& access = did.accesses[i];
    if (!observes(access.kind)) continue;
    learn_run(seen, {did.accesses.subspan(run, i + 1 - run)}, false);
    seen = after(seen, state_of(access.object), everything);
    run = i + 1;
  }
  learn_run(seen, {did.accesses.subspan(run), did.is_opaque}, true);
}

void StepMemory::learn(const HappensBefore& order) {
  for (const LastSeen& found : found_) {
    // Mostly: a step that has seen the same went on in the same way, and all of it was learnt.
    if (next_.find(found.seen) != HashIndex::none) continue;
    const Learnt& step = steps_[found.step];
    learn_runs(step.begin, order.footprint(found.step), step.everything,
               [&](std::uint32_t object) { return state_before(found.step, object); });
  }
  found_.clear();
}

void StepMemory::learn_reversed(const HappensBefore& order, const AccessLog& log,
                                std::uint32_t prefix, StepBits between, std::uint32_t last,
                                const StepAccesses& did) {
  make_room(log);
  // Its fence is not later than the step that it was reversed with.
  std::uint64_t fenced = 0;
  for (std::uint32_t step = 0; step < did.fence; ++step) fenced += steps_[step].end;
  learn_runs(begin_of(did, log.task_key(did.task), steps_[last].previous, fenced),
             {did.accesses, did.is_opaque()}, everything(order, prefix, between),
             [&](std::uint32_t object) { return state_of(order, object, prefix, between); });
}

std::uint64_t StepMemory::begin_of(const StepAccesses& step, std::uint64_t key,
                                   std::uint64_t previous, std::uint64_t fenced) const {
  std::uint64_t enabled = fenced;
  for (const std::uint32_t enabling : step.enabled_by) enabled += steps_[enabling].end;
  std::uint64_t begin = roll(roll(key, previous), enabled);
  for (const std::uint32_t value : step.choices) begin = roll(begin + 1, value);
  return begin;
}

void StepMemory::push(const StepAccesses& step, const AccessLog& log) {
  make_room(log);
  if (last_of_task_.size() <= step.task) last_of_task_.resize(step.task + 1, 0);
  std::uint32_t fence = steps_.empty() ? 0 : steps_.back().fence;
  std::uint64_t fenced = steps_.empty() ? 0 : steps_.back().fenced;
  for (; fence < step.fence; ++fence) fenced += steps_[fence].end;
  const std::uint64_t previous = last_of_task_[step.task];
  const std::uint64_t begin = begin_of(step, log.task_key(step.task), previous, fenced);

  std::uint64_t seen = begin;
  for (const Access& access : step.accesses)
    if (observes(access.kind)) seen = after(seen, states_[access.object], everything_);
  next_.prefetch(seen);  // Larger than caches: looked up once all steps have been seen.
  LastSeen& found = found_.add();
  found.seen = seen;
  found.step = static_cast<std::uint32_t>(steps_.size());
  const std::uint64_t end = mix(seen);

  Learnt& own = steps_.add();
  own.begin = begin;
  own.end = end;
  own.previous = previous;
  own.fenced = fenced;
  own.everything = everything_;
  own.task = step.task;
  own.fence = fence;
  own.first_change = static_cast<std::uint32_t>(changes_.size());
  last_of_task_[step.task] = end;
  for (const Access& access : step.accesses) {
    State& state = states_[access.object];
    Change& change = changes_.add();
    change.object = access.object;
    change.before = state;
    state.apply(access.kind, end);
  }
  if (step.is_untracked) everything_.apply(AccessKind::exclusive, end);
}

void StepMemory::learn_run(std::uint64_t seen, const FootprintView& run, bool is_end) {
  if (next_.size() >= most_entries) return;
  next_.insert(seen, static_cast<std::uint32_t>(runs_.number_of(run)) * 2 + (is_end ? 1 : 0));
}

const StepMemory::State& StepMemory::state_before(std::uint32_t number,
                                                  std::uint32_t object) const {
  std::size_t change = steps_[number].first_change;
  while (changes_[change].object != object) ++change;
  return changes_[change].before;
}

StepMemory::State StepMemory::state_of(const HappensBefore& order, std::uint32_t object,
                                       std::uint32_t prefix, StepBits between) const {
  State state = states_[object];
  for (std::size_t i = steps_[prefix].first_change; i < changes_.size(); ++i) {
    if (changes_[i].object != object) continue;
    state = changes_[i].before;
    break;
  }
  const ObjectBits bit = object_bit(object);
  for_each_step(between, [&](std::uint32_t step) {
    const FootprintView done = order.footprint(step);
    if ((done.objects & bit) == 0) return;
    for (const Access& access : done.accesses)
      if (access.object == object) state.apply(access.kind, steps_[step].end);
  });
  return state;
}

StepMemory::State StepMemory::everything(const HappensBefore& order, std::uint32_t prefix,
                                         StepBits between) const {
  State state = steps_[prefix].everything;
  if (state == everything_) return state;  // Mostly: no step since then was unknown.
  for_each_step(between, [&](std::uint32_t step) {
    if (order.is_untracked(step)) state.apply(AccessKind::exclusive, steps_[step].end);
  });
  return state;
}

bool StepMemory::recall(const HappensBefore& order, std::uint32_t prefix, StepBits between,
                        std::uint32_t last, Footprint& footprint) const {
  footprint.clear();
  const State all = everything(order, prefix, between);
  std::uint64_t seen = steps_[last].begin;
  while (true) {
    const std::uint32_t next = next_.find(seen);
    if (next == HashIndex::none) return false;
    const FootprintView run = runs_[FootprintId{next / 2}];
    footprint.add(run);
    if (next % 2 == 1) return true;
    const std::uint32_t observed = run.accesses.back().object;
    seen = after(seen, state_of(order, observed, prefix, between), all);
  }
}

}  // namespace coweave::detail
