#include "coweave/execution/failure_collector.hpp"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "coweave/core/words.hpp"
#include "coweave/execution/recorder.hpp"

namespace coweave::detail {
namespace {

/// Cuts a long text behind a whole character, and says how much is missing.
void shorten(std::string& text, std::size_t most) {
  if (text.size() <= most) return;
  const auto is_inside = [&text](std::size_t end) {
    return (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U;
  };
  std::size_t end = most;
  while (end > 0 && most - end < 4 && is_inside(end)) --end;
  const std::size_t missing = text.size() - end;
  text.resize(end);
  text += "... (" + counted(missing, "more byte") + ")";
}

}  // namespace

void FailureCollector::begin_execution(Recorder* recorder) {
  recorder_ = recorder;
  failures_.clear();
  left_out_ = 0;
  exceptions_outside_ = std::uncaught_exceptions();
}

bool FailureCollector::has_room(Source source) {
  if (failures_.size() < (source == Source::step ? most_of_steps : most)) return true;
  ++left_out_;
  return false;
}

ExecutionFailure* FailureCollector::add(FailureKind kind, std::string message, SourceLine place,
                                        TaskId task, Source source) {
  if (!has_room(source)) return nullptr;
  const auto step = static_cast<std::uint32_t>(log_.empty() ? 0 : log_.size() - 1);
  shorten(message, failures_.empty() ? longest_message : longest_further_message);
  failures_.push_back({kind, std::move(message), std::move(place), step, task});
  if (recorder_ != nullptr) recorder_->failed();
  return &failures_.back();
}

ExecutionFailure* FailureCollector::add_reported(FailureKind kind, std::string message,
                                                 SourceLine place, TaskId task) {
  ExecutionFailure* const added =
      add(kind, std::move(message), std::move(place), task, Source::step);
  if (added != nullptr) added->is_consequence = std::uncaught_exceptions() > exceptions_outside_;
  return added;
}

bool FailureCollector::insert(std::size_t position, FailureKind kind, std::string message,
                              SourceLine place, TaskId task) {
  if (add(kind, std::move(message), std::move(place), task) == nullptr) return false;
  std::rotate(failures_.begin() + static_cast<std::ptrdiff_t>(position), failures_.end() - 1,
              failures_.end());
  return true;
}

void FailureCollector::move_consequences_back() {
  const auto is_consequence = [](const ExecutionFailure& failure) {
    return failure.is_consequence;
  };
  if (std::none_of(failures_.begin(), failures_.end(), is_consequence)) return;
  std::vector<ExecutionFailure> ordered;
  for (const bool moved_back : {false, true})
    for (ExecutionFailure& failure : failures_)
      if (failure.is_consequence == moved_back) ordered.push_back(std::move(failure));
  failures_ = std::move(ordered);
}

SourceLine FailureCollector::place_in_user_code(const char* file, std::uint32_t line,
                                                const TaskControl* task) const {
  const std::string& root = source_root_;
  const auto is_foreign = [&root](std::string_view name) {
    return is_in_system_header(name) && (root.empty() || !name.starts_with(root));
  };
  if (line == 0 || file == nullptr || !is_foreign(file)) return source_line(file, line, root);
  for (; task != nullptr; task = task->parent == TaskId::none ? nullptr : &tasks_[task->parent])
    for (const Place& place : {task->resumes_from.place, task->spawned_at})
      if (place.line() != 0 && !is_foreign(place.file_name())) return source_line(place, root);
  return source_line(file, line, root);
}

}  // namespace coweave::detail
