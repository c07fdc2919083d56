#include "coweave/execution/elsewhere_watch.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "coweave/execution/heartbeat.hpp"
#include "coweave/execution/other_threads.hpp"
#include "coweave/runtime/foreign.hpp"

namespace coweave::detail {
namespace {

constexpr const char* by_another_thread = " by another thread: Coweave controls one thread only";

/// An execution of this process has waited for other threads in vain: the next ones wait less.
std::atomic<bool> has_waited_in_vain = false;

/// In an order that does not depend on the threads.
void sort(NewsFromElsewhere& news) {
  const auto key = [](const auto& one) {
    return std::tuple(one.place.line(), std::string_view(one.place.file_name()));
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
}

}  // namespace

ElsewhereWatch::ElsewhereWatch(std::chrono::nanoseconds patience)
    : patience_(patience), threads_before_(count_other_threads()) {}

bool ElsewhereWatch::has_new_threads() const {
  return threads_before_ && count_other_threads().value_or(0) > *threads_before_;
}

void ElsewhereWatch::report(NewsFromElsewhere& news, FailureCollector& failures,
                            const EndReport& names) {
  was_used_ = true;
  sort(news);
  std::size_t position = 0;
  const auto add = [&](std::string message, const Place& place, TaskId task) {
    const SourceLine line = failures.line_of(place);
    const auto is_known = [&](const ExecutionFailure& known) {
      return known.kind == FailureKind::uncontrolled && known.place == line &&
             known.message == message;
    };
    if (std::any_of(failures.all().begin(), failures.all().end(), is_known)) return;
    if (failures.insert(position, FailureKind::uncontrolled, std::move(message), line, task))
      ++position;
  };
  for (const NewsFromElsewhere::Use& use : news.uses) add(use.what, use.place, TaskId::none);
  for (const ForeignWaiter* const waiter : news.resumed)
    add(names.label(*waiter->owner) + " awaits a foreign awaitable that was resumed" +
            by_another_thread,
        waiter->place, waiter->owner->id);
  for (const NewsFromElsewhere::Post& post : news.posts)
    add(std::string("post") + by_another_thread, post.place, TaskId::none);
}

bool ElsewhereWatch::wait(ForeignProxies& proxies, const std::function<bool()>& hear) const {
  constexpr std::chrono::nanoseconds slice = std::chrono::milliseconds(5);
  constexpr std::chrono::nanoseconds after_waiting_in_vain = std::chrono::milliseconds(100);
  const auto may_come = [this, &proxies] {
    return proxies.any_pending() ? count_other_threads() != std::optional<std::size_t>(0)
                                 : has_new_threads();
  };
  std::chrono::nanoseconds left = patience_;
  if (has_waited_in_vain.load()) left = std::min(left, after_waiting_in_vain);
  for (; left.count() > 0 && may_come(); left -= slice) {
    proxies.wait_for_news(slice);
    beat();  // It is not stuck: it waits.
    if (!proxies.has_news()) continue;
    if (hear()) return true;
    if (!proxies.any_pending()) return false;
  }
  if (left.count() <= 0) has_waited_in_vain = true;
  // A thread that has just ended may have done something before.
  return proxies.has_news() && hear();
}

}  // namespace coweave::detail
