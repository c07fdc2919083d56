#include "completion_scripts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace coweave::cli {
namespace {

/// "show html" or "--width --color": what stands in a word list of a shell.
std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) (text += text.empty() ? "" : " ") += word;
  return text;
}

std::vector<CLI::App*> subcommands(const CLI::App& app) {
  return const_cast<CLI::App&>(app).get_subcommands([](CLI::App*) { return true; });
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

/// The values that an option or argument can have, if they are few: of "TEXT:{a,b}".
std::vector<std::string> values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}');
  std::vector<std::string> values;
  if (open == type.npos || close == type.npos) return values;
  std::string_view list = std::string_view(type).substr(open + 1, close - open - 1);
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    values.emplace_back(list.substr(0, comma));
    list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
  }
  return values;
}

/// What may come next in a command line of one subcommand, as branches of a shell's `case`.
struct Branches {
  std::string values;  ///< By the option before: "show:--color) ... ;;".
  std::string words;   ///< By the subcommand: its options and the values of its arguments.
};

Branches branches_of(const CLI::App& app) {
  Branches branches;
  for (const CLI::App* command : subcommands(app)) {
    std::vector<std::string> options;
    std::vector<std::string> arguments;
    for (const CLI::Option* option : const_cast<CLI::App*>(command)->get_options()) {
      const std::vector<std::string> names = names_of(*option);
      const std::vector<std::string> values = values_of(*option);
      options.insert(options.end(), names.begin(), names.end());
      if (names.empty()) arguments.insert(arguments.end(), values.begin(), values.end());
      if (names.empty() || option->get_expected_max() == 0) continue;
      for (const std::string& name : names)
        branches.values +=
            "    " + command->get_name() + ":" + name + ") values='" + joined(values) + "' ;;\n";
    }
    branches.words += "    " + command->get_name() + ") flags='" + joined(options) +
                      "'; arguments='" + joined(arguments) + "' ;;\n";
  }
  return branches;
}

std::string names_of_subcommands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : subcommands(app)) names.push_back(command->get_name());
  return joined(names);
}

/// What both shells know about the command line: `command` and `before`, the word before, are set.
std::string tables(const CLI::App& app) {
  const Branches branches = branches_of(app);
  return "  local values='-' flags='' arguments=''\n  case $command:$before in\n" +
         branches.values + "  esac\n  case $command in\n" + branches.words + "  esac\n";
}

}  // namespace

std::string bash_script(const CLI::App& app) {
  return R"(# bash completion of coweave, made by `coweave completion bash`. For instance:
#   coweave completion bash > ~/.local/share/bash-completion/completions/coweave
_coweave() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} i
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ')" +
         names_of_subcommands(app) + R"( --help --version' -- "$word"))
    return
  fi
  # `--name=value` comes as three words.
  if [ "$word" = = ]; then
    word=''
  elif [ "$before" = = ]; then
    before=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 2; i < COMP_CWORD; ++i)); do
    if [ "${COMP_WORDS[i]}" = -- ]; then  # Another program's command line.
      compopt -o default 2>/dev/null
      COMPREPLY=($([ $((i + 1)) -eq "$COMP_CWORD" ] && compgen -c -- "$word"; compgen -f -- "$word"))
      return
    fi
  done
)" + tables(app) +
         R"(  if [ "$values" != - ] && [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$word"))
  elif [ "$values" = - ] && [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  elif [ "$values" = - ] && [ -n "$arguments" ]; then
    COMPREPLY=($(compgen -W "$arguments" -- "$word"))
  else
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -d -- "$word"; compgen -f -X '!*.json' -- "$word"))
  fi
}
complete -F _coweave coweave
)";
}

std::string zsh_script(const CLI::App& app) {
  return R"(#compdef coweave
# zsh completion of coweave, made by `coweave completion zsh`. For instance:
#   coweave completion zsh > "${fpath[1]}/_coweave"
_coweave() {
  local word=${words[CURRENT]} before=${words[CURRENT-1]} command=${words[2]} i
  local -a line=("${words[@]}")
  if (( CURRENT == 2 )); then
    compadd -- )" +
         names_of_subcommands(app) + R"( --help --version
    return
  fi
  if [[ $word == --*=* ]]; then
    before=${word%%=*}
    compset -P '*='
  fi
  for ((i = 3; i < CURRENT; ++i)); do
    if [[ ${line[i]} == -- ]]; then  # Another program's command line.
      if (( i + 1 == CURRENT )); then _command_names -e; fi
      _files
      return
    fi
  done
)" + tables(app) +
         R"(  if [[ $values != - && -n $values ]]; then
    compadd -- ${=values}
  elif [[ $values == - && $word == -* ]]; then
    compadd -- ${=flags}
  elif [[ $values == - && -n $arguments ]]; then
    compadd -- ${=arguments}
  else
    _files -g '*.json'
  fi
}
if [ "$funcstack[1]" = "_coweave" ]; then _coweave "$@"; else compdef _coweave coweave; fi
)";
}

}  // namespace coweave::cli
