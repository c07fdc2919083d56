#include "coweave/strategy/reduction/step_memory.hpp"

#include "coweave/core/error.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t most_entries = 4'000'000;  // Some 130 MB; after that nothing more is learnt.

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
    // The common case: an earlier step had seen the same at its end, and all of that was learnt.
    if (next_.find(found.seen) != HashIndex::none) continue;
    const Learnt& step = steps_[found.step];
    learn_runs(step.begin, order.footprint(found.step), step.everything,
               [&](std::uint32_t object) { return state_before(found.step, object); });
  }
  found_.clear();
}

void StepMemory::learn_reversed(const HappensBefore& order, const AccessReader& log,
                                std::uint32_t prefix, StepBits between, std::uint32_t last,
                                const StepAccesses& did) {
  make_room(log);
  // The fence of e' is not after e, so the steps before it are in E.
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

// Appends event e. seen(e) starts with what led to e (begin_of) and takes in, at each access of e
// that observes, the state of that object. All accesses that e makes after it has seen the same are
// the same, so seen(e) at the end names e and the states that e changes.
void StepMemory::push(const StepAccesses& step, const AccessReader& log) {
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
  next_.prefetch(seen);  // The index is larger than caches; learn() looks `seen` up later.
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

// The state after E.between: from the state after E, found in the changes that came after E, on by
// the accesses of the steps of `between`. Their names are those that they have in E: they are in
// notdep(e, E) and have seen the same without e.
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
  if (state == everything_) return state;  // The common case: no step since then was untracked.
  for_each_step(between, [&](std::uint32_t step) {
    if (order.is_untracked(step)) state.apply(AccessKind::exclusive, steps_[step].end);
  });
  return state;
}

// Follows the path of e' through next_, from what it has seen when it begins. The states that it
// observes are those after E.between, where v puts it, not those of the execution.
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

// Makes the steps of `order` again from the first, and compares each state on the way.
void StepMemory::check_invariants(const HappensBefore& order) const {
  runs_.check_invariants();
  next_.check_invariants();
  next_.for_each([this](std::uint32_t next) { COWEAVE_INVARIANT(next / 2 < runs_.size()); });
  COWEAVE_INVARIANT(steps_.size() == order.size());
  std::vector<State> states(states_.size());
  std::vector<std::uint64_t> last_of_task(last_of_task_.size(), 0);
  State everything;
  std::size_t change = 0;
  std::uint64_t fenced = 0;
  std::uint32_t fence = 0;
  for (std::uint32_t number = 0; number < steps_.size(); ++number) {
    const Learnt& step = steps_[number];
    COWEAVE_INVARIANT(step.task == order.task(number) && step.first_change == change);
    COWEAVE_INVARIANT(step.previous == last_of_task[step.task] && step.everything == everything);
    COWEAVE_INVARIANT(fence <= step.fence && step.fence <= number);
    for (; fence < step.fence; ++fence) fenced += steps_[fence].end;
    COWEAVE_INVARIANT(step.fenced == fenced);
    for (const Access& access : order.footprint(number).accesses) {
      COWEAVE_INVARIANT(change < changes_.size() && access.object < states.size());
      COWEAVE_INVARIANT(changes_[change].object == access.object);
      COWEAVE_INVARIANT(changes_[change].before == states[access.object]);
      states[access.object].apply(access.kind, step.end);
      ++change;
    }
    if (order.is_untracked(number)) everything.apply(AccessKind::exclusive, step.end);
    last_of_task[step.task] = step.end;
  }
  COWEAVE_INVARIANT(change == changes_.size() && everything == everything_);
  COWEAVE_INVARIANT(states == states_ && last_of_task == last_of_task_);
}

}  // namespace coweave::detail
