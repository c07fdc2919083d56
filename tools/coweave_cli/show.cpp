#include "show.hpp"

#include <CLI/CLI.hpp>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "coweave/report/text/terminal.hpp"
#include "coweave/report/text/timeline.hpp"
#include "coweave/schedule/schedule.hpp"
#include "output.hpp"

namespace coweave::cli {
namespace {

struct ShowOptions {
  std::string file;
  std::optional<std::size_t> width;
  std::string color = "auto";
  std::size_t steps = 30;
  bool all = false;
};

void show(const ShowOptions& options) {
  const Schedule schedule = Schedule::load(options.file);
  const TimelineStyle style{
      .width = options.width ? *options.width : output_width(),
      .color = options.color == "always" || (options.color == "auto" && output_has_color()),
      .charset = output_charset(),
      .most_steps = options.all ? 0 : options.steps,
      .file = options.file + " (--all draws them)",
  };
  write_output("-", draw_timeline(schedule, style));
}

}  // namespace

void add_show(CLI::App& app, Invocation& /*invocation*/) {
  constexpr std::size_t least_width = 20;
  constexpr std::size_t most_width = 10'000;
  const auto options = std::make_shared<ShowOptions>();
  CLI::App* command = app.add_subcommand("show", "Draw the interleaving of a schedule");
  command->add_option("FILE", options->file, "The schedule")->required();
  command
      ->add_option("--width", options->width, "Columns to use; those of the terminal if not given")
      ->check(CLI::Range(least_width, most_width));
  command->add_option("--color", options->color, "Whether to use colours")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  command->add_option("--steps", options->steps, "About how many steps to draw")
      ->check(CLI::Range(std::size_t{1}, std::numeric_limits<std::size_t>::max()))
      ->capture_default_str();
  command->add_flag("--all", options->all, "Draw all steps");
  command->callback([options] { show(*options); });
}

}  // namespace coweave::cli
