#include "vedette/base/config.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "config_environment.hpp"
#include "config_value.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/yaml.hpp"

namespace vedette::base {
namespace {

// A file full of mistakes is one mistake.
constexpr std::size_t kMaxConfigDiagnostics = 100;

constexpr std::string_view kConfigCodeType = "config-type";

std::string_view yaml_kind_name(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "a single value";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
  }
  return "nothing";
}

std::string_view config_error_code(const Error& error) {
  return error.code == ErrorCode::limit ? "config-range" : kConfigCodeType;
}

// Numbers and booleans must be plain in YAML.
bool has_yaml_form(const ConfigKey& key, const YamlNode& node) {
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  if (key.type == ConfigType::integer) return yaml_is_int(node, integer);
  if (key.type == ConfigType::real) return yaml_is_float(node, real) || yaml_is_int(node, integer);
  if (key.type == ConfigType::boolean) return yaml_is_bool(node, boolean);
  return true;
}

}  // namespace

class ConfigReader {
 public:
  ConfigReader(const std::vector<ConfigKey>& schema, std::string file, Diagnostics& diagnostics)
      : schema_(schema), file_(std::move(file)), diagnostics_(diagnostics) {}

  // `node` and `overrides` may be null.
  ConfigSection read(const std::vector<ConfigKey>& keys, const YamlNode* node,
                     const ConfigOverrides* overrides, const std::string& path) {
    if (node != nullptr) check_names(keys, *node, path);
    ConfigSection section;
    for (const ConfigKey& key : keys) {
      const YamlNode* given = node == nullptr ? nullptr : node->find(key.name);
      const ConfigOverrides* over = nullptr;
      if (overrides != nullptr) {
        const auto found = overrides->members.find(key.name);
        if (found != overrides->members.end()) over = &found->second;
      }
      section.values_[key.name] = std::make_shared<const ConfigSection::Value>(
          read_key(key, given, over, join_config_path(path, key.name)));
    }
    return section;
  }

  void report(SourceSpan span, std::string_view code, std::string message, std::string help = "",
              Severity severity = Severity::error) {
    if (++reported_ > kMaxConfigDiagnostics) return;
    if (reported_ == kMaxConfigDiagnostics) {
      message = "too many mistakes; the others are not shown";
      help.clear();
    }
    diagnostics_.push_back({severity, file_, span, std::string(code), std::move(message), std::move(help)});
  }

 private:
  using Value = ConfigSection::Value;

  void check_names(const std::vector<ConfigKey>& keys, const YamlNode& node, const std::string& path) {
    for (const auto& entry : node.entries) {
      const YamlNode& name = entry.first;
      const bool known = name.is_scalar() && std::any_of(keys.begin(), keys.end(), [&](const ConfigKey& key) {
                           return key.name == name.scalar;
                         });
      if (known || reported_ > kMaxConfigDiagnostics) continue;
      const std::string shown =
          name.is_scalar() ? name.scalar : "(" + std::string(yaml_kind_name(name)) + ")";
      const std::string near = nearest_config_key(schema_, keys, path, shown);
      report(name.span, "config-unknown-key",
             "there is no key " + escape_control(join_config_path(path, shown.substr(0, 100))),
             near.empty() ? "`vedette config docs` lists all keys" : "did you mean " + near + "?");
    }
  }

  Value read_key(const ConfigKey& key, const YamlNode* node, const ConfigOverrides* over,
                 const std::string& path) {
    if (key.type == ConfigType::section) return read_section(key, node, over, path);
    if (key.type == ConfigType::sections) return read_sections(key, node, over, path);
    if (over != nullptr && !over->values.empty()) {
      const ConfigOverride& given = over->values.front();
      auto value = parse_config_value(key, given.value);
      if (value) return take(std::move(*value));
      report_variable(key, given, path, value.error());
      return default_config_value(key);
    }
    if (node == nullptr) return default_config_value(key);
    return read_node(key, *node, path);
  }

  static Value take(Value value) {
    value.set = true;
    return value;
  }

  // The text of a secret is not shown.
  void report_variable(const ConfigKey& key, const ConfigOverride& given, const std::string& path,
                       const Error& error) {
    if (++reported_ > kMaxConfigDiagnostics) return;
    const std::string why = key.type == ConfigType::secret ? "the value is not allowed" : error.message;
    diagnostics_.push_back({Severity::error,
                            "environment variable " + given.variable,
                            {},
                            std::string(config_error_code(error)),
                            path + ": " + why,
                            ""});
  }

