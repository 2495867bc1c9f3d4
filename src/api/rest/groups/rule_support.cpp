#include "rest/groups/rule_support.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "vedette/base/text.hpp"

namespace vedette::api::rule_group {
namespace {

constexpr base::TimeNs kSecond = base::kNsPerSecond, kMinute = 60 * kSecond, kHour = 60 * kMinute,
                       kTallyDay = 24 * kHour;
constexpr std::size_t kMaxDocumentShown = 64u << 10;
constexpr std::size_t kMaxProblems = 50;
constexpr base::TimeNs kLongestRange = 36'525 * kTallyDay;

// The least usual width that needs no more than the buckets there are.
base::TimeNs bucket_width(base::TimeNs span) {
  for (const base::TimeNs width :
       {kSecond, 10 * kSecond, kMinute, 5 * kMinute, 15 * kMinute, kHour, 3 * kHour, 6 * kHour, 12 * kHour,
        kTallyDay, 7 * kTallyDay, 30 * kTallyDay}) {
    if (span / width < static_cast<base::TimeNs>(Tally::kMaxBuckets)) return width;
  }
  return span / static_cast<base::TimeNs>(Tally::kMaxBuckets) + 1;
}

std::string_view severity_name(base::Severity severity) {
  switch (severity) {
    case base::Severity::note:
      return "note";
    case base::Severity::warning:
      return "warning";
    case base::Severity::error:
      return "error";
  }
  return "error";
}

}  // namespace

const Json* Members::find(std::string_view name) const {
  const Json* value = object_ ? object_->if_contains(name) : nullptr;
  return value && !value->is_null() ? value : nullptr;
}

std::string Members::text(std::string_view name) const {
  const Json* value = find(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t Members::integer(std::string_view name, std::int64_t otherwise) const {
  const Json* value = find(name);
  return value && value->is_int64() ? value->get_int64() : otherwise;
}

bool Members::flag(std::string_view name) const {
  const Json* value = find(name);
  return value && value->is_bool() && value->get_bool();
}

std::vector<std::string> Members::texts(std::string_view name) const {
  std::vector<std::string> out;
  const Json* value = find(name);
  if (!value || !value->is_array()) return out;
  for (const Json& item : value->get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

Json text_json(std::string_view text) {
  return Json(boost::json::string(base::to_valid_utf8(text)));
}

Json optional_text_json(std::string_view text) {
  return text.empty() ? Json() : text_json(text);
}

Json texts_json(const std::vector<std::string>& texts) {
  boost::json::array out;
  for (const std::string& text : texts) out.push_back(text_json(text));
  return out;
}

Json parsed_json(const std::string& text) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 64;
  Json value = boost::json::parse(text, error, {}, options);
  return error ? Json() : value;
}

std::string written_json(const Json& json) {
  return boost::json::serialize(json);
}

std::optional<Reply> check_optional_match(const Call& call, std::uint64_t version) {
  const auto wanted = call.if_match();
  if (!wanted || *wanted == ports::RecordWrite::kAnyVersion || *wanted == version) return std::nullopt;
  return problem(412, "changed", "It was changed since it was read: read it again, then repeat the change.",
                 {{"header:If-Match", fmt::format("the version is {} now", version), 0}});
}

std::optional<Reply> check_match(const Call& call, std::uint64_t version) {
  if (call.if_match()) return check_optional_match(call, version);
  return problem(428, "if-match", "Send the ETag that was read as If-Match, or * for any version.",
                 {{"header:If-Match", "is missing", 0}});
}

Reply reply_json(int status, Json body, std::uint64_t version) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.etag = std::to_string(version);
  return reply;
}

Reply no_content() {
  Reply reply;
  reply.status = 204;
  return reply;
}

Reply group_missing(std::string_view what) {
  return problem(404, "not-found", fmt::format("This process does not serve {}.", what));
}

std::optional<Reply> check_permission(const Call& call, Permission permission, std::string_view why) {
  if (call.principal().permissions.has(permission)) return std::nullopt;
  return problem(403, "forbidden",
                 fmt::format("{} takes the permission {}.", why, permission_name(permission)));
}

std::optional<base::TimeNs> time_of(const Json* json) {
  if (!json || !json->is_string()) return std::nullopt;
  return base::parse_iso8601(std::string_view(json->get_string()));
}

Allowed<model::TimeRange> range_of(const Json& body) {
  const Members members(body);
  const auto from = time_of(members.find("from")), to = time_of(members.find("to"));
  if (!from) return Refusal{Refusal::Kind::invalid, "from must be an RFC 3339 time", "/from"};
  if (!to || *to <= *from) return Refusal{Refusal::Kind::invalid, "to must be a time after from", "/to"};
  // Halves, since the difference of any two times may not fit.
  if (*to / 2 - *from / 2 > kLongestRange / 2) {
    return Refusal{Refusal::Kind::invalid, "the range is longer than 100 years", "/to"};
  }
  return model::TimeRange{*from, *to};
}

detect::Edit edit_of(const Call& call, const RestParts& parts, std::string message) {
  return {call.principal().name, std::move(message), parts.now()};
}

Json diagnostics_json(const base::Diagnostics& diagnostics) {
  boost::json::array out;
  for (const base::Diagnostic& diagnostic : diagnostics) {
    out.push_back(boost::json::object{{"severity", severity_name(diagnostic.severity)},
                                      {"line", diagnostic.span.line},
                                      {"column", diagnostic.span.column},
                                      {"code", text_json(diagnostic.code)},
                                      {"message", text_json(diagnostic.message)},
                                      {"help", optional_text_json(diagnostic.help)}});
  }
  return out;
}

Reply diagnostics_problem(const base::Diagnostics& diagnostics, std::string_view pointer) {
  std::vector<FieldProblem> errors;
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity != base::Severity::error || errors.size() == kMaxProblems) continue;
    errors.push_back({std::string(pointer),
                      fmt::format("line {}: {}", diagnostic.span.line, diagnostic.message),
                      static_cast<std::int64_t>(diagnostic.span.column)});
  }
  const std::string detail = errors.empty() ? "The text has errors."
                                            : fmt::format("The rule has errors: {}", errors.front().message);
  return problem(422, "rule", detail, std::move(errors));
}

Json alert_json(const model::AlertRecord& alert) {
  boost::json::array matches, entities;
  for (const model::Match& match : alert.matches) {
    matches.push_back(boost::json::object{{"field", text_json(match.field)},
                                          {"value", text_json(match.value)},
                                          {"modifier", text_json(match.modifier)},
                                          {"pattern", text_json(match.pattern)}});
  }
  for (const model::Entity& entity : alert.entities) {
    entities.push_back(boost::json::object{{"kind", model::entity_kind_name(entity.kind)},
                                           {"value", text_json(entity.value)}});
  }
  return boost::json::object{
      {"id", text_json(alert.id)},
      {"rule_id", text_json(alert.rule_id)},
      {"rule_title", text_json(alert.rule_title)},
      {"level", model::level_name(alert.level)},
      {"time", time_json(alert.time)},
      {"group_key", text_json(alert.group_key)},
      {"matches", std::move(matches)},
      {"entities", std::move(entities)},
      {"event_ids", texts_json(alert.event_ids)},
      {"correlation", optional_text_json(alert.correlation_type)},
      {"event", alert.document.size() <= kMaxDocumentShown ? parsed_json(alert.document) : Json()}};
}

std::optional<Reply> reload_rules(const RestParts& parts) {
  if (!parts.rules) return std::nullopt;
  const base::Status reloaded = parts.rules->reload();
  if (reloaded.ok()) return std::nullopt;
  return problem(
      503, "reload",
      fmt::format("It is written, but the rules could not be compiled, and those from before stay: {}. "
                  "It takes effect with the next reload.",
                  reloaded.error().message));
}

Tally::Tally(const model::TimeRange& range) : range_(range), width_(bucket_width(range.to - range.from)) {
  buckets_.resize(static_cast<std::size_t>((range_.to - range_.from - 1) / width_) + 1);
}

void Tally::add(base::TimeNs time, std::string_view key) {
  const base::TimeNs at = std::clamp(time, range_.from, range_.to - 1);
  ++buckets_[static_cast<std::size_t>((at - range_.from) / width_)];
  const auto known = keys_.find(key);
  if (known != keys_.end()) {
    ++known->second;
  } else if (keys_.size() < kMaxKeys) {
    keys_.emplace(key, 1);
  }
}

double Tally::share(base::TimeNs time) const {
  const auto part = static_cast<double>(std::clamp(time, range_.from, range_.to) - range_.from);
  return part / static_cast<double>(range_.to - range_.from);
}

Json Tally::interval_json() const {
  return static_cast<double>(width_) / static_cast<double>(kSecond);
}

Json Tally::buckets_json() const {
  boost::json::array out;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const base::TimeNs start = range_.from + static_cast<base::TimeNs>(i) * width_;
    out.push_back(boost::json::object{{"time", time_json(start)}, {"count", buckets_[i]}});
  }
  return out;
}

Json Tally::top_json(std::string_view key_name) const {
  std::vector<std::pair<std::string_view, std::uint64_t>> top(keys_.begin(), keys_.end());
  const std::size_t shown = std::min(top.size(), kTopKeys);
  std::partial_sort(top.begin(), top.begin() + static_cast<std::ptrdiff_t>(shown), top.end(),
                    [](const auto& a, const auto& b) {
                      return a.second != b.second ? a.second > b.second : a.first < b.first;
                    });
  boost::json::array out;
  for (std::size_t i = 0; i < shown; ++i) {
    out.push_back(boost::json::object{{key_name, text_json(top[i].first)}, {"count", top[i].second}});
  }
  return out;
}

}  // namespace vedette::api::rule_group
