#include "coweave/core/injections.hpp"

#include "coweave/core/words.hpp"

namespace coweave {

std::string_view to_string(TimerOrder order) {
  switch (order) {
    case TimerOrder::when_idle:
      return "when_idle";
    case TimerOrder::any:
      return "any";
    case TimerOrder::timeouts:
      return "timeouts";
  }
  return "?";
}

std::string_view to_string(InlineResumption resumption) {
  switch (resumption) {
    case InlineResumption::explored:
      return "explored";
    case InlineResumption::always:
      return "always";
    case InlineResumption::never:
      return "never";
  }
  return "?";
}

std::string in_words(const Injections& injections) {
  std::string words;
  const auto add = [&words](const std::string& more) {
    words += (words.empty() ? "" : ", ") + more;
  };
  if (injections.cancellation.at_most > 0)
    add("at most " + counted(injections.cancellation.at_most, "cancellation"));
  if (injections.faults > 0) add("at most " + counted(injections.faults, "fault"));
  if (injections.wakeups > 0) add("at most " + counted(injections.wakeups, "wake-up") + " unasked");
  if (injections.timers != TimerOrder::when_idle) {
    const bool is_any = injections.timers == TimerOrder::any;
    add(injections.early_timers == Injections::unlimited
            ? std::string(is_any ? "timers in any order" : "timeouts before ready work")
            : "at most " +
                  counted(injections.early_timers, is_any ? "early timer" : "early timeout"));
  }
  if (injections.inline_resumption != InlineResumption::explored)
    add("inline resumption " + std::string(to_string(injections.inline_resumption)));
  return words;
}

}  // namespace coweave
