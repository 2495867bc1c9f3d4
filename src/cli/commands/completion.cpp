// completion: for shells, made of the register of commands.
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr OptionSpec kHelpOption{"--help", "", "show this help"};
constexpr std::string_view kLevels = "informational|low|medium|high|critical";
constexpr std::string_view kShells = "bash|zsh|fish";

// The words that an option takes, if there are only some; as they stand in its value: "table|json".
std::vector<std::string_view> choices_of(std::string_view value) {
  if (value == "LEVEL") return base::split(kLevels, '|');
  const bool words = value.find('|') != std::string_view::npos &&
                     value.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
  return words ? base::split(value, '|') : std::vector<std::string_view>();
}

bool takes_folder(std::string_view value) {
  return value == "DIR";
}
bool takes_file(std::string_view value) {
  return value.find("FILE") != std::string_view::npos || value.find("PATH") != std::string_view::npos;
}
// Whether what stands beside the options is a file.
bool is_of_files(std::string_view usage) {
  return usage.find("DIR") != std::string_view::npos || takes_file(usage);
}

std::string joined(const std::vector<std::string_view>& words, std::string_view by) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += by;
    out += word;
  }
  return out;
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::vector<OptionSpec> options_of(const CommandSpec& command) {
  std::vector<OptionSpec> options = command.options;
  options.push_back(kHelpOption);
  return options;
}

struct Word {
  std::string name;
  std::string_view summary;  // empty: it has subcommands only
};

// First words, in the order of --help.
std::vector<Word> first_words() {
  std::vector<Word> words;
  std::set<std::string, std::less<>> seen;
  for (const CommandSpec* command : all_commands()) {
    const std::size_t blank = command->name.find(' ');
    const std::string first(command->name.substr(0, blank));
    if (!seen.insert(first).second) continue;
    words.push_back({first, blank == std::string_view::npos ? command->summary : std::string_view()});
  }
  words.push_back({"version", "print the version"});
  return words;
}

std::map<std::string, std::vector<Word>> second_words() {
  std::map<std::string, std::vector<Word>> words;
  for (const CommandSpec* command : all_commands()) {
    const std::size_t blank = command->name.find(' ');
    if (blank == std::string_view::npos) continue;
    words[std::string(command->name.substr(0, blank))].push_back(
        {std::string(command->name.substr(blank + 1)), command->summary});
  }
  return words;
}

std::string names_of(const std::vector<Word>& words) {
  std::string out;
  for (const Word& word : words) out += (out.empty() ? "" : " ") + word.name;
  return out;
}

// --- bash ---

constexpr std::string_view kBashScript = R"sh(# bash completion of vedette: source <(vedette completion bash)
_vedette_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_vedette_folders() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); }
_vedette_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }
_vedette_nothing() { COMPREPLY=(); }
_vedette_subcommands() {
  case "$1" in
@SUBCOMMANDS@  esac
}
_vedette_options() {
  case "$1" in
@OPTIONS@  esac
}
_vedette_option_value() {
  case "$1" in
@VALUES@    *) return 1 ;;
  esac
}
_vedette_arguments() {
  case "$1" in
@ARGUMENTS@  esac
}
_vedette() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}" second
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _vedette_words '@COMMANDS@ --help'
    return
  fi
  second="$(_vedette_subcommands "$command")"
  if [ -n "$second" ] && [ "$COMP_CWORD" -eq 2 ] && [ "${cur#-}" = "$cur" ]; then
    _vedette_words "$second"
    return
  fi
  case " $second " in *" ${COMP_WORDS[2]} "*) command="$command ${COMP_WORDS[2]}" ;; esac
  if [ "$cur" = "=" ]; then cur=""; elif [ "$prev" = "=" ]; then prev="${COMP_WORDS[COMP_CWORD-2]}"; fi
  if [ "${prev#--}" != "$prev" ] && _vedette_option_value "$command $prev"; then return; fi
  if [ "${cur#-}" != "$cur" ]; then
    _vedette_words "$(_vedette_options "$command")"
  else
    _vedette_arguments "$command"
  fi
}
complete -F _vedette vedette
)sh";

// Per option with a value: what is offered for it.
std::string bash_values(const CommandSpec& command) {
  std::string out;
  for (const OptionSpec& option : command.options) {
    if (option.value.empty()) continue;
    const auto choices = choices_of(option.value);
    const std::string action = !choices.empty()             ? "words " + shell_quoted(joined(choices, " "))
                               : takes_folder(option.value) ? "folders"
                               : takes_file(option.value)   ? "files"
                                                            : "nothing";
    out += fmt::format("    '{} {}') _vedette_{} ;;\n", command.name, option.name, action);
  }
  return out;
}

std::string bash_completion() {
  std::string options, values, seconds, files;
  for (const CommandSpec* command : all_commands()) {
    std::vector<std::string_view> names;
    for (const OptionSpec& option : options_of(*command)) names.push_back(option.name);
    options += fmt::format("    '{}') echo '{}' ;;\n", command->name, joined(names, " "));
    values += bash_values(*command);
    if (is_of_files(command->usage)) files += fmt::format("    '{}') _vedette_files ;;\n", command->name);
    if (const auto words = choices_of(command->usage); !words.empty()) {
      files += fmt::format("    '{}') _vedette_words '{}' ;;\n", command->name, joined(words, " "));
    }
  }
  for (const auto& [first, words] : second_words()) {
    seconds += fmt::format("    '{}') echo '{}' ;;\n", first, names_of(words));
  }
  std::string script(kBashScript);
  const auto put = [&](std::string_view mark, const std::string& text) {
    script.replace(script.find(mark), mark.size(), text);
  };
  put("@SUBCOMMANDS@", seconds);
  put("@OPTIONS@", options);
  put("@VALUES@", values);
  put("@ARGUMENTS@", files);
  put("@COMMANDS@", names_of(first_words()));
  return script;
}

