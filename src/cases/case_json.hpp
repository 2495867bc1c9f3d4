// Reading and writing JSON of the records of this module; members that are empty or 0 are left out.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "vedette/base/json_writer.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/rule.hpp"

namespace vedette::cases {

using CaseElement = simdjson::dom::element;

inline base::Error corrupt_record(std::string_view what, std::string_view why) {
  return base::make_error(base::ErrorCode::corrupt, std::string(what) + ": " + std::string(why));
}

// Each answers whether the value was of the right kind.
inline bool read_member(const CaseElement& element, std::string& out) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return false;
  out = text;
  return true;
}
inline bool read_member(const CaseElement& element, std::int64_t& out) {
  return element.get(out) == simdjson::SUCCESS;
}
inline bool read_member(const CaseElement& element, std::uint64_t& out) {
  return element.get(out) == simdjson::SUCCESS;
}
inline bool read_member(const CaseElement& element, double& out) {
  return element.get(out) == simdjson::SUCCESS && std::isfinite(out);
}
inline bool read_member(const CaseElement& element, bool& out) {
  return element.get(out) == simdjson::SUCCESS;
}
inline bool read_member(const CaseElement& element, model::Level& out) {
  std::string_view text;
  return element.get(text) == simdjson::SUCCESS && model::parse_level(text, out);
}
// An enum of `count` names from 0 on.
template <typename Enum>
bool read_name(const CaseElement& element, Enum& out, int count, std::string_view (*name)(Enum)) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return false;
  for (int i = 0; i < count; ++i) {
    if (name(static_cast<Enum>(i)) != text) continue;
    out = static_cast<Enum>(i);
    return true;
  }
  return false;
}

template <typename Visit>  // bool Visit(std::string_view key, const CaseElement& value)
bool each_member_of(const CaseElement& element, Visit visit) {
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return false;
  for (const auto member : object) {
    if (!visit(member.key, member.value)) return false;
  }
  return true;
}

template <typename T, typename Read>  // bool Read(const CaseElement&, T&)
bool read_list(const CaseElement& element, std::vector<T>& out, Read read) {
  simdjson::dom::array array;
  if (element.get(array) != simdjson::SUCCESS) return false;
  out.clear();
  for (const CaseElement& item : array) {
    if (!read(item, out.emplace_back())) return false;
  }
  return true;
}
inline bool read_member(const CaseElement& element, std::vector<std::string>& out) {
  return read_list(element, out,
                   [](const CaseElement& item, std::string& text) { return read_member(item, text); });
}

// Parses a record of one object; `take` answers whether it took the member.
template <typename Take>
base::Status read_record(std::string_view json, std::string_view what, Take take) {
  thread_local simdjson::dom::parser parser;
  CaseElement root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS || !root.is_object())
    return corrupt_record(what, "is no JSON object");
  std::string wrong;
  const bool all = each_member_of(root, [&](std::string_view key, const CaseElement& value) {
    if (take(key, value)) return true;
    wrong = key.substr(0, 100);
    return false;
  });
  if (!all) return corrupt_record(what, "\"" + wrong + "\" is not as it must be");
  return base::ok_status();
}

class RecordWriter {
 public:
  explicit RecordWriter(std::string& out) : json_(out) { json_.begin_object(); }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) json_.field(name, value);
  }
  template <typename T>
  void number(std::string_view name, T value) {
    if (value != 0) json_.key(name).number(value);
  }
  void flag(std::string_view name, bool value) {
    if (value) json_.field(name, true);
  }
  void raw(std::string_view name, std::string_view json) { json_.key(name).raw(json); }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    json_.key(name).begin_array();
    for (const std::string& value : values) json_.string(value);
    json_.end_array();
  }
  template <typename T, typename Write>  // Write(const T&) -> JSON text
  void list(std::string_view name, const std::vector<T>& values, Write write) {
    if (values.empty()) return;
    json_.key(name).begin_array();
    for (const T& value : values) json_.raw(write(value));
    json_.end_array();
  }
  void end() { json_.end_object(); }

 private:
  base::JsonWriter json_;
};

}  // namespace vedette::cases
