#include "coweave/strategy/program_profile.hpp"

#include <algorithm>
#include <map>

#include "coweave/core/hash.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t most_ids = 1U << 20U;     // Of tasks; what is beyond is no task's id.
constexpr std::size_t longest_profile = 4'096;  // Steps of a task whose touches are kept.

void add(std::vector<Touch>& touches, const Touch& touch) {
  for (Touch& known : touches) {
    if (known.object != touch.object) continue;
    known.writes = known.writes || touch.writes;
    return;
  }
  touches.push_back(touch);
}

}  // namespace

void ProgramProfile::begin_execution() {
  ++execution_;
  by_id_.clear();
  arrivals_.clear();
  ran_.clear();
  chosen_.clear();
  followed_ = 0;
  reported_ = 0;
  counts_decisions_ = true;
}

void ProgramProfile::observe(const SchedulingPoint& point) {
  follow(point.history());
  has_injections_ = has_injections_ || point.injections() != 0;
  const std::uint32_t parent = number_of(point.last());
  const std::size_t size = point.size();
  at_point_.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    const ReadyTask& task = point[i];
    // Mostly the task that had this id at the point before.
    const std::uint32_t cached = number_of(task.id);
    const std::uint32_t number =
        cached != none && keys_[cached] == task.key ? cached : numbers_.of(task.key);
    at_point_[i] = number;
    if (number == keys_.size()) {
      keys_.push_back(task.key);
      parents_.push_back(parent);
      own_steps_.push_back(0);
      done_.push_back(0);
      seen_in_.push_back(0);
    }
    if (seen_in_[number] == execution_) continue;
    seen_in_[number] = execution_;
    done_[number] = 0;
    arrivals_.push_back({number, parent});
    const std::size_t id = index_of(task.id);
    if (id >= most_ids) continue;
    if (id >= by_id_.size()) by_id_.resize(id + 1, none);
    if (by_id_[id] == none) by_id_[id] = number;
  }
}

void ProgramProfile::follow(std::span<const Step> steps) {
  for (; followed_ < steps.size(); ++followed_) {
    const Step& step = steps[followed_];
    if (step.is_choice()) {
      if (!chosen_.empty()) chosen_.back() = roll(chosen_.back(), step.pick + 1);
      continue;
    }
    const std::uint32_t number = number_of(step.task);
    ran_.push_back(number);
    chosen_.push_back(step.is_step() ? 0 : static_cast<std::uint64_t>(step.operation.kind));
    if (number != none) ++done_[number];
  }
}

void ProgramProfile::step_ended(std::span<const Touch> touches) {
  if (reported_ == touched_.size()) touched_.emplace_back();
  touched_[reported_++].assign(touches.begin(), touches.end());
}

void ProgramProfile::end_execution(std::span<const Step> steps) {
  follow(steps);
  std::uint64_t decisions = 0;
  std::uint32_t most = 0;
  double values = 1;
  for (const Step& step : steps) {
    if (step.is_choice()) {
      values *= step.alternatives;
      continue;
    }
    decisions += step.alternatives > 1 ? 1 : 0;
    if (index_of(step.task) < most_ids) most = std::max(most, index_of(step.task) + 1);
  }
  values_ = std::max(values_, values);
  if (counts_decisions_) decisions_ = std::max(decisions_, decisions);
  tasks_ = std::max<std::uint64_t>({tasks_, most, arrivals_.size()});

  for (const Arrival& arrival : arrivals_)
    own_steps_[arrival.task] =
        std::max<std::uint64_t>(own_steps_[arrival.task], done_[arrival.task]);
  totals_ = own_steps_;
  for (std::size_t task = totals_.size(); task-- > 0;)  // A parent has the smaller number.
    if (parents_[task] != none) totals_[parents_[task]] += totals_[task];

  if (reported_ == ran_.size() && reported_ != 0) learn_touches();
  class_hash_ = hash_of_class();
}

void ProgramProfile::learn_touches() {
  has_touches_ = true;
  std::fill(done_.begin(), done_.end(), 0U);
  sites_.resize(keys_.size());
  for (std::size_t step = 0; step < reported_; ++step) {
    if (ran_[step] == none) continue;
    for (const Touch& touch : touched_[step]) learn_sharing(ran_[step], touch);
    std::vector<Site>& sites = sites_[ran_[step]];
    const std::uint32_t nth = done_[ran_[step]]++;
    if (nth >= longest_profile) continue;
    if (nth >= sites.size()) sites.resize(nth + 1);
    sites[nth].is_known = true;
    for (const Touch& touch : touched_[step]) add(sites[nth].touches, touch);
  }
}

void ProgramProfile::learn_sharing(std::uint32_t task, const Touch& touch) {
  Sharing& sharing = sharing_[touch.object];
  const bool was_contended = sharing.is_shared && sharing.is_written;
  if (sharing.first == none) sharing.first = task;
  sharing.is_shared = sharing.is_shared || sharing.first != task;
  sharing.is_written = sharing.is_written || touch.writes;
  if (!was_contended && sharing.is_shared && sharing.is_written) contended_.push_back(touch.object);
}

const std::vector<Touch>* ProgramProfile::touches_of(std::uint32_t task, std::uint32_t step) const {
  if (task >= sites_.size() || step >= sites_[task].size() || !sites_[task][step].is_known)
    return nullptr;
  return &sites_[task][step].touches;
}

const std::vector<Touch>* ProgramProfile::last_touches() const {
  return reported_ != 0 && reported_ == ran_.size() ? &touched_[reported_ - 1] : nullptr;
}

// The partial order of the conflicts, as a set of hashes: each step by its task, its number there,
// the values that it chose, and the hashes of the steps that it follows in conflict. The sum over
// the steps forgets their order.
std::uint64_t ProgramProfile::hash_of_class() const {
  std::uint64_t sum = 0;
  if (reported_ != ran_.size() || reported_ == 0) {
    for (std::size_t step = 0; step < ran_.size(); ++step)
      sum = roll(roll(sum, ran_[step] == none ? none : keys_[ran_[step]]), chosen_[step]);
    return sum;
  }
  struct Last {
    std::uint64_t write = 0;
    std::uint64_t reads = 0;  // Since the write: their sum.
  };
  std::map<std::uint64_t, Last> objects;
  std::vector<std::uint64_t> program_order(keys_.size() + 1, 0);
  for (std::size_t step = 0; step < reported_; ++step) {
    const std::uint32_t task = ran_[step];
    std::uint64_t& own = program_order[task == none ? keys_.size() : task];
    std::uint64_t hash = roll(roll(own + 1, task == none ? none : keys_[task]), chosen_[step]);
    std::uint64_t before = 0;
    for (const Touch& touch : touched_[step]) {
      const Last& last = objects[touch.object];
      before += mix(roll(touch.object, last.write + (touch.writes ? mix(last.reads + 1) : 0)));
    }
    hash = mix(roll(hash, before));
    own = hash;
    sum += hash;
    for (const Touch& touch : touched_[step]) {
      Last& last = objects[touch.object];
      if (touch.writes) {
        last = {hash, 0};
      } else {
        last.reads += hash;
      }
    }
  }
  return sum;
}

}  // namespace coweave::detail
