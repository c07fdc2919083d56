#include "coweave/execution/intruders.hpp"

#include <algorithm>

#include "coweave/core/hash.hpp"

namespace coweave::detail {

void Intruders::send(std::vector<Intrusion> intrusions) {
  intrusions_ = std::move(intrusions);
  chances_.clear();
}

const Intrusion* Intruders::chance(OperationKind kind, const TaskControl& target,
                                   std::uint32_t quiets) {
  const Intrusion wanted{kind, target.key, quiets, 0};
  chances_.insert(wanted);
  const auto sent = std::find(intrusions_.begin(), intrusions_.end(), wanted);
  if (sent == intrusions_.end()) return nullptr;
  const bool is_admitted =
      std::any_of(admitted_.begin(), admitted_.end(),
                  [&wanted](const Intruder& known) { return known.intrusion == wanted; });
  return is_admitted ? nullptr : &*sent;
}

const Intrusion* Intruders::next_after(const Intrusion& done) const {
  Intrusion next = done;
  ++next.nth;
  const auto sent = std::find(intrusions_.begin(), intrusions_.end(), next);
  return sent == intrusions_.end() ? nullptr : &*sent;
}

const Intruders::Intruder* Intruders::find(TaskId task) const {
  const auto found = std::find_if(admitted_.begin(), admitted_.end(),
                                  [task](const Intruder& one) { return one.task->id == task; });
  return found == admitted_.end() ? nullptr : &*found;
}

bool Intruders::is_key(std::uint64_t key) const {
  return std::any_of(admitted_.begin(), admitted_.end(),
                     [key](const Intruder& one) { return one.task->key == key; });
}

std::size_t Intruders::count(const ReadyView& ready, std::size_t end) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < end; ++i) found += find(ready.at(i).id) != nullptr ? 1U : 0U;
  return found;
}

std::size_t Intruders::count_up_to(TaskId last) const {
  return static_cast<std::size_t>(
      std::count_if(admitted_.begin(), admitted_.end(),
                    [last](const Intruder& one) { return one.task->id <= last; }));
}

TaskId Intruders::id_without(TaskId task) const {
  const auto before = std::count_if(admitted_.begin(), admitted_.end(),
                                    [task](const Intruder& one) { return one.task->id < task; });
  return static_cast<TaskId>(index_of(task) - static_cast<std::uint32_t>(before));
}

std::uint64_t intruder_key(const Intrusion& intrusion) {
  std::uint64_t key = roll(mix(intrusion.target), static_cast<std::uint64_t>(intrusion.kind));
  key = roll(key, intrusion.quiets);
  return mix(roll(key, intrusion.nth));
}

}  // namespace coweave::detail
