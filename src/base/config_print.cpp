#include <algorithm>

#include <fmt/format.h>

#include "config_environment.hpp"
#include "config_value.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/config.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::base {
namespace {

std::string default_text(const ConfigKey& key) {
  return format_config_value(default_config_value(key));
}

void write_key_type(JsonWriter& json, const ConfigKey& key);

void write_section_type(JsonWriter& json, const std::vector<ConfigKey>& keys) {
  json.field("type", "object").key("additionalProperties").boolean(false);
  json.key("properties").begin_object();
  for (const ConfigKey& key : keys) {
    json.key(key.name).begin_object();
    if (!key.summary.empty()) json.field("description", key.summary);
    write_key_type(json, key);
    json.end_object();
  }
  json.end_object();
}

void write_choices(JsonWriter& json, const std::vector<std::string>& choices) {
  if (choices.empty()) return;
  json.key("enum").begin_array();
  for (const std::string& choice : choices) json.string(choice);
  json.end_array();
}

void write_bounds(JsonWriter& json, const ConfigKey& key) {
  if (key.min) json.key("minimum").number(*key.min);
  if (key.max) json.key("maximum").number(*key.max);
}

void write_default(JsonWriter& json, const ConfigKey& key) {
  const auto value = default_config_value(key);
  switch (key.type) {
    case ConfigType::integer:
      json.key("default").number(value.integer);
      break;
    case ConfigType::real:
      json.key("default").number(value.real);
      break;
    case ConfigType::boolean:
      json.key("default").boolean(value.boolean);
      break;
    case ConfigType::text:
      json.field("default", value.text);
      break;
    case ConfigType::bytes:
    case ConfigType::duration:
      json.field("default", format_config_value(value));
      break;
    case ConfigType::texts:
      json.key("default").begin_array();
      for (const std::string& text : value.texts) json.string(text);
      json.end_array();
      break;
    default:
      break;
  }
}

void write_texts_type(JsonWriter& json, const ConfigKey& key) {
  json.key("anyOf").begin_array();
  json.begin_object().field("type", "string");
  write_choices(json, key.choices);
  json.end_object();
  json.begin_object().field("type", "array").key("items").begin_object().field("type", "string");
  write_choices(json, key.choices);
  json.end_object().end_object().end_array();
}

void write_key_type(JsonWriter& json, const ConfigKey& key) {
  switch (key.type) {
    case ConfigType::text:
    case ConfigType::secret:
      json.field("type", "string");
      write_choices(json, key.choices);
      break;
    case ConfigType::integer:
      json.field("type", "integer");
      write_bounds(json, key);
      break;
    case ConfigType::real:
      json.field("type", "number");
      break;
    case ConfigType::boolean:
      json.field("type", "boolean");
      break;
    case ConfigType::bytes:
      json.key("anyOf").begin_array().begin_object().field("type", "integer");
      write_bounds(json, key);
      json.end_object().begin_object().field("type", "string");
      json.field("pattern", "^[0-9]+ *([KkMmGgTt][Ii]?)?[Bb]?$").end_object().end_array();
      break;
    case ConfigType::duration:
      json.field("type", "string").field("pattern", "^[0-9]+(ns|us|ms|s|m|h|d|w)$");
      break;
    case ConfigType::texts:
      write_texts_type(json, key);
      break;
    case ConfigType::section:
      write_section_type(json, key.members);
      break;
    case ConfigType::sections: {
      json.field("type", "array").key("items").begin_object();
      write_section_type(json, key.members);
      json.key("required").begin_array();
      for (const ConfigKey& member : key.members) {
        if (member.required) json.string(member.name);
      }
      json.end_array().end_object();
      break;
    }
  }
  write_default(json, key);
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown_type(const ConfigKey& key) {
  std::string out(config_type_name(key.type));
  if (!key.choices.empty()) out = fmt::format("one of `{}`", fmt::join(key.choices, "`, `"));
  if (key.type == ConfigType::texts && !key.choices.empty()) out = "list of " + out.substr(7);
  if (const std::string bounds = config_bounds_text(key); !bounds.empty()) out += ", " + bounds;
  if (key.required) out += ", required";
  return out;
}

void append_markdown_rows(std::string& out, const std::vector<ConfigKey>& keys, const std::string& parent) {
  for (const ConfigKey& key : keys) {
    std::string path = join_config_path(parent, key.name);
    const bool leaf = key.type != ConfigType::section && key.type != ConfigType::sections;
    if (key.type == ConfigType::sections) path += "[]";
    if (leaf || !key.summary.empty()) {
      const std::string value = leaf && !key.required ? "`" + default_text(key) + "`" : "";
      out += fmt::format("| `{}` | {} | {} | {} |\n", path, markdown_cell(markdown_type(key)),
                         markdown_cell(value), markdown_cell(key.summary));
    }
    append_markdown_rows(out, key.members, path);
  }
}

}  // namespace

std::string print_config(const std::vector<ConfigKey>& schema, const ConfigSection& root) {
  // A friend reaches the values; the lambda calls itself for nested sections.
  std::string out;
  const auto print = [&out](const auto& self, const std::vector<ConfigKey>& keys,
                            const ConfigSection& section, std::size_t indent, bool comments) -> void {
    bool first = true;
    for (const ConfigKey& key : keys) {
      const auto it = section.values_.find(key.name);
      CHECK(it != section.values_.end());
      const ConfigSection::Value& value = *it->second;
      // The first key of an item stands behind its dash, where no comment can.
      const bool item_begin = first && !out.empty() && out.ends_with("- ");
      const std::string pad = item_begin ? "" : std::string(indent, ' ');
      first = false;
      if (comments && !key.summary.empty()) out += fmt::format("{}# {}\n", pad, key.summary);
      const bool nested =
          (key.type == ConfigType::section && !key.members.empty()) || !value.sections.empty();
      if (!nested) {
        out += fmt::format("{}{}: {}\n", pad, key.name, format_config_value(value));
        continue;
      }
      out += fmt::format("{}{}:\n", pad, key.name);
      if (key.type == ConfigType::section) self(self, key.members, value.section, indent + 2, comments);
      for (const ConfigSection& item : value.sections) {
        out += std::string(indent + 2, ' ') + "- ";
        self(self, key.members, item, indent + 4, false);
      }
    }
  };
  print(print, schema, root, 0, true);
  return out;
}

std::string config_json_schema(const std::vector<ConfigKey>& schema) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("$schema", "https://json-schema.org/draft/2020-12/schema");
  json.field("title", "Configuration of Vedette");
  write_section_type(json, schema);
  json.end_object();
  return out + "\n";
}

std::string config_markdown(const std::vector<ConfigKey>& schema) {
  std::string out = "| key | type | default | what it is |\n|---|---|---|---|\n";
  append_markdown_rows(out, schema, "");
  return out;
}

}  // namespace vedette::base
