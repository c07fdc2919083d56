#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "coweave/exploration/report.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave {

/// What a page is made with.
struct HtmlOptions {
  /// Where the source files that the schedule names are looked for; what lies outside of it is
  /// never read. Empty: no source lines.
  std::filesystem::path source_root = {};
  /// The file of the schedule, for the command that replays it. Empty: no command is shown.
  std::string schedule_file = {};
  /// The first step of the page, from 0. By default the first one from which on the others fit.
  std::size_t first_step = automatic;
  /// Steps of the page, at most; it says where there are more, and how to see them.
  std::size_t most_steps = 20'000;

  static constexpr std::size_t automatic = static_cast<std::size_t>(-1);
};

/// One page that needs nothing else and asks the network for nothing: the interleaving in lanes,
/// who woke whom, who held which lock, the orders that the failure needs, the passing execution
/// beside it, and the same as a table. Nothing that comes from the schedule is taken for markup.
[[nodiscard]] std::string html_page(const Schedule& schedule, const HtmlOptions& options = {});

/// Writes the page whole (temporary name, then rename); creates its directory. Throws Error.
void write_html(const std::filesystem::path& file, const Schedule& schedule,
                const HtmlOptions& options = {});
/// The same, of a failure with all that its exploration has found out; for a test that keeps pages
/// beside its schedules. `schedule_file` is that of the failure unless `options` has one.
void write_html(const std::filesystem::path& file, const Failure& failure,
                HtmlOptions options = {});

}  // namespace coweave
