// The configuration of `vedette serve`: which keys there are, and where it is read from.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "vedette/base/config.hpp"
#include "vedette/base/result.hpp"

namespace vedette::node {

// All keys; those below `listeners` come from the register of listeners.
std::vector<base::ConfigKey> serve_schema();

struct ServeConfig {
  std::vector<base::ConfigKey> schema;
  std::string file;  // that was read; empty: none
  base::LoadedConfig loaded;
};

// `file`: as named by the user, or empty: $VEDETTE_CONFIG, ./vedette.yaml, /etc/vedette/vedette.yaml, or no
// file, the first there is. Errors: a named file that cannot be read. What is wrong in it is in
// loaded.diagnostics.
base::Result<ServeConfig> load_serve_config(const std::string& file,
                                            const std::map<std::string, std::string>& environment);

// docs/configuration.md.
std::string serve_config_docs();

// The variables of this process.
std::map<std::string, std::string> process_environment();

}  // namespace vedette::node
