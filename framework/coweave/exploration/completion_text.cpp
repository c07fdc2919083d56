// The sentences of a verdict, made from the facts of a Completion.
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "coweave/core/words.hpp"
#include "coweave/exploration/completion.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/strategy/probability_text.hpp"

namespace coweave {
namespace {

using Kind = Completion::Kind;

/// "2.4e+12".
std::string rounded(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1e", number);
  return text.data();
}

/// "1000" or "2.4e+12".
std::string count_of(double number) {
  constexpr double most_digits = 1e9;
  return number < most_digits ? std::to_string(std::llround(number)) : rounded(number);
}

/// "every interleaving of at most 2 deviations from production order: 31 schedules".
std::string describe_bound(const CompletedBound& bound) {
  return "every interleaving of at most " + counted(bound.deviations, "deviation") + " from " +
         bound.base + ": " + counted(bound.schedules, "schedule");
}

/// "8 classes of equivalent interleavings in 8 executions, by wakeup trees".
std::string describe_reduction(const ReductionSummary& reduction) {
  std::string text = std::to_string(reduction.classes) +
                     (reduction.classes == 1 ? " class" : " classes") +
                     " of equivalent interleavings in " +
                     counted(reduction.executions, "execution") + ", by " + reduction.engine;
  if (reduction.searches > 1)
    text += ", for " + counted(reduction.searches, "set") + " of injections";
  if (reduction.audited > 0 && !reduction.is_refuted)
    text += "; audited by " + counted(reduction.audited, "interleaving");
  if (reduction.audit_is_left_out) text += "; not audited";
  if (!reduction.given_up.empty())
    text += " (wakeup trees would not do: " + reduction.given_up + ")";
  return text;
}

/// "2 GiB", "1536 MiB", "1000 bytes".
std::string describe_bytes(std::uint64_t bytes) {
  struct Unit {
    std::uint32_t bits;
    const char* name;
  };
  for (const Unit unit : {Unit{30, " GiB"}, Unit{20, " MiB"}, Unit{10, " KiB"}})
    if (bytes >> unit.bits != 0 && bytes >> unit.bits << unit.bits == bytes)
      return std::to_string(bytes >> unit.bits) + unit.name;
  return counted(bytes, "byte");
}

/// "max_schedules of 5", of the limit that ended the search.
std::string describe_limit(const Completion& completion) {
  std::string text = completion.is_share_of_limit ? "nine tenths of " : "";
  if (completion.end == SearchEnd::memory)
    return "max_memory of " + describe_bytes(completion.max_memory);
  if (completion.end != SearchEnd::time)
    return text + "max_schedules of " + std::to_string(completion.max_schedules);
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(completion.max_time);
  return text + "max_time of " + std::to_string(time.count()) + " ms";
}

/// What random schedules are worth, and how many there are; each part after a "; ".
std::string describe_worth(const Completion& completion) {
  std::string text;
  if (completion.assurance)
    if (const std::string assurance = describe(*completion.assurance); !assurance.empty())
      text += "; " + assurance;
  if (completion.interleavings > 0)
    text += "; about " + rounded(completion.interleavings) + " interleavings in all";
  return text;
}

/// "every interleaving: 20 schedules", or what else the search has to say of its end.
std::string describe_whole(const Completion& completion, const std::string& schedules) {
  std::string text = completion.fairness == 0
                         ? std::string("every interleaving")
                         : "every fair interleaving (a ready task that has been passed over " +
                               counted(completion.fairness, "time") + " in a row comes next)";
  if (completion.kind == Kind::every_so_far)
    return text + ", as far as the step limit: " + schedules;
  if (completion.reduction) return text + ": " + describe_reduction(*completion.reduction);
  return text + ": " +
         (completion.bound ? counted(completion.bound->schedules, "schedule") : schedules);
}

std::string describe_cut(const Completion& completion, const std::string& schedules) {
  std::string text = describe_limit(completion) + " reached after " + schedules;
  if (!completion.is_enumeration && !completion.reduction)
    return text + (completion.bound ? "; " + describe_bound(*completion.bound) : "");
  text += " of the enumeration";
  return completion.reduction ? text + ": " + describe_reduction(*completion.reduction) : text;
}

/// Why nothing follows from the executions about others.
std::string describe_doubt(const Completion& completion) {
  if (completion.not_explored.uncontrolled > 0)
    return "something ran outside the scheduler's control in " +
           std::to_string(completion.not_explored.uncontrolled) + " of them";
  if (completion.not_explored.is_nondeterministic) return "the program is not deterministic";
  return "the audit found interleavings that were left out as equivalent and are not";
}

/// The sentence of a search whose executions are not what it took them for. It claims nothing.
std::string describe_void(const Completion& completion, const std::string& schedules) {
  std::string text = schedules;
  if (is_limit(completion.end)) text = describe_limit(completion) + " reached after " + schedules;
  if (completion.kind == Kind::interrupted)
    text = completion.interrupted_by + " after " + schedules;
  return text + "; " + describe_doubt(completion) + ", so that these are not all interleavings";
}

std::string describe_kind(const Completion& completion) {
  const std::string schedules = counted(completion.schedules, "schedule");
  const bool is_cut = is_limit(completion.end);
  if (completion.is_void() && !completion.makes_no_claim())
    return describe_void(completion, schedules);
  switch (completion.kind) {
    case Kind::none:
      return {};
    case Kind::every:
    case Kind::every_so_far:
      return describe_whole(completion, schedules);
    case Kind::bounded:
      if (!is_cut) return describe_bound(*completion.bound);
      return describe_bound(*completion.bound) + describe_worth(completion) + " (" +
             describe_limit(completion) + " reached after " + schedules + ")";
    case Kind::all_of_strategy:
      return schedules + ": all that strategy '" + completion.search + "' has";
    case Kind::cut_enumeration:
      return describe_cut(completion, schedules);
    case Kind::sampled:
      return schedules + describe_worth(completion) +
             (is_cut && completion.end != SearchEnd::schedules
                  ? " (" + describe_limit(completion) + " reached)"
                  : "");
    case Kind::stopped:
      return "stopped at the first failing schedule, after " + schedules;
    case Kind::skipped:
      return "skipped by the test after " + schedules;
    case Kind::interrupted:
      return completion.interrupted_by + " after " + schedules +
             (completion.bound ? "; " + describe_bound(*completion.bound) : "") +
             describe_worth(completion);
  }
  return {};
}

/// "24 schedules more, of at most 2 early ones".
std::string describe_early(const EarlyTimeouts& early) {
  std::string text = counted(early.schedules, "schedule") + " more";
  if (early.has_failed) return text + ", the last of which fails";
  text += early.is_complete ? ", every interleaving" : "";
  text += " of at most " + std::to_string(early.at_most) + " early ones";
  if (early.ended_by_timeout > 0)
    text += "; " + std::to_string(early.ended_by_timeout) +
            " of them end with a TimeoutError that the test does not catch, which is no failure";
  return text;
}

/// When something happens that waits for the clock: "; timers fire only when nothing is ready".
std::string describe_rule(const std::string& what, const NotExplored& not_explored) {
  return "; " + what + " only when nothing is ready" +
         (not_explored.clock_moved_at_step_limit ? " or an execution has reached its limit of steps"
                                                 : "");
}

std::string describe_timers(const Completion& completion) {
  const NotExplored& not_explored = completion.not_explored;
  const std::string how = " (TimerOrder::any races them)";
  if (const std::optional<EarlyTimeouts>& early = completion.early_timeouts;
      early && early->schedules > 0)
    return describe_rule("timers fire", not_explored) +
           ", timeouts then also before that: " + describe_early(*early);
  if (not_explored.timers_fired_only_when_idle)
    return describe_rule("timers fire", not_explored) + how;
  if (not_explored.plain_timers_fired_only_when_idle)
    return describe_rule("timers other than timeouts fire", not_explored) + how;
  // It says so where no timer was armed, and where all of them raced.
  if (not_explored.clock_moved_at_step_limit) return describe_rule("the clock moves", not_explored);
  return {};
}

/// " of them", or, where the sentence began with fewer schedules than there were, " of all 30".
std::string injected_of(const Completion& completion) {
  const bool names_bound = completion.bound && !completion.makes_no_claim() &&
                           !completion.is_void() && !is_limit(completion.end) &&
                           !completion.reduction;
  if (!names_bound || completion.bound->schedules == completion.schedules) return " of them";
  return " of all " + std::to_string(completion.schedules);
}

/// The reduced search of the default plan, where it did not end within its half of the budget.
std::string describe_unfinished(const Completion& completion) {
  if (completion.reduction || completion.makes_no_claim()) return {};
  for (const SearchPart& part : completion.parts)
    if (part.search == "dpor" && part.schedules > 0)
      return "; " + std::to_string(part.schedules) +
             " of them by a reduced search that did not end";
  return {};
}

/// Each part after a "; ".
std::string describe_not_explored(const Completion& completion) {
  const NotExplored& not_explored = completion.not_explored;
  std::string text;
  if (not_explored.sampled_values > 1)
    text += "; the values that are chosen (" + count_of(not_explored.sampled_values) +
            " combinations in one execution) are not all tried";
  for (const std::string& name : not_explored.names_without_target)
    text += "; no task named " + quote(name) + " could be cancelled";
  if (not_explored.cancellations_without_target) text += "; no task could be cancelled";
  if (not_explored.wakeups_without_target) text += "; no wait of a condition could be woken";
  return text + describe_timers(completion);
}

}  // namespace

std::string describe(const Assurance& assurance) {
  std::string text;
  if (const std::optional<Assurance::Classes>& classes = assurance.classes)
    text = (classes->is_exact ? "" : "about ") + std::to_string(classes->seen) + " distinct of " +
           counted(classes->samples, "random schedule") + ", the next is new with probability " +
           probability_text(classes->unseen) + " (Good-Turing)";
  if (const std::optional<Assurance::Depth>& depth = assurance.depth) {
    text += text.empty() ? "" : "; ";
    text += "a bug of depth " + std::to_string(depth->depth) +
            " was missed with probability at most " + probability_text(depth->miss_probability) +
            " (" + counted(depth->tasks, "task") + ", " + counted(depth->decisions, "decision");
    if (depth->values > 1) text += ", " + count_of(depth->values) + " combinations of values";
    text += ")";
  }
  return text;
}

std::string describe(const Completion& completion) {
  std::string text = describe_kind(completion);
  if (completion.resumed > 0)
    text += "; " + std::to_string(completion.resumed) + " of them before the checkpoint";
  if (!completion.checkpoint.empty()) text += "; to be continued from " + completion.checkpoint;
  if (completion.injected > 0)
    text += "; in " + std::to_string(completion.injected) + injected_of(completion) +
            " injections (" + in_words(completion.injections) + ")";
  return text + describe_unfinished(completion) + describe_not_explored(completion);
}

}  // namespace coweave
