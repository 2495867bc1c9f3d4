#include "args.hpp"

#include <fmt/format.h>

#include "vedette/base/text.hpp"

namespace vedette::cli {
namespace {

constexpr OptionSpec kHelp{"--help", "", "show this help"};

const OptionSpec* find(const std::vector<OptionSpec>& specs, std::string_view name) {
  if (name == kHelp.name || name == "-h") return &kHelp;
  for (const OptionSpec& spec : specs) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

base::Error unknown(std::string_view name, const std::vector<OptionSpec>& specs) {
  std::vector<std::string_view> names;
  for (const OptionSpec& spec : specs) names.push_back(spec.name);
  std::string message = fmt::format("unknown option {}", base::escape_control(name));
  if (const auto near = base::nearest_name(name, names); !near.empty()) {
    message += fmt::format(", did you mean {}?", near);
  }
  return base::make_error(base::ErrorCode::invalid_argument, message);
}

}  // namespace

std::string Args::get(std::string_view name, std::string_view fallback) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::string(fallback) : it->second.back();
}

std::vector<std::string> Args::all(std::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::vector<std::string>{} : it->second;
}

base::Result<Args> Args::parse(const std::vector<std::string>& arguments, std::size_t from,
                               const std::vector<OptionSpec>& specs) {
  Args args;
  bool options_end = false;
  for (std::size_t i = from; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (options_end || argument == "-" || !argument.starts_with('-')) {
      args.positional_.push_back(argument);
      continue;
    }
    if (argument == "--") {
      options_end = true;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const OptionSpec* spec = find(specs, name);
    if (!spec) return unknown(name, specs);
    auto& values = args.values_[std::string(spec->name)];
    if (spec->value.empty()) {
      if (equals != std::string::npos) {
        return base::make_error(base::ErrorCode::invalid_argument,
                                fmt::format("option {} takes no value", name));
      }
      values.emplace_back();
    } else if (equals != std::string::npos) {
      values.push_back(argument.substr(equals + 1));
    } else if (i + 1 < arguments.size()) {
      values.push_back(arguments[++i]);
    } else {
      return base::make_error(base::ErrorCode::invalid_argument,
                              fmt::format("option {} needs a value ({})", name, spec->value));
    }
  }
  return args;
}

base::Error invalid(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}

std::string help_text(const CommandSpec& command) {
  std::string out = fmt::format("vedette {} {}\n\n{}\n", command.name, command.usage, command.summary);
  if (!command.details.empty()) out += fmt::format("\n{}\n", command.details);
  out += "\nOptions:\n";
  const auto line = [&](const OptionSpec& option) {
    const std::string left =
        option.value.empty() ? std::string(option.name) : fmt::format("{} {}", option.name, option.value);
    out += fmt::format("  {:<24} {}\n", left, option.help);
  };
  for (const OptionSpec& option : command.options) line(option);
  line(kHelp);
  return out;
}

}  // namespace vedette::cli
