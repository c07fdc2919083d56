#include "coweave/strategy/reduction/path_search.hpp"

#include <algorithm>
#include <limits>

#include "coweave/core/error.hpp"

namespace coweave::detail {
namespace {

constexpr std::uint64_t most_32_bits = std::numeric_limits<std::uint32_t>::max();

}  // namespace

const PathSearch::Sleeper* PathSearch::Node::sleeper(std::uint32_t task) const {
  const auto found = std::find_if(sleep.begin(), sleep.end(),
                                  [task](const Sleeper& asleep) { return asleep.task == task; });
  return found == sleep.end() ? nullptr : &*found;
}

// The next execution begins with E.p: E is the deepest prefix of the last execution from which
// something is left to execute, and p is the task under way there. The happens-before relation of E
// is kept. At first, and after a restart, the path is empty.
bool PathSearch::begin_execution(std::uint64_t number) {
  depth_ = 0;
  is_blocked_ = false;
  if (number == 1 || (path_ == 0 && !is_exhausted_)) return true;
  if (log_.must_restart()) {
    forget_executions();
    path_ = 0;
    shared_steps_ = 0;
    blocked_ = 0;
    return true;
  }
  if (!backtrack()) {
    is_exhausted_ = true;
    return false;
  }
  shared_steps_ = static_cast<std::uint32_t>(path_ - 1);
  order_.truncate(shared_steps_);
  return true;
}

// Looks at the last node E first, where p is under way. If a choice of the step of p has values
// left, it takes the next one, and all choices after it are made anew. Else all that begins with
// E.p was executed: p falls asleep, and the engine decides whether something is left at E.
// Property: no two executions have the same path; the search ends when no node has anything left.
bool PathSearch::backtrack() {
  for (; path_ != 0; --path_) {
    Node& last = nodes_[path_ - 1];
    if (last.current == 0) continue;  // The end of the execution.
    while (!last.choices.empty() &&
           last.choices.back().value + 1 == last.choices.back().alternatives)
      last.choices.pop_back();
    if (!last.choices.empty()) {
      ++last.choices.back().value;
      return true;
    }
    last.sleep.emplace_back(last.current, last.footprint);
    last.current = 0;
    if (decided(path_ - 1) != 0) return true;
  }
  return false;
}

void PathSearch::remember_ready(const SchedulingPoint& point) {
  const std::size_t size = point.size();
  ready_.resize(size);
  TaskId* const ready = ready_.data();
  for (std::size_t i = 0; i < size; ++i) ready[i] = point[i].id;
}

std::size_t PathSearch::position_of(std::uint32_t task, const SchedulingPoint& point) const {
  std::size_t position = 0;
  while (position < point.size() && log_.number_of(point[position].id) != task) ++position;
  return position;
}

std::size_t PathSearch::position_again(const Node& node, const SchedulingPoint& point) const {
  if (node.position >= point.size() || log_.number_of(point[node.position].id) != node.current)
    throw Nondeterminism{};
  return node.position;
}

std::size_t PathSearch::pick(const SchedulingPoint& point) {
  if (depth_ == path_) extend();
  Node& here = nodes_[depth_];
  if (here.current == 0 && !decide(point)) {
    is_blocked_ = true;
    return abandon_execution;
  }
  if (depth_ + 1 == path_) remember_ready(point);
  ++depth_;
  choices_done_ = 0;
  return position_again(here, point);
}

// E := E.q for the step of q that has just ended:
// sleep(E.q) = {p in sleep(E) : p is not q, and the next step of p at E is independent of q}.
void PathSearch::extend() {
  if (path_ == nodes_.size()) nodes_.emplace_back();
  Node& child = nodes_[path_++];
  child.clear();
  if (depth_ != 0) {
    read_log();
    Node& parent = nodes_[depth_ - 1];
    parent.footprint = footprint_of_last_step(parent);
    const FootprintView done = footprints_[done_by(depth_ - 1)];
    for (const Sleeper& sleeper : parent.sleep)
      if (sleeper.task != parent.current && !dependent(footprints_[sleeper.footprint], done))
        child.sleep.emplace_back(sleeper.task, sleeper.footprint);
  }
  extended(depth_);
}

// A sleeping task sleeps for all values of its choices, so its footprint is that of all of them
// together: accesses are added with each further value.
FootprintId PathSearch::footprint_of_last_step(const Node& parent) {
  const bool is_first_value = std::all_of(parent.choices.begin(), parent.choices.end(),
                                          [](const Choice& choice) { return choice.value == 0; });
  if (is_first_value) return done_by(depth_ - 1);
  Footprint all;
  all.assign(footprints_[parent.footprint]);
  all.add(order_.footprint(depth_ - 1));
  return footprints_.number_of(all.view());
}

// Property: the task under way at E does not sleep, and is ready (pick() checks that). A free pick
// is the first ready task that does not sleep, so the first execution is the production order.
bool PathSearch::decide(const SchedulingPoint& point) {
  Node& node = nodes_[depth_];
  node.current = decided(depth_);
  std::size_t position = 0;
  if (node.current != 0) {
    position = position_of(node.current, point);
  } else {
    while (position < point.size() && node.is_asleep(log_.number_of(point[position].id)))
      ++position;
    if (position == point.size()) return false;
    node.current = log_.number_of(point[position].id);
  }
  node.position = static_cast<std::uint32_t>(position);
  taken(depth_, node.current);
  return true;
}

std::uint32_t PathSearch::choose(std::uint32_t alternatives) {
  if (depth_ == 0) return 0;
  Node& here = nodes_[depth_ - 1];
  const std::size_t number = choices_done_++;
  if (number == here.choices.size()) here.choices.push_back({0, alternatives});
  const Choice& choice = here.choices[number];
  if (choice.alternatives != alternatives) throw Nondeterminism{};
  return choice.value;
}

// Writes sleep(E), the task under way and its choices for each prefix E, but not the happens-before
// relation: the first execution of the restored search builds it anew from all of its steps.
void PathSearch::write(CheckpointWriter& checkpoint) const {
  ReducedSearch::write(checkpoint);
  footprints_.write(checkpoint);
  checkpoint.add(path_length());
  for (std::size_t i = 0; i < path_length(); ++i) {
    const Node& node = nodes_[i];
    checkpoint.add(node.current);
    checkpoint.add(node.position);
    checkpoint.add(static_cast<std::uint64_t>(node.footprint));
    checkpoint.add(node.sleep.size());
    for (const Sleeper& sleeper : node.sleep) {
      checkpoint.add(sleeper.task);
      checkpoint.add(static_cast<std::uint64_t>(sleeper.footprint));
    }
    checkpoint.add(node.choices.size());
    for (const Choice& choice : node.choices) {
      checkpoint.add(choice.value);
      checkpoint.add(choice.alternatives);
    }
  }
}

// The numbers may come from anywhere: each is compared with its bound, so that nothing is accessed
// that is not there. A path that no search could have left leads to Nondeterminism later on.
std::size_t PathSearch::read(CheckpointReader& checkpoint) {
  ReducedSearch::read(checkpoint);
  footprints_.read(checkpoint, log_.object_bound());
  path_ = checkpoint.size();
  for (std::size_t i = 0; i < path_ && checkpoint.is_valid(); ++i) {
    Node& node = nodes_.emplace_back();
    node.current = checkpoint.below(log_.task_bound());
    node.position = checkpoint.below(most_32_bits);
    // The footprint of a node without a step means nothing.
    node.footprint = FootprintId{checkpoint.below(std::max<std::size_t>(footprints_.size(), 1))};
    node.sleep.resize(checkpoint.size());
    for (Sleeper& sleeper : node.sleep)
      sleeper = {checkpoint.below(log_.task_bound()),
                 FootprintId{checkpoint.below(footprints_.size())}};
    node.choices.resize(checkpoint.size());
    for (Choice& choice : node.choices) {
      choice.value = checkpoint.below(most_32_bits);
      choice.alternatives = checkpoint.below(most_32_bits);
      if (choice.value >= choice.alternatives) checkpoint.fail();
    }
  }
  return path_;
}

// E is complete now, or blocked by sleep sets; a blocked E has races too. They are sought only when
// the execution has ended: the footprint of e' depends on what came before it, and a race of a
// prefix need not be a race of the execution that [DPOR] would make from it. The end of the body
// conflicts with all other steps, even with those of tasks that were ready and not stepped.
void PathSearch::end_execution(std::span<const Step> /*steps*/) {
  if (depth_ < path_ && !is_blocked_) throw Nondeterminism{};
  if (log_.must_restart()) return;
  if (is_blocked_) {
    ++blocked_;
  } else {
    extend();
    count_execution();
  }
  execution_known();
  for (std::uint32_t second = 0; second < order_.size(); ++second)
    for (const std::uint32_t first : order_.races(second)) reverse(first, second);
  if (!is_blocked_ && order_.size() > 0 && order_.ends_execution(order_.size() - 1)) {
    for (const TaskId id : ready_)
      if (const std::uint32_t task = log_.number_of(id); task != nodes_[order_.size() - 1].current)
        step_before_end(task);
  }
  check_between_executions();
}

// For each prefix E of the path, with q under way: sleep(E) is a set without q, and each p of it
// that is independent of the step of q is in sleep(E.q), with the same footprint.
void PathSearch::check_invariants() const {
  if (log_.must_restart()) return;  // The execution that forced it is not in the relation.
  ReducedSearch::check_invariants();
  COWEAVE_INVARIANT(path_ <= nodes_.size() && (path_ == 0 || order_.size() < path_));
  for (std::size_t steps = 0; steps < path_; ++steps) {
    const Node& node = nodes_[steps];
    COWEAVE_INVARIANT(node.current != 0 || steps + 1 == path_);
    for (std::size_t i = 0; i < node.sleep.size(); ++i) {
      const Sleeper& sleeper = node.sleep[i];
      COWEAVE_INVARIANT(sleeper.task != 0 && sleeper.task != node.current);
      COWEAVE_INVARIANT(node.sleeper(sleeper.task) == &sleeper);
      COWEAVE_INVARIANT(static_cast<std::size_t>(sleeper.footprint) < footprints_.size());
      if (steps + 1 >= path_ || steps >= order_.size()) continue;
      if (dependent(footprints_[sleeper.footprint], footprints_[done_by(steps)])) continue;
      const Sleeper* const inherited = nodes_[steps + 1].sleeper(sleeper.task);
      COWEAVE_INVARIANT(inherited != nullptr && inherited->footprint == sleeper.footprint);
    }
    for (const Choice& choice : node.choices) COWEAVE_INVARIANT(choice.value < choice.alternatives);
  }
}

}  // namespace coweave::detail
