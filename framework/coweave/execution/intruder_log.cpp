#include "coweave/execution/intruder_log.hpp"

namespace coweave::detail {

void IntruderLog::add_step(const TaskControl& task, std::size_t position) {
  const std::size_t tasks = ready();
  const std::size_t entries = offer(tasks).size();
  const std::size_t before = intruders_.count(point_.ready.view(), position);
  log_.append(intruders_.id_without(task.id), static_cast<std::uint32_t>(tasks + entries),
              static_cast<std::uint32_t>(position - before), task.resumes_from.kind,
              task.resumes_from.object, task.resumes_from.place);
}

void IntruderLog::add_injection(const Intruders::Intruder& intruder) {
  const std::size_t tasks = ready();
  const std::span<Injector::Entry> entries = offer(tasks);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Injector::Entry& entry = entries[i];
    if (entry.target != intruder.target || entry.resumes_from.kind != intruder.intrusion.kind)
      continue;
    add_entry(entry, tasks + entries.size(), tasks + i);
    injector_.use(entry);
    return;
  }
}

void IntruderLog::add_idle() {
  const std::span<Injector::Entry> entries = offer(0);
  if (!entries.empty()) add_entry(entries.front(), entries.size(), 0);
}

void IntruderLog::add_entry(const Injector::Entry& entry, std::size_t alternatives,
                            std::size_t pick) {
  log_.append(intruders_.id_without(entry.id), static_cast<std::uint32_t>(alternatives),
              static_cast<std::uint32_t>(pick), entry.resumes_from.kind, entry.resumes_from.object,
              entry.resumes_from.place);
}

TaskId IntruderLog::number_of(TaskId logged) const {
  // The numbers of intruders lie between those of the tasks of the program.
  TaskId id = logged;
  while (true) {
    const auto moved = static_cast<TaskId>(index_of(logged) +
                                           static_cast<std::uint32_t>(intruders_.count_up_to(id)));
    if (moved == id) return id;
    id = moved;
  }
}

}  // namespace coweave::detail
