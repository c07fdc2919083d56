#pragma once

#include <cstddef>
#include <string>

#include "coweave/schedule/schedule.hpp"

namespace coweave {

/// The schedule as Chrome trace events (JSON), for Perfetto or chrome://tracing: a thread for each
/// task, a slice of a millisecond for each step, flows for who woke whom, async slices for what is
/// held, and the passing execution as a second process. Ends with a newline. Source: "Trace Event
/// Format", the Chromium project.
[[nodiscard]] std::string to_chrome_trace(const Schedule& schedule);

/// What a Mermaid drawing is made with.
struct MermaidStyle {
  std::size_t most_steps = 40;  ///< More are left out, and counted; 0: all.
  std::string file = {};        ///< Of the schedule, where the others can be found.
};

/// The schedule as a sequence diagram in Mermaid's language. Whatever the names in it, it is one
/// diagram and ends no fence of Markdown around it. Ends with a newline.
[[nodiscard]] std::string to_mermaid(const Schedule& schedule, const MermaidStyle& style = {});

}  // namespace coweave
