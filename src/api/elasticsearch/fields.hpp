// Fields of the store as Elasticsearch's types: _field_caps and _mapping.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/json_writer.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::api::es {

// Sorted by name, with "@timestamp"; `patterns` by commas ("*" wildcards), empty: all.
std::vector<ports::FieldUse> fields_named(std::vector<ports::FieldUse> all, std::string_view patterns);
// More than one: values of several types.
std::vector<std::string_view> types_of(const ports::FieldUse& field);
// {"fields": {...}} without its outer braces.
void append_field_caps(base::JsonWriter& json, const std::vector<ports::FieldUse>& fields);
// {"properties": {...}}; a field whose name begins another's has that as a sub-field.
void append_mapping(base::JsonWriter& json, const std::vector<ports::FieldUse>& fields);
// {"<name>": {"full_name": ..., "mapping": {...}}}
void append_field_mappings(base::JsonWriter& json, const std::vector<ports::FieldUse>& fields);

}  // namespace vedette::api::es
