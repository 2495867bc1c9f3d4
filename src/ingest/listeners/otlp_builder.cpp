#include <algorithm>
#include <unordered_map>

#include "listeners/otlp.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

constexpr std::size_t kExtraOverhead = 64;  // bytes that an extra costs beside its texts
constexpr std::size_t kMaxExtraText = 32u << 10;

// OpenTelemetry's names where ECS has another one; all others are the same or kept.
std::string_view ecs_name(std::string_view name) {
  static const std::unordered_map<std::string_view, std::string_view> names = {
      {"service.instance.id", "service.node.name"},
      {"deployment.environment", "service.environment"},
      {"deployment.environment.name", "service.environment"},
      {"os.description", "host.os.full"},
      {"os.name", "host.os.name"},
      {"os.type", "host.os.type"},
      {"os.version", "host.os.version"},
      {"host.arch", "host.architecture"},
      {"k8s.cluster.name", "orchestrator.cluster.name"},
      {"k8s.container.name", "kubernetes.container.name"},
      {"k8s.deployment.name", "kubernetes.deployment.name"},
      {"k8s.namespace.name", "kubernetes.namespace"},
      {"k8s.node.name", "kubernetes.node.name"},
      {"k8s.pod.name", "kubernetes.pod.name"},
      {"k8s.pod.uid", "kubernetes.pod.uid"},
      {"container.image.tags", "container.image.tag"},
      {"cloud.platform", "cloud.service.name"},
      {"process.executable.path", "process.executable"},
      {"process.executable.name", "process.name"},
      {"process.parent_pid", "process.parent.pid"},
      {"thread.id", "process.thread.id"},
      {"thread.name", "process.thread.name"},
      {"event.name", "event.action"},
      {"exception.type", "error.type"},
      {"exception.message", "error.message"},
      {"exception.stacktrace", "error.stack_trace"},
      {"code.function", "log.origin.function"},
      {"code.function.name", "log.origin.function"},
      {"code.filepath", "log.origin.file.name"},
      {"code.file.path", "log.origin.file.name"},
      {"code.lineno", "log.origin.file.line"},
      {"code.line.number", "log.origin.file.line"},
      {"enduser.id", "user.id"},
      {"client.socket.address", "client.ip"},
      {"network.peer.address", "source.ip"},
      {"network.peer.port", "source.port"},
      {"network.protocol.name", "network.protocol"},
      {"http.method", "http.request.method"},
      {"http.status_code", "http.response.status_code"},
      {"http.url", "url.full"},
      {"http.target", "url.original"},
      {"http.user_agent", "user_agent.original"},
  };
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

std::string_view severity_name(std::int64_t number) {
  constexpr std::string_view kNames[] = {"trace", "debug", "info", "warn", "error", "fatal"};
  return number < 1 || number > 24 ? std::string_view() : kNames[(number - 1) / 4];
}

void append_otlp_json(base::JsonWriter& json, const OtlpValue& value) {
  using Kind = OtlpValue::Kind;
  switch (value.kind) {
    case Kind::none:
      json.null();
      return;
    case Kind::text:
      json.string(value.text);
      return;
    case Kind::bytes:
      json.string(base::base64_encode(value.text));
      return;
    case Kind::boolean:
      json.boolean(value.boolean);
      return;
    case Kind::integer:
      json.number(value.integer);
      return;
    case Kind::real:
      json.number(value.real);
      return;
    case Kind::array:
      json.begin_array();
      for (const auto& [name, item] : value.members) append_otlp_json(json, item);
      json.end_array();
      return;
    case Kind::object:
      json.begin_object();
      for (const auto& [name, item] : value.members) append_otlp_json(json.key(name), item);
      json.end_object();
      return;
  }
}

std::string scalar_text(const OtlpValue& value) {
  using Kind = OtlpValue::Kind;
  std::string out;
  if (value.kind == Kind::none) return out;
  if (value.kind == Kind::text) {
    out = value.text;
  } else if (value.kind == Kind::bytes) {
    out = base::base64_encode(value.text);
  } else {
    base::JsonWriter json(out);
    append_otlp_json(json, value);
  }
  return out;
}

// A list gives its name several values, an object one for each of its leaves.
void add_otlp_extra(const std::string& name, const OtlpValue& value,
                    std::vector<std::pair<std::string, std::string>>& extras) {
  using Kind = OtlpValue::Kind;
  const auto nested = [](const OtlpMember& member) {
    return member.value.kind == Kind::array || member.value.kind == Kind::object;
  };
  if (value.kind == Kind::object) {
    for (const auto& [key, item] : value.members) {
      add_otlp_extra(std::string(ecs_name(name + "." + std::string(key))), item, extras);
    }
  } else if (value.kind == Kind::array && std::none_of(value.members.begin(), value.members.end(), nested)) {
    for (const auto& [key, item] : value.members) add_otlp_extra(name, item, extras);
  } else if (value.kind != Kind::none && !name.empty()) {
    extras.emplace_back(name, scalar_text(value));
    std::string& text = extras.back().second;
    if (text.size() > kMaxExtraText) text.resize(kMaxExtraText);
  }
}

void add_otlp_attributes(const OtlpAttributes& attributes,
                         std::vector<std::pair<std::string, std::string>>& extras) {
  for (const auto& [key, value] : attributes) add_otlp_extra(std::string(ecs_name(key)), value, extras);
}

base::TimeNs otlp_time(const OtlpRecord& record) {
  const std::uint64_t time = record.time != 0 ? record.time : record.observed;
  return time > static_cast<std::uint64_t>(INT64_MAX) ? 0 : static_cast<base::TimeNs>(time);
}

std::size_t bytes_of(std::span<const std::pair<std::string, std::string>> extras) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : extras) bytes += name.size() + value.size() + kExtraOverhead;
  return bytes;
}

