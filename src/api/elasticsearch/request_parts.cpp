#include "elasticsearch/request_parts.hpp"

#include <simdjson.h>

#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::es {
namespace {

constexpr std::size_t kDeepest = 128;
constexpr std::size_t kMostTexts = 10'000;

std::vector<std::string> texts_in(const simdjson::dom::element& element) {
  std::vector<std::string> out;
  std::string_view text;
  simdjson::dom::array array;
  if (element.get(text) == simdjson::SUCCESS) {
    out.emplace_back(text);
  } else if (element.get(array) == simdjson::SUCCESS) {
    for (const auto item : array) {
      if (item.get(text) == simdjson::SUCCESS && out.size() < kMostTexts) out.emplace_back(text);
    }
  }
  return out;
}

std::string first_text(const simdjson::dom::element& element) {
  const std::vector<std::string> texts = texts_in(element);
  return texts.empty() ? std::string() : texts.front();
}

void read_part(const std::string_view key, const simdjson::dom::element& value, BodyParts& parts) {
  parts.keys.emplace_back(key);
  if (key == "pit") {
    simdjson::dom::object pit;
    parts.has_pit = value.get(pit) == simdjson::SUCCESS;
    simdjson::dom::element member;
    if (parts.has_pit && pit["id"].get(member) == simdjson::SUCCESS) parts.pit_id = first_text(member);
    if (parts.has_pit && pit["keep_alive"].get(member) == simdjson::SUCCESS)
      parts.pit_keep_alive = first_text(member);
  } else if (key == "scroll") {
    parts.scroll = first_text(value);
  } else if (key == "scroll_id") {
    parts.scroll_ids = texts_in(value);
  } else if (key == "id" || key == "pit_id") {
    parts.ids = texts_in(value);
  } else if (key == "fields") {
    parts.fields = texts_in(value);
  } else if (key == "index" || key == "indices") {
    parts.index = texts_in(value);
  } else if (key == "ignore_unavailable") {
    bool set = false;
    if (value.get(set) == simdjson::SUCCESS) parts.ignore_unavailable = set;
  }
}

void put_list(base::JsonWriter& json, std::string_view texts) {
  json.begin_array();
  for (const std::string_view text : base::split(texts, ',')) json.string(base::trim(text));
  json.end_array();
}

// True, false or a number as it stands; else nothing.
bool put_plain(base::JsonWriter& json, std::string_view name, std::string_view text) {
  const bool is_flag = text == "true" || text == "false" || text.empty();
  if (!is_flag && !base::parse_int(text)) return false;
  json.key(name);
  if (is_flag) {
    json.boolean(text != "false");
  } else {
    json.number(*base::parse_int(text));
  }
  return true;
}

void put_sort(base::JsonWriter& json, std::string_view text) {
  json.key("sort").begin_array();
  for (std::string_view part : base::split(text, ',')) {
    part = base::trim(part);
    const std::size_t colon = part.rfind(':');
    const std::string_view order = colon == std::string_view::npos ? "" : part.substr(colon + 1);
    if (order == "asc" || order == "desc") {
      json.begin_object().field(part.substr(0, colon), order).end_object();
    } else {
      json.string(part);
    }
  }
  json.end_array();
}

void put_query(base::JsonWriter& json, const net::HttpRequest& request) {
  json.key("query").begin_object().key("query_string").begin_object();
  json.field("query", request.parameter("q"));
  if (request.has_parameter("df")) json.field("default_field", request.parameter("df"));
  if (request.has_parameter("default_operator"))
    json.field("default_operator", request.parameter("default_operator"));
  json.end_object().end_object();
}

void put_source(base::JsonWriter& json, const net::HttpRequest& request) {
  const std::string_view source = request.parameter("_source");
  std::string_view includes = request.parameter("_source_includes", request.parameter("_source_include"));
  const std::string_view excludes =
      request.parameter("_source_excludes", request.parameter("_source_exclude"));
  if (source == "false" || source == "true") {
    if (includes.empty() && excludes.empty()) {
      json.key("_source").boolean(source == "true");
      return;
    }
  } else if (!source.empty()) {
    includes = source;
  }
  if (includes.empty() && excludes.empty()) return;
  json.key("_source").begin_object();
  if (!includes.empty()) put_list(json.key("includes"), includes);
  if (!excludes.empty()) put_list(json.key("excludes"), excludes);
  json.end_object();
}

}  // namespace

BodyParts body_parts(std::string_view body) {
  BodyParts parts;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (body.size() > kLargestSearchBody ||
      parser.allocate(kLargestSearchBody + 1, kDeepest) != simdjson::SUCCESS) {
    return parts;
  }
  const simdjson::padded_string padded(body);
  if (parser.parse(padded).get(object) != simdjson::SUCCESS) return parts;
  parts.is_object = true;
  for (const auto member : object) read_part(member.key, member.value, parts);
  return parts;
}

bool flag(const net::HttpRequest& request, std::string_view name) {
  return request.has_parameter(name) && request.parameter(name) != "false";
}

Or<base::TimeNs> keep_alive_of(std::string_view text, base::TimeNs longest) {
  if (text.empty()) return {};
  const auto parsed = base::parse_duration(text);
  const std::string shown = base::escape_control(base::to_valid_utf8(text.substr(0, 64)));
  if (!parsed || *parsed <= 0) {
    return {0, illegal("failed to parse setting [keep_alive] with value [" + shown + "] as a time value"),
            false};
  }
  if (*parsed > longest) {
    return {0,
            illegal("Keep alive for request (" + shown + ") is too large. It must be less than (" +
                    std::to_string(longest / (60 * base::kNsPerSecond)) + "m)."),
            false};
  }
  return {*parsed, {}, true};
}

Or<std::string> overrides_of(const net::HttpRequest& request) {
  Or<std::string> out;
  base::JsonWriter json(out.value);
  json.begin_object();
  const std::size_t empty = out.value.size();
  for (const std::string_view name :
       {"from", "size", "track_total_hits", "terminate_after", "version", "seq_no_primary_term"}) {
    if (!request.has_parameter(name)) continue;
    const std::string_view text = request.parameter(name);
    if (put_plain(json, name, text)) continue;
    const std::string shown = base::escape_control(base::to_valid_utf8(text.substr(0, 64)));
    return {{},
            illegal("Failed to parse parameter [" + std::string(name) + "] with value [" + shown + "]"),
            false};
  }
  if (flag(request, "typed_keys")) return {{}, illegal("[typed_keys] is not supported"), false};
  if (request.has_parameter("timeout")) json.field("timeout", request.parameter("timeout"));
  if (request.has_parameter("sort")) put_sort(json, request.parameter("sort"));
  if (request.has_parameter("q")) put_query(json, request);
  put_source(json, request);
  for (const std::string_view name : {"stored_fields", "docvalue_fields"}) {
    if (request.has_parameter(name)) put_list(json.key(name), request.parameter(name));
  }
  const bool none = out.value.size() == empty;
  json.end_object();
  if (none) out.value.clear();
  return out;
}

}  // namespace vedette::api::es
