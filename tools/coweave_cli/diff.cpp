#include "diff.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "coweave/diagnosis/comparison.hpp"
#include "output.hpp"

namespace coweave::cli {

void add_diff(CLI::App& app, Invocation& invocation) {
  struct Files {
    std::string a;
    std::string b;
  };
  const auto files = std::make_shared<Files>();
  CLI::App* command = app.add_subcommand("diff", "Say where two schedules part");
  command->add_option("FILE", files->a, "A schedule")->required();
  command->add_option("OTHER", files->b, "Another one")->required();
  command->footer("Exit codes: 0 the same test and steps, 1 they differ, 2 usage or a bad file.");
  command->callback([files, &invocation] {
    const Schedule a = Schedule::load(files->a);
    const Schedule b = Schedule::load(files->b);
    const Comparison comparison = compare(a, files->a, b, files->b);
    write_output("-", comparison.text);
    if (!comparison.is_same) invocation.exit_code = exit_failed;
  });
}

}  // namespace coweave::cli