  Value read_node(const ConfigKey& key, const YamlNode& node, const std::string& path) {
    if (key.type == ConfigType::texts && node.is_null()) return default_config_value(key);
    if (key.type == ConfigType::texts && node.is_sequence()) return read_texts(key, node, path);
    if (!node.is_scalar()) {
      const bool null = node.is_null();
      report(node.span, kConfigCodeType,
             fmt::format("{} is a {}, but {} stands here", path, config_type_name(key.type),
                         yaml_kind_name(node)),
             null ? "give a value, or leave the key out for the default" : "");
      return default_config_value(key);
    }
    auto value = key.type == ConfigType::texts ? check_config_texts(key, {node.scalar})
                                               : parse_config_value(key, node.scalar);
    if (value && !has_yaml_form(key, node)) {
      value =
          make_error(ErrorCode::invalid_argument,
                     fmt::format("\"{}\" is no {}", escape_control(node.scalar), config_type_name(key.type)));
    }
    if (!value) {
      const bool secret = key.type == ConfigType::secret;
      report(node.span, config_error_code(value.error()),
             path + ": " + (secret ? "the value is not allowed" : value.error().message),
             key.type == ConfigType::boolean                  ? "write true or false, without quotes"
             : node.quoted && key.type == ConfigType::integer ? "write it without quotes"
                                                              : "");
      return default_config_value(key);
    }
    if (key.type == ConfigType::secret && value->text == kSecretMask) {
      report(node.span, "config-masked-secret",
             path + " is the mask that stands for secrets in printed configuration",
             "put the secret here, or give " + config_variable(path) + "_FILE", Severity::warning);
    }
    return take(std::move(*value));
  }

  Value read_texts(const ConfigKey& key, const YamlNode& node, const std::string& path) {
    std::vector<std::string> texts;
    for (const YamlNode& item : node.items) {
      if (!item.is_scalar()) {
        report(item.span, kConfigCodeType,
               fmt::format("an item of {} is a text, but {} stands here", path, yaml_kind_name(item)));
        return default_config_value(key);
      }
      if (const auto checked = check_config_texts(key, {item.scalar}); !checked) {
        report(item.span, config_error_code(checked.error()), path + ": " + checked.error().message);
        return default_config_value(key);
      }
      texts.push_back(item.scalar);
    }
    return take(check_config_texts(key, std::move(texts)).value());
  }

  Value read_section(const ConfigKey& key, const YamlNode* node, const ConfigOverrides* over,
                     const std::string& path) {
    if (node != nullptr && !node->is_null() && !node->is_mapping()) {
      report(node->span, kConfigCodeType,
             fmt::format("{} is a section of keys, but {} stands here", path, yaml_kind_name(*node)));
    }
    const bool mapping = node != nullptr && node->is_mapping();
    Value value;
    value.type = ConfigType::section;
    value.set = mapping || over != nullptr;
    value.section = read(key.members, mapping ? node : nullptr, over, path);
    return value;
  }

  Value read_sections(const ConfigKey& key, const YamlNode* node, const ConfigOverrides* over,
                      const std::string& path) {
    Value value;
    value.type = ConfigType::sections;
    static const std::vector<YamlNode> kNoItems;
    const std::vector<YamlNode>* items = &kNoItems;
    if (node != nullptr && node->is_sequence()) {
      items = &node->items;
      value.set = true;
    } else if (node != nullptr && !node->is_null()) {
      report(node->span, kConfigCodeType,
             fmt::format("{} is a list of sections, but {} stands here", path, yaml_kind_name(*node)),
             "begin each with a dash");
    }
    if (items->size() > kMaxConfigItems) {
      report(node->span, "config-range", fmt::format("{} has more than {} items", path, kMaxConfigItems));
      items = &kNoItems;
    }
    value.set = value.set || over != nullptr;
    const std::size_t count = count_items(items->size(), over, path);
    for (std::size_t i = 0; i < count; ++i) {
      const YamlNode* item = i < items->size() ? &(*items)[i] : nullptr;
      const ConfigOverrides* item_over = nullptr;
      if (over != nullptr) {
        const auto found = over->members.find(std::to_string(i));
        if (found != over->members.end()) item_over = &found->second;
      }
      read_item(key, item, item_over, fmt::format("{}[{}]", path, i), value.sections);
    }
    return value;
  }

  // Items of the file and those that variables add behind them, without a gap.
  std::size_t count_items(std::size_t in_file, const ConfigOverrides* over, const std::string& path) {
    if (over == nullptr) return in_file;
    std::size_t count = in_file;
    while (over->members.contains(std::to_string(count))) ++count;
    for (const auto& [number, ignored] : over->members) {
      const auto index = parse_uint(number);
      if (index && *index < count) continue;
      report({}, "config-environment",
             fmt::format("variables set item {} of {}, which has {} items", number, path, count),
             "number the items from 0 without a gap");
    }
    return count;
  }

