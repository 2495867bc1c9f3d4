#include "rest/groups/alert_view.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "access/scope_predicate.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/api/scoped_store.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/detect/alert_book.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::api::alerts_group {
namespace {

using boost::json::object;
using ports::ColumnTest;

constexpr std::size_t kIdsAtOnce = 1'000;
// A correlation lists no more events than this: whether there are others cannot be told.
constexpr std::size_t kMostListed = 100;

object object_of(std::string_view text) {
  boost::system::error_code failed;
  Json value = boost::json::parse(text, failed);
  return !failed && value.is_object() ? std::move(value.get_object()) : object();
}

std::string member_text(const object& from, std::string_view name) {
  const Json* value = from.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::int64_t member_number(const object& from, std::string_view name) {
  const Json* value = from.if_contains(name);
  if (value == nullptr) return 0;
  if (const auto* number = value->if_int64()) return *number;
  return value->is_uint64() ? static_cast<std::int64_t>(value->get_uint64()) : 0;
}
std::uint64_t sequence_number(const Json& value) {
  if (const auto* number = value.if_uint64()) return *number;
  const auto* number = value.if_int64();
  return number && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

std::string text_column_of(const ports::StoredRecord& record, std::string_view name) {
  const auto found = record.columns.find(name);
  const auto* text = found == record.columns.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text ? *text : std::string();
}
std::int64_t number_column_of(const ports::StoredRecord& record, std::string_view name) {
  const auto found = record.columns.find(name);
  const auto* number = found == record.columns.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  return number ? *number : 0;
}

// Folded texts of all values of a document.
std::unordered_set<std::string> values_in(const object& document) {
  std::unordered_set<std::string> out;
  const auto add = [&](const Json& value) {
    if (const auto* text = value.if_string()) out.insert(base::folded({text->data(), text->size()}));
    if (value.is_number()) out.insert(boost::json::serialize(value));
  };
  for (const auto& [name, value] : document) {
    if (const auto* list = value.if_array()) {
      for (const Json& item : *list) add(item);
    } else {
      add(value);
    }
  }
  return out;
}

bool shows_value(const std::unordered_set<std::string>& values, std::string_view value) {
  const std::string text = base::folded(value);
  if (values.contains(text)) return true;
  const std::size_t cut = text.find('\\');  // DOMAIN\name comes of two fields
  return cut != std::string::npos && values.contains(text.substr(0, cut)) &&
         values.contains(text.substr(cut + 1));
}

void hide_entities(SeenAlert& alert, bool& altered) {
  const auto values = values_in(alert.document);
  Json* entities = alert.record.if_contains("entities");
  if (entities == nullptr || !entities->is_array()) return;
  boost::json::array kept;
  for (Json& entity : entities->get_array()) {
    const object* one = entity.if_object();
    if (one != nullptr && shows_value(values, member_text(*one, "value"))) {
      kept.push_back(std::move(entity));
    } else {
      altered = true;
    }
  }
  *entities = std::move(kept);
}

void hide_matches(SeenAlert& alert, const FieldMask& mask, bool& altered) {
  Json* matches = alert.record.if_contains("matches");
  if (matches == nullptr || !matches->is_array()) return;
  boost::json::array kept;
  for (Json& match : matches->get_array()) {
    const object* one = match.if_object();
    if (one != nullptr && !mask.hides(member_text(*one, "field"))) {
      kept.push_back(std::move(match));
    } else {
      altered = true;
    }
  }
  *matches = std::move(kept);
}

// The id of a group is made of its key: who does not see the key gets one made of the rule alone.
void apply_mask(SeenAlert& alert, const FieldMask& mask) {
  if (!mask.any()) return;
  bool altered = alert.record.contains("correlation_type");
  std::vector<std::string> hidden = {"vedette.match", "vedette.correlation"};
  for (const auto& [name, value] : alert.document) {
    if (mask.hides(name)) hidden.emplace_back(name);
  }
  for (const std::string& name : hidden) alert.document.erase(name);
  hide_matches(alert, mask, altered);
  hide_entities(alert, altered);
  alert.record.erase("group_key");
  if (altered) alert.group_id = "rule-" + base::hash128_hex(member_text(alert.record, "rule_id"));
}

std::string first_entity(const object& record, std::string_view kind) {
  const Json* entities = record.if_contains("entities");
  if (entities == nullptr || !entities->is_array()) return {};
  for (const Json& entity : entities->get_array()) {
    const object* one = entity.if_object();
    if (one != nullptr && member_text(*one, "kind") == kind) return member_text(*one, "value");
  }
  return {};
}

void take_event_ids(SeenAlert& alert) {
  if (const Json* ids = alert.record.if_contains("event_ids"); ids && ids->is_array()) {
    for (const Json& id : ids->get_array()) {
      if (id.is_string()) alert.event_ids.emplace_back(id.get_string());
    }
  }
  const bool listed = !alert.event_ids.empty();
  const bool correlation = alert.record.contains("correlation_type");
  alert.all_events_known = !correlation || (listed && alert.event_ids.size() < kMostListed);
  if (listed && correlation) return;
  const Json* sequence = alert.record.if_contains("event_sequence");
  if (listed && (sequence == nullptr || sequence_number(*sequence) == 0)) return;
  // The stream lists a hash of the event, which nobody finds, where the event has no id of its own.
  alert.event_ids.clear();
  if (const std::string own = member_text(alert.document, "_id"); !own.empty()) {
    alert.event_ids.push_back(own);
  } else if (sequence != nullptr && sequence_number(*sequence) > 0) {
    alert.event_ids.push_back(expr::id_text(sequence_number(*sequence)));
  }
}

std::optional<SeenAlert> read_document(std::string_view text, const std::string& group_id,
                                       const FieldMask& mask) {
  SeenAlert alert;
  alert.record = object_of(text);
  if (alert.record.empty()) return std::nullopt;
  if (const Json* document = alert.record.if_contains("document"); document && document->is_string()) {
    alert.document = object_of(document->get_string());
    alert.record.erase("document");
  }
  if (Json* handling = alert.record.if_contains("handling")) {
    if (handling->is_object()) alert.handling = std::move(handling->get_object());
    alert.record.erase("handling");
  }
  alert.group_id = group_id;
  take_event_ids(alert);
  apply_mask(alert, mask);
  alert.host = first_entity(alert.record, "host");
  alert.user = first_entity(alert.record, "user");
  return alert;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

// Times of a list of happenings, which are kept as numbers.
Json with_times(const object& handling, std::string_view name) {
  boost::json::array out;
  const Json* list = handling.if_contains(name);
  if (list == nullptr || !list->is_array()) return out;
  for (const Json& item : list->get_array()) {
    const object* one = item.if_object();
    if (one == nullptr) continue;
    object shown = *one;
    shown["time"] = time_json(member_number(*one, "time"));
    out.emplace_back(std::move(shown));
  }
  return out;
}

bool passes(const SeenAlert& alert, const AlertFilter& filter) {
  return (filter.host.empty() || base::folded(alert.host) == base::folded(filter.host)) &&
         (filter.user.empty() || base::folded(alert.user) == base::folded(filter.user)) &&
         (filter.group.empty() || alert.group_id == filter.group);
}

}  // namespace

void add_alert_handler(HandlerTable& handlers, const RestParts& parts, const char* operation,
                       AnswerAlerts answer) {
  if (parts.records == nullptr) {
    handlers[operation] = [](Call&) { return not_found("alerts"); };
  } else {
    handlers[operation] = [parts, answer](Call& call) { return answer(call, parts); };
  }
}

FieldMask::FieldMask(const DataScope& scope) : hidden_(hidden_fields_of(scope)) {}

std::optional<SeenAlert> read_alert(const ports::StoredRecord& stored, const FieldMask& mask) {
  auto alert = read_document(stored.document, text_column_of(stored, "group_id"), mask);
  if (!alert) return std::nullopt;
  alert->id = stored.id;
  alert->version = stored.version;
  alert->status = text_column_of(stored, "status");
  if (alert->status == "open") alert->status = "new";
  alert->verdict = text_column_of(stored, "verdict");
  alert->assignee = text_column_of(stored, "assignee");
  alert->time = number_column_of(stored, "time");
  alert->detected = number_column_of(stored, "detected");
  alert->level = std::clamp<std::int64_t>(number_column_of(stored, "level"), 0, model::kLevels - 1);
  alert->risk = number_column_of(stored, "risk");
  return alert;
}

std::optional<SeenAlert> read_alert(const model::AlertRecord& record, const FieldMask& mask) {
  auto alert = read_document(model::to_json(record), {}, mask);
  if (!alert) return std::nullopt;
  alert->id = record.id;
  alert->status = "new";
  alert->time = record.time;
  alert->detected = record.detected;
  alert->level = static_cast<std::int64_t>(record.level);
  alert->risk = record.risk_score;
  return alert;
}

boost::json::object alert_json(const SeenAlert& alert, bool whole) {
  const object& record = alert.record;
  const auto take = [&](object& out, std::string_view name) {
    const Json* value = record.if_contains(name);
    out[name] = value ? *value : Json(boost::json::array());
  };
  object out{
      {"id", alert.id},
      {"version", alert.version},
      {"rule", object{{"id", member_text(record, "rule_id")}, {"title", member_text(record, "rule_title")}}},
      {"level", model::level_name(static_cast<model::Level>(alert.level))},
      {"risk_score", alert.risk},
      {"status", alert.status},
      {"verdict", text_or_null(alert.verdict)},
      {"reason", text_or_null(member_text(alert.handling, "reason"))},
      {"assignee", text_or_null(alert.assignee)},
      {"time", time_json(alert.time)},
      {"detected", time_json(alert.detected)},
      {"host", text_or_null(alert.host)},
      {"user", text_or_null(alert.user)},
      {"group_id", text_or_null(alert.group_id)},
      {"group_key", text_or_null(member_text(record, "group_key"))},
      {"suppressed", member_number(record, "suppressed")}};
  for (const char* name : {"techniques", "tactics", "tags", "entities"}) take(out, name);
  const Json* comments = alert.handling.if_contains("comments");
  out["comment_count"] = comments && comments->is_array() ? comments->get_array().size() : 0;
  if (!whole) return out;
  take(out, "matches");
  boost::json::array ids;
  for (const std::string& id : alert.event_ids) ids.emplace_back(id);
  out["event_ids"] = std::move(ids);
  out["correlation"] = nullptr;
  if (record.contains("correlation_type")) {
    const Json* value = record.if_contains("correlation_value");
    out["correlation"] =
        object{{"type", member_text(record, "correlation_type")}, {"value", value ? *value : Json(0)}};
  }
  out["document"] = alert.document;
  out["comments"] = with_times(alert.handling, "comments");
  out["history"] = with_times(alert.handling, "history");
  return out;
}

Allowed<AlertFilter> read_alert_filter(const std::function<std::string(std::string_view)>& text,
                                       std::vector<std::string> statuses, base::TimeNs now,
                                       const std::string& place) {
  AlertFilter filter;
  const auto range = search_group::read_range(text("from"), text("to"), now, place);
  if (!range.ok()) return range.refusal();
  filter.range = *range;
  filter.statuses = std::move(statuses);
  if (const std::string name = text("level"); !name.empty()) {
    model::Level level{};
    if (!model::parse_level(name, level)) {
      return Refusal{.kind = Refusal::Kind::invalid, .message = "is no level", .field = place + "level"};
    }
    filter.least_level = static_cast<std::int64_t>(level);
  }
  filter.rule = text("rule");
  filter.host = text("host");
  filter.user = text("user");
  filter.assignee = text("assignee");
  filter.group = text("group");
  filter.verdict = text("verdict");
  return filter;
}

AlertView::AlertView(const RestParts& parts, Call& call)
    : parts_(parts),
      call_(call),
      mask_(call.principal().scope),
      rows_hidden_(!call.principal().scope.sees_all_rows()) {}

ports::ColumnTest AlertView::tenant_test() const {
  const std::string& tenant = call_.principal().scope.tenant;
  if (tenant.empty()) return {"tenant", ColumnTest::Op::absent, {}};
  return {"tenant", ColumnTest::Op::equals, {tenant}};
}

ports::RecordQuery AlertView::query_of(const AlertFilter& filter) const {
  ports::RecordQuery query;
  query.collection = "alerts";
  query.order_by = "time";
  query.descending = true;
  auto& tests = query.tests;
  tests.push_back(tenant_test());
  const model::TimeRange open;
  if (filter.range.from != open.from)
    tests.push_back({"time", ColumnTest::Op::at_least, {filter.range.from}});
  if (filter.range.to != open.to) tests.push_back({"time", ColumnTest::Op::less, {filter.range.to}});
  if (filter.least_level) tests.push_back({"level", ColumnTest::Op::at_least, {*filter.least_level}});
  if (!filter.statuses.empty()) {
    std::vector<ports::ColumnValue> values;
    for (const std::string& status : filter.statuses) {
      values.emplace_back(status);
      if (status == "new") values.emplace_back(std::string("open"));  // as it is made
    }
    tests.push_back({"status", ColumnTest::Op::in, std::move(values)});
  }
  const auto equals = [&](const char* column, const std::string& value) {
    if (!value.empty()) tests.push_back({column, ColumnTest::Op::equals, {value}});
  };
  equals("rule_id", filter.rule);
  equals("assignee", filter.assignee);
  equals("verdict", filter.verdict);
  if (mask_.any()) return query;  // these may come of masked fields: tested on what is seen
  equals("host", filter.host);
  equals("user", filter.user);
  equals("group_id", filter.group);
  return query;
}

base::Result<std::vector<bool>> AlertView::visible(const std::vector<SeenAlert>& alerts) const {
  std::vector<bool> out(alerts.size(), true);
  if (!rows_hidden_) return out;
  std::vector<std::string> ids;
  std::vector<std::size_t> owner;
  const auto ask = [&]() -> base::Status {
    TRY_ASSIGN(const std::vector<bool> seen, visible_events(call_.events(), ids, call_.cancellation()));
    for (std::size_t i = 0; i < owner.size(); ++i) {
      if (i >= seen.size() || !seen[i]) out[owner[i]] = false;
    }
    ids.clear();
    owner.clear();
    return base::ok_status();
  };
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    if (!alerts[i].all_events_known || alerts[i].event_ids.empty()) {
      out[i] = false;
      continue;
    }
    for (const std::string& id : alerts[i].event_ids) {
      ids.push_back(id);
      owner.push_back(i);
      if (ids.size() >= kIdsAtOnce) TRY(ask());
    }
  }
  if (!ids.empty()) TRY(ask());
  return out;
}

base::Result<std::vector<SeenAlert>> AlertView::seen_of(
    const std::vector<ports::StoredRecord>& records) const {
  std::vector<SeenAlert> alerts;
  for (const ports::StoredRecord& record : records) {
    if (auto alert = read_alert(record, mask_)) alerts.push_back(std::move(*alert));
  }
  TRY_ASSIGN(const std::vector<bool> seen, visible(alerts));
  std::vector<SeenAlert> out;
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    if (seen[i]) out.push_back(std::move(alerts[i]));
  }
  return out;
}

base::Result<std::optional<AlertView::Both>> AlertView::get_both(std::string_view id) const {
  std::optional<Both> none;
  TRY_ASSIGN(std::optional<ports::StoredRecord> record, parts_.records->get("alerts", id));
  if (!record || text_column_of(*record, "tenant") != call_.principal().scope.tenant) return none;
  TRY_ASSIGN(std::vector<SeenAlert> seen, seen_of({*record}));
  if (seen.empty()) return none;
  return std::optional<Both>(Both{std::move(seen[0]), std::move(*record)});
}

base::Result<std::optional<SeenAlert>> AlertView::get(std::string_view id) const {
  TRY_ASSIGN(std::optional<Both> both, get_both(id));
  std::optional<SeenAlert> out;
  if (both) out = std::move(both->seen);
  return out;
}

base::Result<std::string> AlertView::each(ports::RecordQuery query, const AlertFilter& filter,
                                          std::size_t most, std::uint32_t chunk,
                                          const std::function<bool(SeenAlert&&)>& visit) const {
  bool more = true;
  for (std::size_t looked_at = 0; more && looked_at < most && !call_.cancellation().cancelled();) {
    query.limit = static_cast<std::uint32_t>(std::min<std::size_t>(chunk, most - looked_at));
    TRY_ASSIGN(const ports::RecordPage page, parts_.records->find(query));
    looked_at += page.records.size();
    TRY_ASSIGN(std::vector<SeenAlert> alerts, seen_of(page.records));
    for (SeenAlert& alert : alerts) {
      if (passes(alert, filter)) more = visit(std::move(alert)) && more;
    }
    query.after = page.next;
    if (query.after.empty()) break;
  }
  return query.after;
}

}  // namespace vedette::api::alerts_group
