// OTLP in JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
#include <simdjson.h>

#include "listeners/otlp.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

namespace dom = simdjson::dom;

// The member under its lowerCamelCase name, or under the name of the .proto file.
bool find_member(const dom::object& object, std::string_view camel, std::string_view snake,
                 dom::element& out) {
  return object[camel].get(out) == simdjson::SUCCESS || object[snake].get(out) == simdjson::SUCCESS;
}

std::string_view text_member(const dom::object& object, std::string_view camel, std::string_view snake) {
  dom::element found;
  std::string_view text;
  return find_member(object, camel, snake, found) && found.get(text) == simdjson::SUCCESS
             ? text
             : std::string_view();
}

// 64-bit numbers are texts or numbers.
std::uint64_t unsigned_member(const dom::object& object, std::string_view camel, std::string_view snake) {
  dom::element found;
  std::string_view text;
  std::uint64_t value = 0;
  if (!find_member(object, camel, snake, found)) return 0;
  if (found.get(text) == simdjson::SUCCESS) return base::parse_uint(text).value_or(0);
  return found.get(value) == simdjson::SUCCESS ? value : 0;
}

struct JsonBudget {
  std::size_t nodes = kMaxOtlpNodes;
  bool exceeded = false;
  std::vector<std::unique_ptr<std::string>> decoded;  // bytes, which are base64 in JSON
};

void read_json_any(const dom::element& element, int depth, JsonBudget& budget, OtlpValue& value);

void read_json_attributes(const dom::element& element, int depth, JsonBudget& budget,
                          std::vector<OtlpMember>& members) {
  dom::array items;
  if (element.get(items) != simdjson::SUCCESS) return;
  for (const dom::element item : items) {
    dom::object object;
    dom::element value;
    if (item.get(object) != simdjson::SUCCESS) continue;
    if (budget.nodes == 0) return void(budget.exceeded = true);
    --budget.nodes;
    auto& member = members.emplace_back();
    member.name = text_member(object, "key", "key");
    if (object["value"].get(value) == simdjson::SUCCESS) read_json_any(value, depth, budget, member.value);
  }
}

void read_json_array(const dom::element& element, int depth, JsonBudget& budget, OtlpValue& value) {
  dom::array items;
  if (element["values"].get(items) != simdjson::SUCCESS) return;
  for (const dom::element item : items) {
    if (budget.nodes == 0) return void(budget.exceeded = true);
    --budget.nodes;
    read_json_any(item, depth, budget, value.members.emplace_back().value);
  }
}

bool read_json_integer(const dom::element& element, OtlpValue& value) {
  std::string_view text;
  std::int64_t number = 0;
  if (element.get(text) == simdjson::SUCCESS) {
    const auto parsed = base::parse_int(text);
    if (!parsed) return false;
    number = *parsed;
  } else if (element.get(number) != simdjson::SUCCESS) {
    return false;
  }
  value.kind = OtlpValue::Kind::integer;
  value.integer = number;
  return true;
}

void read_json_any(const dom::element& element, int depth, JsonBudget& budget, OtlpValue& value) {
  using Kind = OtlpValue::Kind;
  if (depth > kMaxOtlpDepth) return void(budget.exceeded = true);
  dom::object object;
  dom::element found;
  if (element.get(object) != simdjson::SUCCESS) return;
  if (find_member(object, "stringValue", "string_value", found)) {
    if (found.get(value.text) == simdjson::SUCCESS) value.kind = Kind::text;
  } else if (find_member(object, "boolValue", "bool_value", found)) {
    if (found.get(value.boolean) == simdjson::SUCCESS) value.kind = Kind::boolean;
  } else if (find_member(object, "intValue", "int_value", found)) {
    read_json_integer(found, value);
  } else if (find_member(object, "doubleValue", "double_value", found)) {
    std::string_view text;
    if (found.get(value.real) == simdjson::SUCCESS) {
      value.kind = Kind::real;
    } else if (found.get(text) == simdjson::SUCCESS) {
      value.kind = Kind::text, value.text = text;  // "NaN", "Infinity"
    }
  } else if (find_member(object, "arrayValue", "array_value", found)) {
    value.kind = Kind::array;
    read_json_array(found, depth + 1, budget, value);
  } else if (find_member(object, "kvlistValue", "kvlist_value", found)) {
    dom::element values;
    value.kind = Kind::object;
    if (found["values"].get(values) == simdjson::SUCCESS) {
      read_json_attributes(values, depth + 1, budget, value.members);
    }
  } else if (find_member(object, "bytesValue", "bytes_value", found)) {
    std::string_view text;
    if (found.get(text) != simdjson::SUCCESS) return;
    const auto bytes = base::base64_decode(text);
    budget.decoded.push_back(std::make_unique<std::string>(bytes ? *bytes : std::string(text)));
    value.kind = bytes ? Kind::bytes : Kind::text;
    value.text = *budget.decoded.back();
  }
}

