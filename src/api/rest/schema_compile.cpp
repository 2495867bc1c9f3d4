#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <re2/re2.h>

#include "rest/json_text.hpp"
#include "rest/schema.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

constexpr std::int64_t kPatternMemory = 1 << 20;
constexpr int kMaxSchemaDepth = 64;

base::Error bad_schema(const std::string& where, std::string_view what) {
  return base::make_error(base::ErrorCode::invalid_argument, fmt::format("{}: {}", where, what));
}

constexpr std::array<std::pair<std::string_view, Schema::Type>, 7> kTypeNames = {{
    {"null", Schema::kNull},
    {"boolean", Schema::kBoolean},
    {"integer", Schema::kInteger},
    {"number", Schema::kNumber},
    {"string", Schema::kString},
    {"array", Schema::kArray},
    {"object", Schema::kObject},
}};

base::Status add_type(Schema& out, const Json& name, const std::string& where) {
  if (name.is_string()) {
    for (const auto& [known, type] : kTypeNames) {
      if (std::string_view(name.get_string()) != known) continue;
      out.types = static_cast<std::uint8_t>(out.types | type);
      return base::ok_status();
    }
  }
  return bad_schema(where, "type is none of null, boolean, integer, number, string, array, object");
}

base::Status compile_type(Schema& out, const Json& value, const std::string& where) {
  if (!value.is_array()) return add_type(out, value, where);
  if (value.get_array().empty()) return bad_schema(where, "type is an empty list");
  for (const Json& name : value.get_array()) TRY(add_type(out, name, where));
  return base::ok_status();
}

// Formats that say something to people and to clients, and need no check here.
constexpr std::array<std::string_view, 12> kTalkingFormats = {
    "password", "int32", "int64", "double", "float",    "binary",
    "byte",     "regex", "kql",   "yaml",   "hostname", "json-pointer",
};

base::Status compile_format(Schema& out, const Json& value, const std::string& where) {
  constexpr std::array<std::pair<std::string_view, SchemaFormat>, 10> kFormats = {{
      {"date-time", SchemaFormat::date_time},
      {"date", SchemaFormat::date},
      {"uuid", SchemaFormat::uuid},
      {"email", SchemaFormat::email},
      {"uri", SchemaFormat::uri},
      {"url", SchemaFormat::uri},
      {"ip", SchemaFormat::ip},
      {"cidr", SchemaFormat::cidr},
      {"duration", SchemaFormat::duration},
      {"network", SchemaFormat::cidr},
  }};
  if (!value.is_string()) return bad_schema(where, "format is no text");
  const std::string_view name(value.get_string());
  for (const auto& [known, format] : kFormats) {
    if (name == known) out.format = format;
  }
  if (out.format != SchemaFormat::none ||
      std::find(kTalkingFormats.begin(), kTalkingFormats.end(), name) != kTalkingFormats.end()) {
    return base::ok_status();
  }
  return bad_schema(where, fmt::format("unknown format \"{}\"", name));
}

base::Status compile_pattern(Schema& out, const Json& value, const std::string& where) {
  if (!value.is_string()) return bad_schema(where, "pattern is no text");
  re2::RE2::Options options;
  options.set_max_mem(kPatternMemory);
  options.set_log_errors(false);
  out.pattern_text = std::string(value.get_string());
  auto pattern = std::make_shared<re2::RE2>(out.pattern_text, options);
  if (!pattern->ok()) return bad_schema(where, "pattern: " + pattern->error());
  out.pattern = std::move(pattern);
  return base::ok_status();
}

base::Status read_size(std::size_t& out, const Json& value, std::string_view keyword,
                       const std::string& where) {
  if (!value.is_int64() || value.get_int64() < 0) {
    return bad_schema(where, fmt::format("{} is no whole number from 0", keyword));
  }
  out = static_cast<std::size_t>(value.get_int64());
  return base::ok_status();
}

base::Status read_bound(std::optional<double>& out, const Json& value, std::string_view keyword,
                        const std::string& where) {
  if (!value.is_number()) return bad_schema(where, fmt::format("{} is no number", keyword));
  out = value.to_number<double>();
  return base::ok_status();
}

