#include "export.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "coweave/report/export/export.hpp"
#include "output.hpp"

namespace coweave::cli {
namespace {

struct ExportOptions {
  std::string file;
  std::string format;
  std::string output = "-";
};

void write_export(const ExportOptions& options) {
  const Schedule schedule = Schedule::load(options.file);
  if (options.format == "chrome") {
    write_output(options.output, to_chrome_trace(schedule));
  } else {
    MermaidStyle style;
    style.file = options.file;
    write_output(options.output, to_mermaid(schedule, style));
  }
}

}  // namespace

void add_export(CLI::App& app, Invocation& /*invocation*/) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* command = app.add_subcommand("export", "Write a schedule for another tool");
  command->add_option("FILE", options->file, "The schedule")->required();
  command
      ->add_option("--format", options->format,
                   "chrome: trace events for Perfetto; mermaid: a sequence diagram")
      ->required()
      ->check(CLI::IsMember({"chrome", "mermaid"}));
  command->add_option("-o,--output", options->output, "Where to write it, - for standard output")
      ->capture_default_str();
  command->callback([options] { write_export(*options); });
}

}  // namespace coweave::cli
