// Configuration: a schema as data, and values read from YAML, the environment and files of secrets.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"

namespace vedette::base {

enum class ConfigType : std::uint8_t {
  text,
  integer,
  real,
  boolean,
  bytes,     // "64MiB", "10GB", 4096
  duration,  // "250ms", "30s", "7d"
  secret,    // text that is never printed; also given as <KEY>_FILE
  texts,     // a list of texts; one text is a list of one; from the environment separated by commas
  section,   // `members` below it
  sections,  // a list of such
};

// One key. Names, summaries and bounds are data: help, docs, the schema and errors are made from them.
struct ConfigKey {
  std::string name{};  // snake_case, one path step
  ConfigType type = ConfigType::text;
  std::string default_value{};         // as written in YAML; "" of a text is empty; of texts: items by comma
  std::string summary{};               // one sentence
  std::vector<std::string> choices{};  // of text: these only
  std::optional<std::int64_t> min{}, max{};  // of integer, bytes, duration (ns)
  std::vector<ConfigKey> members{};          // of section, sections
  bool required = false;                     // within sections: each item needs it
};

// The values of a section. Every key of the schema is there, with its default. Asking for a key that the
// schema does not have, or under another type, is a CHECK failure.
class ConfigSection {
 public:
  const std::string& text(std::string_view key) const;  // text and secret
  std::int64_t integer(std::string_view key) const;
  double real(std::string_view key) const;
  bool boolean(std::string_view key) const;
  std::uint64_t bytes(std::string_view key) const;
  TimeNs duration(std::string_view key) const;
  const std::vector<std::string>& texts(std::string_view key) const;
  const ConfigSection& section(std::string_view key) const;
  const std::vector<ConfigSection>& sections(std::string_view key) const;
  bool is_default(std::string_view key) const;  // not set by anyone

  struct Value;

 private:
  friend class ConfigReader;
  friend std::string print_config(const std::vector<ConfigKey>&, const ConfigSection&);
  std::map<std::string, std::shared_ptr<const Value>, std::less<>> values_;
};

struct ConfigSource {
  std::string file_name;            // for diagnostics
  std::optional<std::string> yaml;  // nothing: no file
  // NAME -> value. VEDETTE__A__B sets a.b (VEDETTE__A__0__B an item of sections); VEDETTE__A__B_FILE names a
  // file whose text, without the line end, is the value (for every type). Others are ignored.
  std::map<std::string, std::string> environment;
};

struct LoadedConfig {
  ConfigSection root;
  Diagnostics diagnostics;  // errors: the value is the default. Unknown keys name the nearest known one
};

// Environment over file over defaults.
LoadedConfig load_config(const std::vector<ConfigKey>& schema, const ConfigSource& source);
// All keys with their values as YAML with the summaries as comments; secrets as "********".
std::string print_config(const std::vector<ConfigKey>& schema, const ConfigSection& root);
// JSON Schema (2020-12) for editors.
std::string config_json_schema(const std::vector<ConfigKey>& schema);
// A Markdown table of all keys, for the docs.
std::string config_markdown(const std::vector<ConfigKey>& schema);

}  // namespace vedette::base
