// The taxonomy: which events belong to which Sigma log source, and under which names an event may carry a
// Sigma field. Read from content/mappings/log_sources.yml and content/mappings/sigma_fields.yml, whose heads
// describe their grammar.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/model/rule.hpp"

namespace vedette::detect {

// "field: value" or "field: [values]" of a `when`; no values: the field only has to be there.
struct RouteTest {
  std::string field;
  std::vector<std::string> values;  // compared without case
  bool missing = false;             // the field must not be there (values are empty)
};

// Events for which one of `alternatives` holds (all its tests) belong to `source`.
struct LogSourceEntry {
  model::LogSource source;
  std::vector<std::vector<RouteTest>> alternatives;
};

// One way to find a Sigma field in an event that lacks it under its own name.
struct FieldSource {
  enum class Kind : std::uint8_t {
    name,    // the value of parts[0]
    join,    // the values of `parts` with `separator` between; the last must be there
    hashes,  // "MD5=..,SHA256=..,IMPHASH=.." from the fields below the prefixes `parts`
    map,     // the value of parts[0], translated by `values`
  } kind = Kind::name;
  std::vector<std::string> parts;
  std::string separator;
  std::vector<std::pair<std::string, std::string>> values;
};

struct FieldAlias {
  std::string field;                 // Sigma field name
  std::vector<FieldSource> sources;  // in order of preference
};

struct FieldSection {
  model::LogSource source;  // empty parts are wild
  std::vector<FieldAlias> aliases;
};

struct Taxonomy {
  std::vector<LogSourceEntry> log_sources;
  std::vector<FieldSection> fields;
};

Taxonomy read_taxonomy(std::string_view log_sources_yaml, std::string_view sigma_fields_yaml,
                       base::Diagnostics& diagnostics);

// Whether events that belong to the entries `present` (indices into taxonomy.log_sources) are of log source
// `wanted`: each given part must be met by an entry of the given product.
bool belongs(const model::LogSource& wanted, const Taxonomy& taxonomy,
             const std::vector<std::uint16_t>& present);

// Whether any event could be of that log source.
bool any_source(const model::LogSource& wanted, const Taxonomy& taxonomy);

}  // namespace vedette::detect
