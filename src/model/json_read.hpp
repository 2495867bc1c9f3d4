// Reads members of JSON objects into plain data; each function answers whether the value was of the right
// kind. Functions for further types are found in this namespace.
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "vedette/model/alert_record.hpp"

namespace vedette::model {

using JsonElement = simdjson::dom::element;

inline bool read_json(const JsonElement& element, std::string& out) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return false;
  out = text;
  return true;
}
inline bool read_json(const JsonElement& element, std::int64_t& out) {
  return element.get(out) == simdjson::SUCCESS;
}
inline bool read_json(const JsonElement& element, std::uint64_t& out) {
  return element.get(out) == simdjson::SUCCESS;
}
inline bool read_json(const JsonElement& element, double& out) {
  return element.get(out) == simdjson::SUCCESS && std::isfinite(out);
}
inline bool read_json(const JsonElement& element, bool& out) {
  return element.get(out) == simdjson::SUCCESS;
}
inline bool read_json(const JsonElement& element, Level& out) {
  std::string_view text;
  return element.get(text) == simdjson::SUCCESS && parse_level(text, out) && level_name(out) == text;
}
inline bool read_json(const JsonElement& element, EntityKind& out) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return false;
  for (int i = 0; i <= static_cast<int>(EntityKind::cloud_account); ++i) {
    out = static_cast<EntityKind>(i);
    if (entity_kind_name(out) == text) return true;
  }
  return false;
}

template <typename Visit>  // bool Visit(std::string_view key, const JsonElement& value)
bool each_json_member(const JsonElement& element, Visit visit) {
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return false;
  for (const auto member : object) {
    if (!visit(member.key, member.value)) return false;
  }
  return true;
}

inline bool read_json(const JsonElement& element, Entity& out) {
  return each_json_member(element, [&](std::string_view key, const JsonElement& value) {
    if (key == "kind") return read_json(value, out.kind);
    return key == "value" && read_json(value, out.value);
  });
}

template <typename T>
bool read_json(const JsonElement& element, std::vector<T>& out) {
  simdjson::dom::array array;
  if (element.get(array) != simdjson::SUCCESS) return false;
  out.clear();
  for (const JsonElement& item : array) {
    if (!read_json(item, out.emplace_back())) return false;
  }
  return true;
}

}  // namespace vedette::model
