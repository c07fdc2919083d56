#include "coweave/exploration/reduction/reduced_search.hpp"

namespace coweave::detail {

void ReducedSearch::push(const StepAccesses& step) {
  const FootprintId done =
      footprints_.number_of({step.accesses, step.is_unknown || step.ends_execution});
  if (done_.size() == order_.size()) done_.push_back({});
  done_[order_.size()] = done;
  if (footprint_names_.size() < footprints_.size()) name_footprints();
  std::uint64_t name =
      roll(log_.task_key(step.task), footprint_names_[static_cast<std::size_t>(done)]);
  for (const std::uint32_t value : step.choices) name = roll(name + 1, value);
  order_.push(step, name);
}

void ReducedSearch::read_log() {
  for (std::size_t number = order_.size(); number < log_.size(); ++number) push(log_[number]);
}

void ReducedSearch::name_footprints() {
  while (footprint_names_.size() < footprints_.size()) {
    std::uint64_t touched = 0;
    for (const Access& access : footprints_[FootprintId(footprint_names_.size())].accesses)
      touched += mix(log_.object_key(access.object) + static_cast<std::uint64_t>(access.kind));
    footprint_names_.push_back(touched);
  }
}

void ReducedSearch::count_execution() {
  ++executions_;
  if (!is_optimal()) classes_.insert(order_.class_name(), 0);
}

void ReducedSearch::forget_executions() {
  log_.restart();
  order_.truncate(0);
  executions_ = 0;
  classes_.clear();
}

void ReducedSearch::write(PositionWriter& position) const {
  const AccessLog::Knowledge known = log_.knowledge();
  position.add_list(known.task_keys);
  position.add_list(known.object_keys);
  position.add_list(known.strict);
  position.add((known.is_cancelling ? 1U : 0U) + (known.is_watching ? 2U : 0U));
  position.add(must_restart() ? 0 : executions_);
}

void ReducedSearch::read(PositionReader& position) {
  AccessLog::Knowledge known;
  for (auto* const keys : {&known.task_keys, &known.object_keys}) {
    keys->resize(position.size());
    for (std::uint64_t& key : *keys) key = position.number();
  }
  known.strict.resize(position.size());
  for (std::uint32_t& object : known.strict) object = position.below(known.object_keys.size());
  const std::uint32_t facts = position.below(4);
  known.is_cancelling = facts % 2 != 0;
  known.is_watching = facts / 2 != 0;
  executions_ = position.number();
  if (!log_.take_over(known)) position.fail();
}

}  // namespace coweave::detail
