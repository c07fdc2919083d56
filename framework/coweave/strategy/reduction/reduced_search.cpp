#include "coweave/strategy/reduction/reduced_search.hpp"

#include <algorithm>

#include "coweave/core/error.hpp"

namespace coweave::detail {

Capabilities ReducedSearch::capabilities() {
  Capabilities offered = capabilities_of(*this);
  offered.begins_in_production_order = true;
  offered.accesses = &log_;
  return offered;
}

void ReducedSearch::push(const StepAccesses& step) {
  const std::size_t number = order_.size();
  const FootprintId done = footprints_.number_of(step.accesses, step.is_opaque());
  if (done_.size() == number) done_.push_back({});
  done_[number] = done;
  order_.push(step, footprints_[done].objects);
  step_known(step);
}

void ReducedSearch::read_log() {
  for (std::size_t number = order_.size(); number < log_.size(); ++number) push(log_[number]);
}

std::uint64_t ReducedSearch::last_class() const {
  return order_.class_name([this](std::size_t step) { return identity(step); });
}

std::uint64_t ReducedSearch::name(std::size_t step) const {
  return order_.name(step, [this](std::size_t earlier) { return identity(earlier); });
}

std::uint64_t ReducedSearch::identity(std::size_t step) const {
  std::uint64_t name = roll(log_.task_key(order_.task(step)), name_of(done_[step]));
  for (const std::uint32_t value : log_[step].choices) name = roll(name + 1, value);
  return name;
}

std::uint64_t ReducedSearch::name_of(FootprintId footprint) const {
  while (footprint_names_.size() < footprints_.size()) {
    std::uint64_t touched = 0;
    for (const Access& access : footprints_[FootprintId(footprint_names_.size())].accesses)
      touched += mix(log_.object_key(access.object) + static_cast<std::uint64_t>(access.kind));
    footprint_names_.push_back(touched);
  }
  return footprint_names_[static_cast<std::size_t>(footprint)];
}

void ReducedSearch::count_execution() {
  ++executions_;
  if (!is_optimal()) classes_.insert(last_class(), 0);
}

void ReducedSearch::forget_executions() {
  log_.restart();
  order_.truncate(0);
  executions_ = 0;
  classes_.clear();
}

void ReducedSearch::check_invariants() const {
  order_.check_invariants();
  footprints_.check_invariants();
  classes_.check_invariants();
  COWEAVE_INVARIANT(done_.size() >= order_.size());
  for (std::size_t step = 0; step < order_.size(); ++step) {
    const FootprintView did = order_.footprint(step);
    const FootprintView noted = footprints_[done_[step]];
    COWEAVE_INVARIANT(did.is_opaque == noted.is_opaque &&
                      std::ranges::equal(did.accesses, noted.accesses));
  }
}

void ReducedSearch::write(CheckpointWriter& checkpoint) const {
  const AccessLog::Knowledge known = log_.knowledge();
  checkpoint.add_list(known.task_keys);
  checkpoint.add_list(known.object_keys);
  checkpoint.add_list(known.ordered);
  checkpoint.add((known.is_cancelling ? 1U : 0U) + (known.is_watching ? 2U : 0U));
  checkpoint.add(must_restart() ? 0 : executions_);
}

void ReducedSearch::read(CheckpointReader& checkpoint) {
  AccessLog::Knowledge known;
  for (auto* const keys : {&known.task_keys, &known.object_keys}) {
    keys->resize(checkpoint.size());
    for (std::uint64_t& key : *keys) key = checkpoint.number();
  }
  known.ordered.resize(checkpoint.size());
  for (std::uint32_t& object : known.ordered) object = checkpoint.below(known.object_keys.size());
  const std::uint32_t facts = checkpoint.below(4);
  known.is_cancelling = facts % 2 != 0;
  known.is_watching = facts / 2 != 0;
  executions_ = checkpoint.number();
  is_restored_ = true;
  if (!log_.restore(known)) checkpoint.fail();
}

}  // namespace coweave::detail
