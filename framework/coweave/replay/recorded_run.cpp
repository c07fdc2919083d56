#include "coweave/replay/recorded_run.hpp"

#include <algorithm>
#include <utility>

#include "coweave/execution/recorder.hpp"
#include "coweave/replay/follow.hpp"

namespace coweave::detail {

RecordedRun run_recorded(Execution& execution, const Body& body, Strategy& strategy,
                         const std::string& source_root,
                         std::optional<std::uint32_t> failing_step) {
  Recorder recorder(source_root, failing_step.value_or(Recorder::no_step));
  static_cast<void>(strategy.begin_execution(1));
  execution.run(body, strategy, {.recorder = &recorder});
  return {recorder.take(), execution.failures(), picks_of(execution.steps()),
          execution.fingerprint(), execution.failures_left_out()};
}

Schedule schedule_of(RecordedRun run, AwaitPoints await_points) {
  Schedule schedule;
  schedule.await_points = await_points;
  schedule.fingerprint = run.fingerprint;
  if (!run.failures.empty()) {
    const ExecutionFailure& first = run.failures.front();
    // Of an excerpt: where it is in there.
    const std::uint64_t before = std::min<std::uint64_t>(run.trace.steps_before, first.step);
    const std::size_t last = std::max<std::size_t>(run.trace.steps.size(), 1) - 1;
    schedule.failure = {
        first.kind, first.message, first.place,
        static_cast<std::uint32_t>(std::min<std::uint64_t>(first.step - before, last))};
  }
  schedule.picks = std::move(run.picks);
  schedule.trace = std::move(run.trace);
  return schedule;
}

}  // namespace coweave::detail