  void read_item(const ConfigKey& key, const YamlNode* item, const ConfigOverrides* over,
                 const std::string& path, std::vector<ConfigSection>& out) {
    if (item != nullptr && !item->is_mapping()) {
      report(item->span, kConfigCodeType,
             fmt::format("{} is a section of keys, but {} stands here", path, yaml_kind_name(*item)));
      return;
    }
    ConfigSection section = read(key.members, item, over, path);
    for (const ConfigKey& member : key.members) {
      if (member.required && section.is_default(member.name)) {
        report(item == nullptr ? SourceSpan() : item->span, "config-required",
               fmt::format("{} needs {}", path, member.name));
      }
    }
    out.push_back(std::move(section));
  }

  const std::vector<ConfigKey>& schema_;
  std::string file_;
  Diagnostics& diagnostics_;
  std::size_t reported_ = 0;
};

namespace {

// The root mapping, or null where there is nothing (or nothing usable).
const YamlNode* root_mapping(const YamlStream& stream, ConfigReader& reader) {
  if (stream.documents.empty()) return nullptr;
  if (stream.documents.size() > 1) {
    reader.report(stream.documents[1].span, kConfigCodeType,
                  "a configuration is one document, but here begins another", "remove the line with ---");
  }
  const YamlNode& root = stream.documents.front();
  if (root.is_null()) return nullptr;
  if (root.is_mapping()) return &root;
  reader.report(
      root.span, kConfigCodeType,
      fmt::format("a configuration is a mapping of keys, but {} stands here", yaml_kind_name(root)));
  return nullptr;
}

}  // namespace

LoadedConfig load_config(const std::vector<ConfigKey>& schema, const ConfigSource& source) {
  LoadedConfig loaded;
  const ConfigOverrides overrides = read_config_environment(schema, source.environment, loaded.diagnostics);
  ConfigReader reader(schema, source.file_name, loaded.diagnostics);
  YamlStream stream;
  if (source.yaml) stream = parse_yaml(*source.yaml, source.file_name);
  loaded.diagnostics.insert(loaded.diagnostics.end(), stream.diagnostics.begin(), stream.diagnostics.end());
  loaded.root = reader.read(schema, root_mapping(stream, reader), &overrides, "");
  return loaded;
}

namespace {

const ConfigSection::Value& config_value_of(const std::shared_ptr<const ConfigSection::Value>* found) {
  CHECK(found != nullptr);
  return **found;
}

}  // namespace

#define VEDETTE_CONFIG_VALUE(key, condition)                                         \
  const auto it = values_.find(key);                                                 \
  const Value& value = config_value_of(it == values_.end() ? nullptr : &it->second); \
  CHECK(condition)

const std::string& ConfigSection::text(std::string_view key) const {
  VEDETTE_CONFIG_VALUE(key, value.type == ConfigType::text || value.type == ConfigType::secret);
  return value.text;
}

std::int64_t ConfigSection::integer(std::string_view key) const {
  VEDETTE_CONFIG_VALUE(key, value.type == ConfigType::integer);
  return value.integer;
}

double ConfigSection::real(std::string_view key) const {
  VEDETTE_CONFIG_VALUE(key, value.type == ConfigType::real);
  return value.real;
}

bool ConfigSection::boolean(std::string_view key) const {
  VEDETTE_CONFIG_VALUE(key, value.type == ConfigType::boolean);
  return value.boolean;
}

std::uint64_t ConfigSection::bytes(std::string_view key) const {
  VEDETTE_CONFIG_VALUE(key, value.type == ConfigType::bytes);
  return static_cast<std::uint64_t>(value.integer);
}

TimeNs ConfigSection::duration(std::string_view key) const {
  VEDETTE_CONFIG_VALUE(key, value.type == ConfigType::duration);
  return value.integer;
}

const std::vector<std::string>& ConfigSection::texts(std::string_view key) const {
  VEDETTE_CONFIG_VALUE(key, value.type == ConfigType::texts);
  return value.texts;
}

const ConfigSection& ConfigSection::section(std::string_view key) const {
  VEDETTE_CONFIG_VALUE(key, value.type == ConfigType::section);
  return value.section;
}

const std::vector<ConfigSection>& ConfigSection::sections(std::string_view key) const {
  VEDETTE_CONFIG_VALUE(key, value.type == ConfigType::sections);
  return value.sections;
}

bool ConfigSection::is_default(std::string_view key) const {
  VEDETTE_CONFIG_VALUE(key, true);
  return !value.set;
}

#undef VEDETTE_CONFIG_VALUE

}  // namespace vedette::base
