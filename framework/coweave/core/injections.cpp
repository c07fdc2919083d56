#include "coweave/core/injections.hpp"

#include "coweave/core/words.hpp"

namespace coweave {

std::string_view to_string(TimerOrder order) {
  switch (order) {
    case TimerOrder::when_idle: return "when_idle";
    case TimerOrder::any: return "any";
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
  if (injections.timers == TimerOrder::any)
    add(injections.early_timers == Injections::unlimited
            ? std::string("timers in any order")
            : "at most " + counted(injections.early_timers, "early timer"));
  return words;
}

}  // namespace coweave
