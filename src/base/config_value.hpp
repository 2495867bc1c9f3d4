// Values of configuration keys: from text, and back.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/config.hpp"
#include "vedette/base/result.hpp"

namespace vedette::base {

struct ConfigSection::Value {
  ConfigType type = ConfigType::text;
  bool set = false;          // by someone, so not the default
  std::string text;          // text, secret
  std::int64_t integer = 0;  // integer, bytes, duration (ns)
  double real = 0;
  bool boolean = false;
  std::vector<std::string> texts;
  ConfigSection section;
  std::vector<ConfigSection> sections;
};

inline constexpr std::string_view kSecretMask = "********";

// The value of a key that is neither section nor sections, from text as in the environment. Errors say what
// is expected, not where: invalid_argument for the wrong form or choice, limit beyond the bounds.
Result<ConfigSection::Value> parse_config_value(const ConfigKey& key, std::string_view text);
// A list of texts that came as such.
Result<ConfigSection::Value> check_config_texts(const ConfigKey& key, std::vector<std::string> texts);
ConfigSection::Value default_config_value(const ConfigKey& key);

// "text", "whole number", ... for people.
std::string_view config_type_name(ConfigType type);
// "1 to 64", "at least 1KiB", "" for none.
std::string config_bounds_text(const ConfigKey& key);
std::string format_config_bytes(std::int64_t bytes);
// As it stands in YAML; secrets masked.
std::string format_config_value(const ConfigSection::Value& value);

}  // namespace vedette::base
