#include "html.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "coweave/report/html/html.hpp"
#include "coweave/schedule/printable.hpp"
#include "output.hpp"

namespace coweave::cli {
namespace {

struct PageOptions {
  std::string file;
  std::string output;
  std::string source = ".";
  std::optional<std::size_t> first;
  std::size_t steps = HtmlOptions().most_steps;
};

void make_page(const PageOptions& options) {
  HtmlOptions html;
  html.source_root = options.source;
  html.schedule_file = options.file;
  html.most_steps = options.steps;
  if (options.first) html.first_step = *options.first - 1;
  const std::string page = html_page(Schedule::load(options.file), html);
  std::string output = options.output;
  if (output.empty())
    output = std::filesystem::path(options.file).replace_extension(".html").string();
  write_output(output, page);
  if (output != "-") std::cout << printable(output) << '\n';
}

}  // namespace

void add_html(CLI::App& app, Invocation& /*invocation*/) {
  constexpr std::size_t most = 1'000'000;
  const auto options = std::make_shared<PageOptions>();
  CLI::App* command = app.add_subcommand("html", "Make a page for a browser of a schedule");
  command->add_option("FILE", options->file, "The schedule")->required();
  command->add_option("-o,--output", options->output,
                      "Where to write it, - for standard output; FILE with .html if not given");
  command->add_option("--source", options->source, "Directory that the source files are in")
      ->capture_default_str();
  command->add_option("--first", options->first, "First step of the page")
      ->check(CLI::Range(std::size_t{1}, most * most));
  command->add_option("--steps", options->steps, "Steps of the page, at most")
      ->check(CLI::Range(std::size_t{1}, most))
      ->capture_default_str();
  command->footer(
      "The page needs no other file and no network. It has the lines around each place if the\n"
      "source files can be read; nothing outside of the directory --source is.");
  command->callback([options] { make_page(*options); });
}

}  // namespace coweave::cli