base::Status read_flag(bool& out, const Json& value, std::string_view keyword, const std::string& where) {
  if (!value.is_bool()) return bad_schema(where, fmt::format("{} is neither true nor false", keyword));
  out = value.get_bool();
  return base::ok_status();
}

bool is_annotation(std::string_view keyword) {
  constexpr std::array<std::string_view, 8> kAnnotations = {
      "description", "title", "example", "examples", "deprecated", "readOnly", "writeOnly", "$comment",
  };
  return keyword.starts_with("x-") ||
         std::find(kAnnotations.begin(), kAnnotations.end(), keyword) != kAnnotations.end();
}

}  // namespace

const Json* find_pointer(const Json& document, std::string_view reference) {
  if (!reference.starts_with("#/")) return nullptr;
  const Json* at = &document;
  for (const std::string_view part : base::split(reference.substr(2), '/')) {
    std::string name;
    for (std::size_t i = 0; i < part.size(); ++i) {
      const bool escaped = part[i] == '~' && i + 1 < part.size();
      name += escaped ? (part[++i] == '1' ? '/' : '~') : part[i];
    }
    const auto* object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains(name);
    if (at == nullptr) return nullptr;
  }
  return at;
}

base::Result<const Schema*> SchemaSet::compile_ref(std::string_view pointer, const std::string& where) {
  if (const auto known = by_pointer_.find(pointer); known != by_pointer_.end()) return known->second;
  const Json* target = find_pointer(document_, pointer);
  if (target == nullptr || !pointer.starts_with("#/components/schemas/")) {
    return bad_schema(where, fmt::format("$ref \"{}\" leads nowhere", pointer));
  }
  if (!target->is_object()) return bad_schema(std::string(pointer), "a schema is no object");
  // Known before it is compiled, so that schemas may hold themselves.
  Schema& made = schemas_.emplace_back();
  by_pointer_.emplace(pointer, &made);
  TRY(compile_into(made, target->get_object(), std::string(pointer)));
  return static_cast<const Schema*>(&made);
}

base::Result<const Schema*> SchemaSet::compile(const Json& schema, const std::string& where) {
  if (!schema.is_object()) return bad_schema(where, "a schema is no object");
  if (++depth_ > kMaxSchemaDepth) return bad_schema(where, "schemas are nested too deep");
  Schema& made = schemas_.emplace_back();
  TRY(compile_into(made, schema.get_object(), where));
  --depth_;
  return static_cast<const Schema*>(&made);
}

base::Status SchemaSet::compile_into(Schema& out, const boost::json::object& schema,
                                     const std::string& where) {
  if (const Json* reference = schema.if_contains("$ref")) {
    if (!reference->is_string()) return bad_schema(where, "$ref is no text");
    for (const auto& [keyword, value] : schema) {
      const std::string_view name(keyword);
      if (name == "default") {
        out.fallback = value;
      } else if (name != "$ref" && !is_annotation(name)) {
        return bad_schema(where, fmt::format("\"{}\" beside $ref", name));
      }
    }
    TRY_ASSIGN(out.ref, compile_ref(std::string_view(reference->get_string()), where));
    for (const Schema* at = out.ref; at != nullptr; at = at->ref) {
      if (at == &out) return bad_schema(where, "$ref leads to itself");
    }
    return base::ok_status();
  }
  for (const auto& [keyword, value] : schema) {
    TRY(compile_keyword(out, std::string_view(keyword), value, where));
  }
  return check_whole(out, schema, where);
}

