#include "listeners/listener_keys.hpp"

namespace vedette::ingest {

base::ConfigKey listener_key(std::string name, base::ConfigType type, std::string default_value,
                             std::string summary) {
  base::ConfigKey key;
  key.name = std::move(name);
  key.type = type;
  key.default_value = std::move(default_value);
  key.summary = std::move(summary);
  return key;
}

base::ConfigKey format_key(const std::string& default_format) {
  return listener_key("format", base::ConfigType::text, default_format,
                      "The format of the messages; auto: recognised one by one.");
}

base::ConfigKey tokens_key(const std::string& what) {
  return listener_key("tokens", base::ConfigType::secret, "",
                      what + " that may send, separated by commas or lines; empty: anyone may.");
}

}  // namespace vedette::ingest
