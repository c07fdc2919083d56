#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coweave/schedule/schedule.hpp"

namespace coweave {

/// Who has a lock, or a permit of a semaphore, at the end of a trace.
struct Holding {
  std::uint32_t task = 0;    ///< Index into Trace::tasks: who took it.
  std::uint32_t object = 0;  ///< Index into Trace::objects.
  std::uint32_t step = 0;    ///< Index into Trace::steps: when.
  SourceLine place;          ///< Of the acquire.
};

/// What is held when the trace ends, in order of taking. A release counts for the releasing task's
/// own latest take of that object, else, of a lock, for whoever holds it.
[[nodiscard]] std::vector<Holding> held_at_end(const Trace& trace);

/// From when to when something was held.
struct HeldSpan {
  std::uint32_t task = 0;
  std::uint32_t object = 0;
  std::uint32_t first_step = 0;            ///< Index into Trace::steps: where it was taken.
  std::optional<std::uint32_t> last_step;  ///< Where it was released; none: held at the end.
};

/// In order of taking; releases count as in held_at_end.
[[nodiscard]] std::vector<HeldSpan> held_spans(const Trace& trace);

/// A release by a task that held nothing of that object: where a bound is exceeded, or a check
/// fails, the error often hits an innocent task, and this is where to look.
struct UnmatchedRelease {
  std::uint32_t task = 0;
  std::uint32_t object = 0;
  std::uint32_t step = 0;
  SourceLine place;
};

/// In order of happening.
[[nodiscard]] std::vector<UnmatchedRelease> unmatched_releases(const Trace& trace);

/// For each task that was waiting at the end: what it waits for, since where, and who holds that;
/// then the wake-ups that were lost, the cycles of such waits (a partial deadlock too, while others
/// run), and what ended tasks took with them; the first of each, and how many more. A daemon that
/// sleeps waits for nothing that matters.
[[nodiscard]] std::vector<std::string> explain_blocked(const Trace& trace);

/// Releases by tasks that held nothing, where the failure may come from them: of a bounded
/// semaphore whose bound was exceeded, or of a semaphore before a check failed. Empty otherwise.
[[nodiscard]] std::vector<std::string> explain_suspects(const Schedule& schedule);

/// Both; and of a livelock what repeats, and who starves. In lines, those of a list indented.
[[nodiscard]] std::vector<std::string> diagnose(const Schedule& schedule);

}  // namespace coweave
