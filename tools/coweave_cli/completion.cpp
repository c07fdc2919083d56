#include "completion.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "completion_scripts.hpp"
#include "output.hpp"

namespace coweave::cli {

void add_completion(CLI::App& app, Invocation& /*invocation*/) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completion", "Print a script that completes command lines");
  command->add_option("SHELL", *shell, "The shell that it is for")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  command->footer("To try it: source <(coweave completion bash)");
  command->callback(
      [shell, &app] { write_output("-", *shell == "bash" ? bash_script(app) : zsh_script(app)); });
}

}  // namespace coweave::cli