// Ids are hex in JSON, unlike other bytes.
std::string json_id(std::string_view id) {
  if (id.size() > 64 || id.find_first_not_of('0') == std::string_view::npos) return {};
  for (const char c : id) {
    if (base::hex_digit(c) < 0) return {};
  }
  return base::to_lower_ascii(id);
}

void read_json_record(const dom::object& object, OtlpBuilder& builder) {
  JsonBudget budget;
  OtlpRecord record;
  dom::element found;
  record.time = unsigned_member(object, "timeUnixNano", "time_unix_nano");
  record.observed = unsigned_member(object, "observedTimeUnixNano", "observed_time_unix_nano");
  if (find_member(object, "severityNumber", "severity_number", found)) {
    std::int64_t number = 0;
    if (found.get(number) == simdjson::SUCCESS) record.severity_number = number;
  }
  record.severity_text = text_member(object, "severityText", "severity_text");
  record.event_name = text_member(object, "eventName", "event_name");
  record.trace_id = json_id(text_member(object, "traceId", "trace_id"));
  record.span_id = json_id(text_member(object, "spanId", "span_id"));
  record.flags = static_cast<std::uint32_t>(unsigned_member(object, "flags", "flags"));
  if (object["body"].get(found) == simdjson::SUCCESS) read_json_any(found, 0, budget, record.body);
  if (object["attributes"].get(found) == simdjson::SUCCESS) {
    read_json_attributes(found, 0, budget, record.attributes);
  }
  if (budget.exceeded) return builder.reject("a record has too many values, or too deep ones");
  builder.add(record);
}

// Calls `each` with the objects of a list; false if it is there and no list of objects.
template <typename Each>
bool each_object(const dom::object& parent, std::string_view camel, std::string_view snake, Each&& each) {
  dom::element found;
  dom::array items;
  if (!find_member(parent, camel, snake, found) || found.is_null()) return true;
  if (found.get(items) != simdjson::SUCCESS) return false;
  for (const dom::element item : items) {
    dom::object object;
    if (item.get(object) != simdjson::SUCCESS || !each(object)) return false;
  }
  return true;
}

bool read_json_scope(const dom::object& scope_logs, OtlpBuilder& builder) {
  JsonBudget budget;
  OtlpAttributes attributes;
  dom::object scope;
  dom::element list;
  std::string_view name, version;
  if (scope_logs["scope"].get(scope) == simdjson::SUCCESS) {
    name = text_member(scope, "name", "name");
    version = text_member(scope, "version", "version");
    if (scope["attributes"].get(list) == simdjson::SUCCESS) read_json_attributes(list, 0, budget, attributes);
  }
  builder.set_scope(name, version, attributes);
  return each_object(scope_logs, "logRecords", "log_records", [&](const dom::object& record) {
    read_json_record(record, builder);
    return true;
  });
}

bool read_json_resource(const dom::object& resource_logs, OtlpBuilder& builder) {
  JsonBudget budget;
  OtlpAttributes attributes;
  dom::object resource;
  dom::element list;
  if (resource_logs["resource"].get(resource) == simdjson::SUCCESS &&
      resource["attributes"].get(list) == simdjson::SUCCESS) {
    read_json_attributes(list, 0, budget, attributes);
  }
  builder.set_resource(attributes);
  return each_object(resource_logs, "scopeLogs", "scope_logs",
                     [&](const dom::object& scope_logs) { return read_json_scope(scope_logs, builder); });
}

}  // namespace

base::Status decode_otlp_json(std::string_view request, const OtlpLimits& limits, OtlpTaken& taken) {
  if (request.size() > limits.max_json_bytes) {
    return base::make_error(base::ErrorCode::limit, "a request in JSON has at most " +
                                                        std::to_string(limits.max_json_bytes) + " bytes");
  }
  OtlpBuilder builder(limits, taken);
  dom::parser parser;
  dom::object root;
  const auto error = parser.parse(request.data(), request.size()).get(root);
  if (error != simdjson::SUCCESS) {
    return base::make_error(base::ErrorCode::corrupt,
                            "the request is no JSON object: " + std::string(simdjson::error_message(error)));
  }
  const bool read = each_object(root, "resourceLogs", "resource_logs", [&](const dom::object& resource_logs) {
    return read_json_resource(resource_logs, builder);
  });
  if (!read)
    return base::make_error(base::ErrorCode::corrupt, "the request is no ExportLogsServiceRequest in JSON");
  return base::ok_status();
}

}  // namespace vedette::ingest
