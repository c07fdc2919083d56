// The end of an execution: what other threads have to do with it, and what becomes of what it
// leaves.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <tuple>
#include <utility>

#include "coweave/execution/exceptions.hpp"
#include "coweave/execution/execution.hpp"
#include "coweave/execution/heartbeat.hpp"
#include "coweave/execution/other_threads.hpp"
#include "coweave/runtime/foreign.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/task/spawn.hpp"

namespace coweave::detail {
namespace {

constexpr const char* by_another_thread = " by another thread: Coweave controls one thread only";

/// An execution of this process has waited for other threads in vain: the next ones wait less.
std::atomic<bool> has_waited_in_vain = false;

}  // namespace

void Execution::report_elsewhere(NewsFromElsewhere& news) {
  was_used_elsewhere_ = true;
  const auto key = [](const auto& news_of_one) {
    return std::tuple(news_of_one.place.line(), std::string_view(news_of_one.place.file_name()));
  };
  std::sort(news.uses.begin(), news.uses.end(), [&key](const auto& a, const auto& b) {
    return std::pair(key(a), std::string_view(a.what)) <
           std::pair(key(b), std::string_view(b.what));
  });
  std::sort(news.posts.begin(), news.posts.end(),
            [&key](const auto& a, const auto& b) { return key(a) < key(b); });
  std::sort(
      news.resumed.begin(), news.resumed.end(),
      [](const ForeignWaiter* a, const ForeignWaiter* b) { return a->owner->id < b->owner->id; });
  // Before what else has failed: the execution was not one of Coweave's any more.
  std::size_t position = 0;
  const auto add = [&](std::string message, const Place& place, TaskId task) {
    const SourceLine line = source_line(place, options_.source_root);
    const auto is_known = [&](const ExecutionFailure& known) {
      return known.kind == FailureKind::uncontrolled && known.place == line &&
             known.message == message;
    };
    if (std::any_of(failures_.begin(), failures_.end(), is_known)) return;
    if (!add_failure(FailureKind::uncontrolled, std::move(message), line, task)) return;
    std::rotate(failures_.begin() + static_cast<std::ptrdiff_t>(position++), failures_.end() - 1,
                failures_.end());
  };
  for (const NewsFromElsewhere::Use& use : news.uses) add(use.what, use.place, TaskId::none);
  for (const ForeignWaiter* const waiter : news.resumed)
    add(task_label(*waiter->owner) + " awaits a foreign awaitable that was resumed" +
            by_another_thread,
        waiter->place, waiter->owner->id);
  for (const NewsFromElsewhere::Post& post : news.posts)
    add(std::string("post") + by_another_thread, post.place, TaskId::none);
}

bool Execution::hear_elsewhere() {
  NewsFromElsewhere news = proxies_.take_news();
  report_elsewhere(news);
  for (ForeignWaiter* const waiter : news.resumed) proxy_resumed(*waiter);
  for (NewsFromElsewhere::Post& post : news.posts) {
    context.current = &tasks_[TaskId::root];  // The tasks are children of the body.
    post_here(std::move(post.callable), post.name, post.place);
    context.current = nullptr;
  }
  return !ready_.empty();
}

bool Execution::has_new_threads() const {
  return threads_before_ && count_other_threads().value_or(0) > *threads_before_;
}

bool Execution::wait_for_elsewhere() {
  constexpr std::chrono::nanoseconds slice = std::chrono::milliseconds(5);
  constexpr std::chrono::nanoseconds after_waiting_in_vain = std::chrono::milliseconds(100);
  const auto may_come = [this] {
    return proxies_.any_pending() ? count_other_threads() != std::optional<std::size_t>(0)
                                  : has_new_threads();
  };
  std::chrono::nanoseconds left = options_.patience;
  if (has_waited_in_vain.load()) left = std::min(left, after_waiting_in_vain);
  for (; left.count() > 0 && may_come(); left -= slice) {
    proxies_.wait_for_news(slice);
    beat();  // It is not stuck: it waits.
    if (!proxies_.has_news()) continue;
    if (hear_elsewhere()) return true;
    if (!proxies_.any_pending()) return false;
  }
  if (left.count() <= 0) has_waited_in_vain = true;
  // A thread that has just ended may have done something before.
  return proxies_.has_news() && hear_elsewhere();
}

void Execution::announce_failure() {
  const ExecutionFailure& first = failures_.front();
  failure_torn_down_ = printable(std::string(to_string(first.kind)) + ": " + first.message);
  if (first.place.known()) failure_torn_down_ += " at " + printable(to_string(first.place));
  if (end_listener_ != nullptr) schedule_torn_down_ = end_listener_->execution_failed(*this);
}

void Execution::end() noexcept {
  task_count_ = tasks_.size();
  live_.end();
  if (leaves_nothing(context)) [[likely]] {
    forget_tasks();
    arena_.rewind();
  } else {
    const bool leaks =
        proxies_.any_pending() || was_used_elsewhere_ || (!failures_.empty() && has_new_threads());
    tear_down(context, leaks ? Leftovers::leaked : Leftovers::destroyed);
    if (leaks) {
      ++leaked_;
      arena_.keep();
    }
    arena_.rewind();
  }
  if (failures_.empty()) return;
  failure_torn_down_.clear();
  schedule_torn_down_.clear();
}

void Execution::threw_in_tear_down() noexcept {
  std::string message = "an exception left a destructor while ";
  const TaskControl* const task = tasks_.dying();
  message += task != nullptr ? task_label(*task) : std::string("a task");
  message += " was destroyed, which had not ended: ";
  try {
    throw;
  } catch (const std::exception& thrown) {
    message += type_name(thrown) + ": " + thrown.what();
  } catch (...) {
    message += type_name_of_current();
  }
  add_failure(
      FailureKind::exception, std::move(message),
      task != nullptr ? source_line(task->resumes_from.place, options_.source_root) : SourceLine{},
      task != nullptr ? task->id : TaskId::none);
}

}  // namespace coweave::detail