base::Status SchemaSet::compile_keyword(Schema& out, std::string_view keyword, const Json& value,
                                        const std::string& where) {
  if (is_annotation(keyword)) return base::ok_status();
  if (keyword == "type") return compile_type(out, value, where);
  if (keyword == "format") return compile_format(out, value, where);
  if (keyword == "pattern") return compile_pattern(out, value, where);
  if (keyword == "minItems") return read_size(out.min_items, value, keyword, where);
  if (keyword == "maxItems") return read_size(out.max_items, value, keyword, where);
  if (keyword == "minLength") return read_size(out.min_length, value, keyword, where);
  if (keyword == "maxLength") return read_size(out.max_length, value, keyword, where);
  if (keyword == "minimum") return read_bound(out.minimum, value, keyword, where);
  if (keyword == "maximum") return read_bound(out.maximum, value, keyword, where);
  if (keyword == "uniqueItems") return read_flag(out.unique_items, value, keyword, where);
  if (keyword == "default") {
    out.fallback = value;
    return base::ok_status();
  }
  if (keyword == "const" || keyword == "enum") {
    if (out.has_values) return bad_schema(where, "both enum and const");
    out.has_values = true;
    if (keyword == "const") {
      out.values.push_back(value);
      return base::ok_status();
    }
    if (!value.is_array() || value.get_array().empty()) return bad_schema(where, "enum is no list of values");
    out.values.assign(value.get_array().begin(), value.get_array().end());
    return base::ok_status();
  }
  return compile_object_keyword(out, keyword, value, where);
}

base::Status SchemaSet::compile_object_keyword(Schema& out, std::string_view keyword, const Json& value,
                                               const std::string& where) {
  if (keyword == "properties") {
    if (!value.is_object()) return bad_schema(where, "properties is no object");
    for (const auto& [name, schema] : value.get_object()) {
      TRY_ASSIGN(out.properties[std::string(name)].schema,
                 compile(schema, fmt::format("{}/{}", where, std::string_view(name))));
    }
    return base::ok_status();
  }
  if (keyword == "additionalProperties") {
    out.other_properties = !value.is_bool() || value.get_bool();
    if (value.is_bool()) return base::ok_status();
    TRY_ASSIGN(out.other_schema, compile(value, where + "/additionalProperties"));
    return base::ok_status();
  }
  if (keyword == "items") {
    TRY_ASSIGN(out.items, compile(value, where + "/items"));
    return base::ok_status();
  }
  if (keyword == "oneOf") {
    if (!value.is_array() || value.get_array().empty())
      return bad_schema(where, "oneOf is no list of schemas");
    for (const Json& schema : value.get_array()) {
      TRY_ASSIGN(const Schema* one, compile(schema, fmt::format("{}/oneOf/{}", where, out.one_of.size())));
      out.one_of.push_back(one);
    }
    return base::ok_status();
  }
  if (keyword == "required") return base::ok_status();  // check_whole
  return bad_schema(where, fmt::format("unknown keyword \"{}\"", keyword));
}

base::Status SchemaSet::check_defaults() const {
  for (const Schema& schema : schemas_) {
    if (!schema.fallback) continue;
    Json value = *schema.fallback;
    const auto errors = validate(schema, value);
    if (!errors.empty()) {
      return base::make_error(base::ErrorCode::invalid_argument,
                              fmt::format("the default {} is not of its schema: {}",
                                          write_json(*schema.fallback), errors.front().message));
    }
  }
  return base::ok_status();
}

base::Status SchemaSet::check_whole(Schema& out, const boost::json::object& schema,
                                    const std::string& where) {
  if (const Json* required = schema.if_contains("required")) {
    if (!required->is_array()) return bad_schema(where, "required is no list of names");
    for (const Json& name : required->get_array()) {
      const auto property =
          name.is_string() ? out.properties.find(std::string_view(name.get_string())) : out.properties.end();
      if (property == out.properties.end()) return bad_schema(where, "required names an unknown property");
      property->second.required = true;
    }
  }
  const auto only_of = [&](std::initializer_list<std::string_view> keywords, std::uint8_t types) {
    for (const std::string_view keyword : keywords) {
      if (schema.contains(keyword) && (out.types & types) == 0) return keyword;
    }
    return std::string_view();
  };
  for (const std::string_view misplaced :
       {only_of({"properties", "required", "additionalProperties"}, Schema::kObject),
        only_of({"items", "minItems", "maxItems", "uniqueItems"}, Schema::kArray),
        only_of({"minLength", "maxLength", "pattern", "format"},
                Schema::kString | Schema::kInteger | Schema::kNumber),
        only_of({"minimum", "maximum"}, Schema::kInteger | Schema::kNumber)}) {
    if (!misplaced.empty()) return bad_schema(where, fmt::format("\"{}\" does not fit the type", misplaced));
  }
  return base::ok_status();
}

}  // namespace vedette::api