// --- zsh ---

std::string zsh_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("[]:\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_option(const OptionSpec& option) {
  std::string spec = fmt::format("*{}[{}]", option.name, zsh_escaped(option.help));
  if (!option.value.empty()) {
    const auto choices = choices_of(option.value);
    const std::string action = !choices.empty()             ? "(" + joined(choices, " ") + ")"
                               : takes_folder(option.value) ? "_files -/"
                               : takes_file(option.value)   ? "_files"
                                                            : " ";
    spec += fmt::format(":{}:{}", zsh_escaped(option.value), action);
  }
  return shell_quoted(spec);
}

std::string zsh_described(const std::vector<Word>& words) {
  std::string out;
  for (const Word& word : words) {
    out += " " + shell_quoted(word.summary.empty() ? word.name : word.name + ":" + zsh_escaped(word.summary));
  }
  return out;
}

std::string zsh_completion() {
  std::string out =
      "#compdef vedette\n# zsh completion: vedette completion zsh > a folder of $fpath/_vedette\n";
  out += "_vedette() {\n  local -a words_of\n  local command=\"$words[2]\" first=2\n";
  out += fmt::format(
      "  if (( CURRENT == 2 )); then\n    words_of=({})\n    _describe command words_of\n    return\n  fi\n",
      zsh_described(first_words()));
  out += "  case \"$words[2]\" in\n";
  for (const auto& [first, words] : second_words()) {
    out += fmt::format(
        "    {})\n      words_of=({})\n      if (( CURRENT == 3 )) && [[ \"$words[3]\" != -* ]]; then\n"
        "        _describe subcommand words_of\n        return\n      fi\n"
        "      if (( ${{words_of[(I)$words[3](|:*)]}} )); then command+=\" $words[3]\"; first=3; fi ;;\n",
        first, zsh_described(words));
  }
  out += "  esac\n  shift $((first - 1)) words\n  (( CURRENT -= first - 1 ))\n  case \"$command\" in\n";
  for (const CommandSpec* command : all_commands()) {
    out += fmt::format("    '{}') _arguments", command->name);
    for (const OptionSpec& option : options_of(*command)) out += " \\\n      " + zsh_option(option);
    out += is_of_files(command->usage) ? " \\\n      '*:file:_files' ;;\n" : " ;;\n";
  }
  return out +
         "  esac\n}\nif [ \"$funcstack[1]\" = _vedette ]; then _vedette \"$@\"; else compdef _vedette "
         "vedette; fi\n";
}

// --- fish ---

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_option(const CommandSpec& command, const OptionSpec& option) {
  std::string line = fmt::format("complete -c vedette -n '__vedette_is {}' -l {} -d {}", command.name,
                                 option.name.substr(2), fish_quoted(option.help));
  if (!option.value.empty()) {
    const auto choices = choices_of(option.value);
    const bool files = takes_folder(option.value) || takes_file(option.value);
    line += files ? " -r -F" : choices.empty() ? " -x" : " -x -a " + fish_quoted(joined(choices, " "));
  }
  return line + "\n";
}

std::string fish_completion() {
  std::string out =
      "# fish completion: vedette completion fish > ~/.config/fish/completions/vedette.fish\n"
      "function __vedette_is\n"
      "  set -l typed (commandline -opc)\n"
      "  set -l last (math (count $argv) + 1)\n"
      "  test (count $typed) -ge $last; and test \"$typed[2..$last]\" = \"$argv\"\n"
      "end\n"
      "function __vedette_at\n"
      "  set -l typed (commandline -opc)\n"
      "  test (count $typed) -eq 2; and test \"$typed[2]\" = \"$argv\"\n"
      "end\n"
      "complete -c vedette -f\n";
  for (const Word& word : first_words()) {
    out += fmt::format("complete -c vedette -n '__fish_use_subcommand' -a {} -d {}\n", word.name,
                       fish_quoted(word.summary));
  }
  for (const auto& [first, words] : second_words()) {
    for (const Word& word : words) {
      out += fmt::format("complete -c vedette -n '__vedette_at {}' -a {} -d {}\n", first, word.name,
                         fish_quoted(word.summary));
    }
  }
  for (const CommandSpec* command : all_commands()) {
    for (const OptionSpec& option : options_of(*command)) out += fish_option(*command, option);
    if (is_of_files(command->usage)) {
      out += fmt::format("complete -c vedette -n '__vedette_is {}' -F\n", command->name);
    }
  }
  return out;
}

int run_completion(const Args& args) {
  const std::string shell = args.positional().size() == 1 ? args.positional()[0] : "";
  if (shell != "bash" && shell != "zsh" && shell != "fish") {
    return trouble("completion", fmt::format("needs a shell: {}", kShells));
  }
  print(stdout, shell == "bash" ? bash_completion() : shell == "zsh" ? zsh_completion() : fish_completion());
  return kExitClean;
}

}  // namespace

const CommandSpec& completion_command() {
  static const CommandSpec command{"completion",
                                   "bash|zsh|fish",
                                   "print what makes a shell complete commands and options",
                                   "bash: source <(vedette completion bash), in ~/.bashrc\n"
                                   "zsh:  vedette completion zsh > \"${fpath[1]}/_vedette\"\n"
                                   "fish: vedette completion fish > ~/.config/fish/completions/vedette.fish",
                                   {},
                                   run_completion};
  return command;
}

}  // namespace vedette::cli
