#include "coweave/dependence/permit_accesses.hpp"

#include "coweave/dependence/access_log.hpp"

namespace coweave::detail {

PermitAccesses::State& PermitAccesses::state(std::uint32_t object) {
  if (log_.permits_.size() <= object) log_.permits_.resize(object + 1);
  return log_.permits_[object];
}

bool PermitAccesses::is_commuting(const State& permit) const {
  return permit.is_commuting && !log_.is_cancelling_;
}

void PermitAccesses::asks(std::uint32_t object, bool suspends) {
  State& permit = state(object);
  if (!suspends || !is_commuting(permit) || log_.steps_.empty())
    return log_.objects().access(object, AccessKind::exclusive);
  log_.objects().access(object, AccessKind::attempt);
  const std::size_t before = permit.asked.size();
  permit.asked.push_back(log_.acting_);
  // The permit was there: the task goes on after the return that made it so.
  if (before != 0 && before <= permit.returned.size())
    log_.tasks_[log_.acting_].enabled_by.push_back(permit.returned[before - 1]);
}

void PermitAccesses::gives_back(std::uint32_t object) {
  State& permit = state(object);
  if (!is_commuting(permit) || log_.steps_.empty())
    return log_.objects().access(object, AccessKind::exclusive);
  const std::size_t before = permit.returned.size();
  if (before >= permit.asked.size() || permit.asked[before] != log_.acting_)
    return looks(object, AccessKind::exclusive);
  log_.objects().access(object, AccessKind::release);
  permit.returned.push_back(static_cast<std::uint32_t>(log_.steps_.size() - 1));
}

void PermitAccesses::gets(std::uint32_t object) {
  if (!is_commuting(state(object))) log_.objects().access(object, AccessKind::exclusive);
}

void PermitAccesses::looks(std::uint32_t object, AccessKind kind) {
  State& permit = state(object);
  if (permit.is_commuting) {
    permit.is_commuting = false;
    log_.must_restart_ = true;
  }
  log_.objects().access(object, kind);
}

}  // namespace coweave::detail
