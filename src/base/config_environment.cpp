#include "config_environment.hpp"

#include <optional>

#include <fmt/format.h>
#include <sys/stat.h>

#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::base {
namespace {

constexpr std::size_t kMaxSecretFile = 1024 * 1024;
constexpr std::string_view kFileSuffix = "_file";

const ConfigKey* find_config_key(const std::vector<ConfigKey>& keys, std::string_view name) {
  for (const ConfigKey& key : keys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

// "A__B_C" to {"a", "b_c"}.
std::vector<std::string> variable_parts(std::string_view name) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t stop = name.find("__");
    parts.push_back(to_lower_ascii(name.substr(0, stop)));
    if (stop == std::string_view::npos) return parts;
    name.remove_prefix(stop + 2);
  }
}

bool leads_to_value(const ConfigKey& key) {
  return key.type != ConfigType::section && key.type != ConfigType::sections;
}

// Where a variable leads. Without `place`, the diagnostic was given.
struct Target {
  ConfigOverrides* place = nullptr;
  bool from_file = false;
};

class EnvironmentReader {
 public:
  EnvironmentReader(const std::vector<ConfigKey>& schema, Diagnostics& diagnostics)
      : schema_(schema), diagnostics_(diagnostics) {}

  void add(const std::string& variable, const std::string& value) {
    const Target target = find(variable);
    if (target.place == nullptr) return;
    if (!target.place->values.empty()) {
      report(Severity::error, variable, "config-environment",
             "it sets what " + target.place->values.front().variable + " sets, too", "keep one of them");
      return;
    }
    if (!target.from_file) {
      target.place->values.push_back({variable, value});
    } else if (const auto text = read_secret(variable, value)) {
      target.place->values.push_back({variable, *text});
    }
  }

  ConfigOverrides take() { return std::move(overrides_); }

 private:
  void report(Severity severity, const std::string& variable, std::string code, std::string message,
              std::string help = "") {
    diagnostics_.push_back({severity,
                            "environment variable " + variable,
                            {},
                            std::move(code),
                            std::move(message),
                            std::move(help)});
  }

  Target find(const std::string& variable) {
    const auto parts = variable_parts(std::string_view(variable).substr(kConfigVariablePrefix.size()));
    const std::vector<ConfigKey>* keys = &schema_;
    ConfigOverrides* place = &overrides_;
    std::string path;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool last = i + 1 == parts.size();
      const ConfigKey* key = find_config_key(*keys, parts[i]);
      const bool file = key == nullptr && last && parts[i].ends_with(kFileSuffix);
      if (file) {
        key = find_config_key(*keys, parts[i].substr(0, parts[i].size() - kFileSuffix.size()));
        if (key != nullptr && !leads_to_value(*key)) key = nullptr;
      }
      if (key == nullptr) return unknown(variable, *keys, path, parts[i]);
      path = join_config_path(path, key->name);
      if (leads_to_value(*key) && !last) {
        report(Severity::error, variable, "config-unknown-key", path + " is no section",
               "set " + config_variable(path));
        return {};
      }
      place = &place->members[key->name];
      if (last && leads_to_value(*key)) return {place, file};
      if (key->type == ConfigType::sections && !last) {
        const auto number = parse_uint(parts[++i]);
        if (!number || *number >= kMaxConfigItems) {
          report(Severity::error, variable, "config-environment",
                 path + " is a list, and \"" + escape_control(parts[i]) + "\" is no number of an item",
                 "write " + config_variable(path) + "__0__NAME");
          return {};
        }
        place = &place->members[std::to_string(*number)];
        path += fmt::format("[{}]", *number);
      }
      keys = &key->members;
    }
    report(Severity::error, variable, "config-environment",
           path + " is a section, which has no value of its own",
           "set its keys: " + config_variable(path) + "__NAME");
    return {};
  }

  Target unknown(const std::string& variable, const std::vector<ConfigKey>& keys, const std::string& parent,
                 std::string_view name) {
    const std::string near = nearest_config_key(schema_, keys, parent, name);
    report(Severity::error, variable, "config-unknown-key",
           "there is no key " + escape_control(join_config_path(parent, name)),
           near.empty() ? "" : "did you mean " + config_variable(near) + "?");
    return {};
  }

  std::optional<std::string> read_secret(const std::string& variable, const std::string& path) {
    auto text = read_file(path, kMaxSecretFile);
    if (!text) {
      report(Severity::error, variable, "config-secret-file", text.error().message);
      return std::nullopt;
    }
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IRGRP | S_IROTH)) != 0) {
      report(Severity::warning, variable, "config-secret-file",
             escape_control(path) + " can be read by others than its owner", "chmod 600 it");
    }
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    return std::move(*text);
  }

  const std::vector<ConfigKey>& schema_;
  Diagnostics& diagnostics_;
  ConfigOverrides overrides_;
};

// The path of the first key of that name, depth first.
std::string path_of_key(const std::vector<ConfigKey>& keys, const std::string& parent,
                        std::string_view name) {
  for (const ConfigKey& key : keys) {
    std::string path = join_config_path(parent, key.name);
    if (key.name == name) return path;
    if (key.type == ConfigType::sections) path += "[0]";
    if (auto found = path_of_key(key.members, path, name); !found.empty()) return found;
  }
  return {};
}

}  // namespace

std::string join_config_path(const std::string& parent, std::string_view name) {
  return parent.empty() ? std::string(name) : parent + "." + std::string(name);
}

std::string nearest_config_key(const std::vector<ConfigKey>& schema, const std::vector<ConfigKey>& siblings,
                               const std::string& parent, std::string_view name) {
  std::vector<std::string_view> names;
  names.reserve(siblings.size());
  for (const ConfigKey& key : siblings) names.push_back(key.name);
  const std::string lower = to_lower_ascii(name);
  if (const auto near = nearest_name(lower, names); !near.empty()) return join_config_path(parent, near);
  return path_of_key(schema, "", lower);
}

std::string config_variable(const std::string& path) {
  std::string out(kConfigVariablePrefix);
  for (const char c : path) {
    if (c == '.' || c == '[') {
      out += "__";
    } else if (c != ']') {
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
  }
  return out;
}

ConfigOverrides read_config_environment(const std::vector<ConfigKey>& schema,
                                        const std::map<std::string, std::string>& environment,
                                        Diagnostics& diagnostics) {
  EnvironmentReader reader(schema, diagnostics);
  for (const auto& [name, value] : environment) {
    if (name.starts_with(kConfigVariablePrefix)) reader.add(name, value);
  }
  return reader.take();
}

}  // namespace vedette::base
