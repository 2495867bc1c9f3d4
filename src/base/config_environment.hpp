// Configuration keys that the environment sets.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "vedette/base/config.hpp"

namespace vedette::base {

struct ConfigOverride {
  std::string variable;  // its name
  std::string value;
};

// The shape of the schema, with values where a variable gave one. The items of sections are under their
// numbers.
struct ConfigOverrides {
  std::map<std::string, ConfigOverrides, std::less<>> members;
  std::vector<ConfigOverride> values;  // one at most
};

// Variables that name no key, name one twice, or a file that cannot be read, are errors.
ConfigOverrides read_config_environment(const std::vector<ConfigKey>& schema,
                                        const std::map<std::string, std::string>& environment,
                                        Diagnostics& diagnostics);

// The name of a key as a variable: "data.sync" is VEDETTE__DATA__SYNC.
std::string config_variable(const std::string& path);

inline constexpr std::size_t kMaxConfigItems = 1000;  // of a list of sections
inline constexpr std::string_view kConfigVariablePrefix = "VEDETTE__";

// "did you mean"s: the siblings first, then a key of that name elsewhere in the schema. A path, or empty.
std::string nearest_config_key(const std::vector<ConfigKey>& schema, const std::vector<ConfigKey>& siblings,
                               const std::string& parent, std::string_view name);
std::string join_config_path(const std::string& parent, std::string_view name);

}  // namespace vedette::base