std::string_view find_extra(std::span<const std::pair<std::string, std::string>> extras,
                            std::string_view name) {
  for (const auto& [key, value] : extras) {
    if (key == name) return value;
  }
  return {};
}

void add_record_extras(const OtlpRecord& record, std::vector<std::pair<std::string, std::string>>& extras) {
  const auto add = [&extras](std::string_view name, std::string_view value) {
    if (!value.empty()) extras.emplace_back(name, value);
  };
  add_otlp_attributes(record.attributes, extras);
  add("log.level",
      record.severity_text.empty() ? severity_name(record.severity_number) : record.severity_text);
  if (record.severity_number != 0) add("event.severity", std::to_string(record.severity_number));
  add("event.action", record.event_name);
  add("trace.id", record.trace_id);
  add("span.id", record.span_id);
  if (record.flags != 0) add("otel.trace_flags", std::to_string(record.flags & 0xff));
}

}  // namespace

void OtlpBuilder::set_resource(const OtlpAttributes& attributes) {
  resource_.clear();
  scope_.clear();
  add_otlp_attributes(attributes, resource_);
}

void OtlpBuilder::set_scope(std::string_view name, std::string_view version,
                            const OtlpAttributes& attributes) {
  scope_.clear();
  add_otlp_attributes(attributes, scope_);
  if (!name.empty()) scope_.emplace_back("log.logger", name);
  if (!version.empty()) scope_.emplace_back("otel.scope.version", version);
}

void OtlpBuilder::reject(std::string_view reason) {
  ++taken_.rejected;
  if (taken_.reason.empty()) taken_.reason = reason;
}

void OtlpBuilder::add(const OtlpRecord& record) {
  if (taken_.records.size() >= limits_.max_records) return reject("a request holds too many records");
  const std::size_t text_at = taken_.text.size(), first = taken_.extras.size();
  append_body(record);
  const std::size_t size = taken_.text.size() - text_at;
  add_record_extras(record, taken_.extras);
  const std::size_t copied =
      bytes_of(std::span(taken_.extras).subspan(first)) + bytes_of(scope_) + bytes_of(resource_);
  const bool too_large = size > limits_.max_event_bytes;
  if (too_large || extra_bytes_ + copied > limits_.max_extra_bytes || taken_.text.size() > UINT32_MAX) {
    taken_.text.resize(text_at);
    taken_.extras.resize(first);
    return reject(too_large
                      ? "the record is larger than max_event_bytes"
                      : "the records and the attributes of their resources are too much for one request");
  }
  extra_bytes_ += copied;
  taken_.extras.insert(taken_.extras.end(), scope_.begin(), scope_.end());
  taken_.extras.insert(taken_.extras.end(), resource_.begin(), resource_.end());
  model::RawRecord& raw = taken_.records.emplace_back();
  raw.offset = static_cast<std::uint32_t>(text_at);
  raw.size = static_cast<std::uint32_t>(size);
  raw.first_extra = static_cast<std::uint32_t>(first);
  raw.extras = static_cast<std::uint32_t>(taken_.extras.size() - first);
  raw.time = otlp_time(record);
  raw.dataset = find_extra(std::span(taken_.extras).subspan(first), "data_stream.dataset");
}

// A record without a body is the document of its attributes.
void OtlpBuilder::append_body(const OtlpRecord& record) {
  using Kind = OtlpValue::Kind;
  if (record.body.kind == Kind::text && !record.body.text.empty()) {
    taken_.text += record.body.text;
    return;
  }
  base::JsonWriter json(taken_.text);
  if (record.body.kind == Kind::object || record.body.kind == Kind::array) {
    append_otlp_json(json, record.body);
  } else if (record.body.kind != Kind::none && record.body.kind != Kind::text) {
    taken_.text += scalar_text(record.body);
  } else {
    json.begin_object();
    for (const auto& [key, value] : record.attributes) append_otlp_json(json.key(ecs_name(key)), value);
    json.end_object();
  }
}

std::string otlp_warning(const std::vector<model::RecordOutcome>& outcomes) {
  std::uint64_t unparsed = 0;
  std::string reason;
  for (const auto& outcome : outcomes) {
    if (outcome.kind != model::RecordOutcome::Kind::unparsed) continue;
    if (unparsed++ == 0) reason = outcome.reason;
  }
  if (unparsed == 0) return {};
  return "records that could not be parsed and are kept as dead letters: " + std::to_string(unparsed) +
         ", the first because: " + reason;
}

int otlp_code_of(HttpRefusal::Kind kind) {
  constexpr int kResourceExhausted = 8, kUnavailable = 14;
  return kind == HttpRefusal::Kind::closing || kind == HttpRefusal::Kind::fault ? kUnavailable
                                                                                : kResourceExhausted;
}

}  // namespace vedette::ingest
