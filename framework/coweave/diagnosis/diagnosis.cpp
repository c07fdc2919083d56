#include "coweave/diagnosis/diagnosis.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "coweave/core/words.hpp"
#include "coweave/diagnosis/lost_wake_up.hpp"
#include "coweave/diagnosis/repetition.hpp"
#include "coweave/diagnosis/wait_cycles.hpp"

namespace coweave {
namespace {

bool is_semaphore(ObjectKind kind) {
  return kind == ObjectKind::semaphore || kind == ObjectKind::bounded_semaphore;
}

/// Follows takes and releases through a trace.
class Ledger {
 public:
  explicit Ledger(const Trace& trace) : trace_(trace) {
    for (std::uint32_t step = 0; step < trace.steps.size(); ++step)
      for (const TraceEffect& effect : trace.steps[step].effects)
        if (effect.object) enter(trace.steps[step].task, step, effect);
  }
  std::vector<Holding> held;
  std::vector<HeldSpan> ended;
  std::vector<UnmatchedRelease> unmatched;

 private:
  void end(std::vector<Holding>::iterator holding, std::uint32_t step) {
    ended.push_back({holding->task, holding->object, holding->step, step});
    held.erase(holding);
  }

  void enter(std::uint32_t task, std::uint32_t step, const TraceEffect& effect) {
    if (effect.kind == OperationKind::take) {
      held.push_back({task, *effect.object, step, effect.place});
    } else if (effect.kind == OperationKind::release) {
      const auto own = std::find_if(held.rbegin(), held.rend(), [&](const Holding& holding) {
        return holding.object == *effect.object && holding.task == task;
      });
      if (own != held.rend()) {
        end(std::next(own).base(), step);
        return;
      }
      unmatched.push_back({task, *effect.object, step, effect.place});
      // Any release of a lock ends the hold of its holder; a stray permit ends nobody's.
      if (is_semaphore(trace_.objects[*effect.object].kind)) return;
      const auto any = std::find_if(held.begin(), held.end(), [&](const Holding& holding) {
        return holding.object == *effect.object;
      });
      if (any != held.end()) end(any, step);
    }
  }

  const Trace& trace_;
};

constexpr std::size_t most_waits = 30;  // Each gets a line; further waits are counted.
constexpr std::size_t most_lost = 8;

}  // namespace

std::vector<Holding> held_at_end(const Trace& trace) { return Ledger(trace).held; }

std::vector<HeldSpan> held_spans(const Trace& trace) {
  Ledger ledger(trace);
  std::vector<HeldSpan> spans = std::move(ledger.ended);
  for (const Holding& holding : ledger.held)
    spans.push_back({holding.task, holding.object, holding.step, std::nullopt});
  std::sort(spans.begin(), spans.end(), [](const HeldSpan& a, const HeldSpan& b) {
    return std::tie(a.first_step, a.object, a.last_step) <
           std::tie(b.first_step, b.object, b.last_step);
  });
  return spans;
}

std::vector<UnmatchedRelease> unmatched_releases(const Trace& trace) {
  return Ledger(trace).unmatched;
}

namespace {

/// " of worker#1, worker#2 and 3 more", for a join or a gather.
std::string awaited_by(const TraceBlocked& blocked, const Trace& trace) {
  constexpr std::size_t most = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(blocked.awaits.size(), most); ++i)
    names += (i == 0 ? " of " : ", ") + trace.tasks[blocked.awaits[i]].name;
  if (blocked.awaits.size() > most)
    names += " and " + std::to_string(blocked.awaits.size() - most) + " more";
  return names;
}

}  // namespace

std::vector<std::string> explain_blocked(const Trace& trace) {
  const std::vector<Holding> held = held_at_end(trace);
  std::vector<std::string> lines;
  std::size_t left_out = 0;
  for (const TraceBlocked& blocked : trace.blocked) {
    if (trace.tasks[blocked.task].is_daemon && blocked.operation == OperationKind::sleep) continue;
    if (lines.size() == most_waits) {
      ++left_out;
      continue;
    }
    std::string line = trace.tasks[blocked.task].name +
                       " waits: " + trace.describe(blocked.operation, blocked.object) +
                       awaited_by(blocked, trace) + at_place(blocked.place) + ", since step " +
                       std::to_string(trace.number_of(blocked.since_step));
    for (const Holding& holding : held)
      if (blocked.object && holding.object == *blocked.object)
        line += "; held by " + trace.tasks[holding.task].name + at_place(holding.place) +
                ", since step " + std::to_string(trace.number_of(holding.step));
    lines.push_back(std::move(line));
  }
  if (left_out > 0) lines.push_back("and " + counted(left_out, "more waiting task"));
  const std::vector<LostWakeUp> lost = lost_wake_ups(trace);
  for (std::size_t i = 0; i < std::min(lost.size(), most_lost); ++i)
    lines.push_back(in_words(lost[i], trace));
  if (lost.size() > most_lost)
    lines.push_back("and " + counted(lost.size() - most_lost, "more lost wake-up"));
  for (std::string& line : detail::tell_cycles(trace, held)) lines.push_back(std::move(line));
  for (std::string& line : detail::tell_leaks(trace, held)) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> explain_suspects(const Schedule& schedule) {
  std::vector<std::string> lines;
  if (!schedule.failure || (schedule.failure->kind != FailureKind::misuse &&
                            schedule.failure->kind != FailureKind::check))
    return lines;
  const Trace& trace = schedule.trace;
  for (const UnmatchedRelease& release : unmatched_releases(trace)) {
    const ObjectKind kind = trace.objects[release.object].kind;
    // A semaphore that only this task releases is a counter: its releases need no permit.
    const bool is_counter =
        kind == ObjectKind::semaphore &&
        std::none_of(trace.steps.begin(), trace.steps.end(), [&](const TraceStep& step) {
          return std::any_of(step.effects.begin(), step.effects.end(),
                             [&](const TraceEffect& effect) {
                               return effect.kind == OperationKind::release &&
                                      effect.object == release.object && step.task != release.task;
                             });
        });
    if (is_counter || !is_semaphore(kind)) continue;
    lines.push_back("suspect: " + trace.tasks[release.task].name + " releases " +
                    trace.describe_object(release.object) + at_place(release.place) + " in step " +
                    std::to_string(trace.number_of(release.step)) + " without holding a permit");
  }
  return lines;
}

std::vector<std::string> diagnose(const Schedule& schedule) {
  std::vector<std::string> lines = explain_blocked(schedule.trace);
  const auto add = [&lines](std::vector<std::string> more) {
    for (std::string& line : more) lines.push_back(std::move(line));
  };
  add(explain_suspects(schedule));
  if (schedule.failure && schedule.failure->kind == FailureKind::livelock)
    if (const auto repetition = repetition_at_end(schedule.trace))
      add(in_words(*repetition, schedule.trace));
  return lines;
}

}  // namespace coweave
