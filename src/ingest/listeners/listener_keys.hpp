// Keys of the configuration that several listeners have.
#pragma once

#include <string>

#include "vedette/base/config.hpp"

namespace vedette::ingest {

base::ConfigKey listener_key(std::string name, base::ConfigType type, std::string default_value,
                             std::string summary);
base::ConfigKey format_key(const std::string& default_format);
base::ConfigKey tokens_key(const std::string& what);  // "Bearer tokens"

}  // namespace vedette::ingest
