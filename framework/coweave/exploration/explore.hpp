#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "coweave/core/versions.hpp"
#include "coweave/execution/body.hpp"
#include "coweave/exploration/options.hpp"
#include "coweave/exploration/report.hpp"
#include "coweave/task/spawn.hpp"

namespace coweave {
namespace detail {

[[nodiscard]] Report explore_body(const Body& body, const Options& options);
/// The execution of a schedule whose failure ended the process, up to the step in which it did.
[[nodiscard]] Schedule before_crash(const Body& body, const Schedule& schedule,
                                    const Options& options);
/// What is made of a replay that fails: Options::shrink limits it.
enum class ReplayDepth : std::uint8_t { replay, explain, simplify };
[[nodiscard]] Report replay_body(const Body& body, const Schedule& schedule, const Options& options,
                                 ReplayDepth depth = ReplayDepth::replay);
/// The schedule, whose failure ended the process, made simpler, by executions in processes of their
/// own; nothing if it does not end the process any more. Options::shrink limits it, with ten times
/// the time.
[[nodiscard]] std::optional<Report> simplify_crash(const Body& body, const Schedule& schedule,
                                                   const Options& options);

/// `body`, which must outlive the result, as what creates a root task of its coroutine.
template <class Callable>
[[nodiscard]] Body root_of(Callable& body) {
  if constexpr (!std::is_invocable_v<Callable&>) {
    static_assert(std::is_invocable_v<Callable&>,
                  "explore and replay call the body anew for every execution: write "
                  "explore(body), not explore(body())");
    return {};
  } else if constexpr (!is_task<std::invoke_result_t<Callable&>>) {
    static_assert(is_task<std::invoke_result_t<Callable&>>,
                  "the body is no coroutine: give it the return type coweave::Task<>, as in "
                  "[]() -> coweave::Task<> { ... co_return; }");
    return {};
  } else {
    [[maybe_unused]] static const bool is_noted = note_compiler(compiler_name());
    return [&body] { spawn_root(body(), {}, false, {}); };
  }
}

}  // namespace detail

/// Executes `body` (anything that returns a Task when called) again and again, each time anew and
/// each time in another interleaving, as `options` say. Failures of the program are in the Report,
/// never thrown. Throws Error for bad options. All state that tasks share must be made by the body.
template <class Body>
[[nodiscard]] Report explore(Body&& body, const Options& options = {}) {
  return detail::explore_body(detail::root_of(body), options);
}

/// Executes `body` once, exactly as `schedule` says, under its AwaitPoints. The report has the
/// trace and the verdict `replayed`, or the failure; `diverged` if the program left the schedule:
/// then its details name the first step, both sides, and whether the file is stale or the test
/// nondeterministic. Of `options` only name, max_steps, source_root, save_crashes and stuck_after
/// count.
template <class Body>
[[nodiscard]] Report replay(Body&& body, const Schedule& schedule, const Options& options = {}) {
  return detail::replay_body(detail::root_of(body), schedule, options);
}

}  // namespace coweave
