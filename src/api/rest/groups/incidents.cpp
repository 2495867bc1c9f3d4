// Incidents, read: lists, counts, one with its members, alerts and history.
#include <algorithm>
#include <map>
#include <set>

#include "rest/groups.hpp"
#include "rest/groups/incident_filter.hpp"
#include "rest/groups/incident_json.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::incidents_group {
namespace {

using boost::json::array;
using boost::json::object;
using ports::ColumnTest;

constexpr std::size_t kMostLookedAt = 300;  // of a page of who does not see all
constexpr std::size_t kMostCounted = 1'000;
constexpr std::uint32_t kTopOwners = 50;
constexpr std::size_t kMostRelated = 20;

Allowed<cases::CaseFilter> filter_of_call(Call& call, base::TimeNs now) {
  std::vector<std::string> statuses;
  for (const std::string_view status : call.query_all("status")) statuses.emplace_back(status);
  std::optional<double> risk;
  if (const auto text = call.query("risk")) risk = base::parse_double(*text);
  std::optional<bool> breached;
  if (const auto text = call.query("breached")) breached = *text == "true";
  return read_incident_filter(
      [&](std::string_view name) { return std::string(call.query(name).value_or("")); }, statuses, risk,
      breached, call.query("merged") == "true", now, "query:");
}

void set_case_order(Call& call, ports::RecordQuery& query) {
  std::string_view sort = call.query("sort").value_or("-risk");
  query.descending = sort.starts_with('-');
  if (query.descending) sort.remove_prefix(1);
  query.order_by = sort == "severity" ? "level" : std::string(sort);
}

Reply list_incidents(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const cases::CaseFilter filter, filter_of_call(call, parts.now()));
  const IncidentView view(parts, call);
  ports::RecordQuery query = scoped_query(view, filter);
  set_case_order(call, query);
  // What has no due time comes last.
  if (query.order_by == "due" && !query.descending)
    query.tests.push_back({"due", ColumnTest::Op::greater, {std::int64_t{0}}});
  BOOK_ASSIGN(query.after, view.open_cursor(call.query("after").value_or("")));
  const std::uint32_t limit = page_limit(call);
  array items;
  for (std::size_t looked_at = 0;;) {
    query.limit = view.unrestricted()
                      ? limit
                      : static_cast<std::uint32_t>(std::min<std::size_t>(limit - items.size(), 50));
    BOOK_ASSIGN(const cases::CasePage<cases::Case> page, view.book().find(query));
    for (const cases::Case& value : page.items) {
      BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.see(value, false));
      if (seen && passes_filter(*seen, filter)) items.emplace_back(item_json(*seen));
    }
    looked_at += page.items.size();
    query.after = page.next;
    if (query.after.empty() || items.size() * 2 >= limit || looked_at >= kMostLookedAt ||
        call.cancellation().cancelled())
      break;
  }
  BOOK_ASSIGN(const std::string next, view.shown_cursor(query.after));
  Reply reply;
  reply.body = page_json(std::move(items), next);
  return reply;
}

// --- counts ---

struct IncidentCounts {
  std::uint64_t total = 0, unassigned = 0, breached = 0;
  std::map<std::string, std::uint64_t> statuses, severities, owners;
  bool cut = false;
};

base::Status count_all(const ports::RecordStore& records, const ports::RecordQuery& query,
                       IncidentCounts& counts) {
  TRY_ASSIGN(counts.total, records.count(query));
  TRY_ASSIGN(const auto statuses, records.count_by(query, "status", 100));
  for (const auto& [value, count] : statuses) {
    if (const auto* name = std::get_if<std::string>(&value)) counts.statuses[*name] += count;
  }
  TRY_ASSIGN(const auto levels, records.count_by(query, "level", 100));
  for (const auto& [value, count] : levels) {
    const auto* level = std::get_if<std::int64_t>(&value);
    if (level && *level >= 0 && *level < model::kLevels)
      counts.severities[std::string(model::level_name(static_cast<model::Level>(*level)))] += count;
  }
  ports::RecordQuery open = query;
  open.tests.push_back({"status", ColumnTest::Op::not_equals, {std::string("closed")}});
  TRY_ASSIGN(const auto owners, records.count_by(open, "owner", kTopOwners + 1));
  for (const auto& [value, count] : owners) {
    if (const auto* name = std::get_if<std::string>(&value)) {
      counts.owners[*name] += count;
    } else {
      counts.unassigned += count;
    }
  }
  open.tests.push_back({"breached", ColumnTest::Op::equals, {std::int64_t{1}}});
  TRY_ASSIGN(counts.breached, records.count(open));
  return base::ok_status();
}

base::Status count_seen_incidents(const IncidentView& view, ports::RecordQuery query,
                                  const cases::CaseFilter& filter, IncidentCounts& counts) {
  query.limit = 200;
  for (std::size_t looked_at = 0; looked_at < kMostCounted;) {
    TRY_ASSIGN(const auto page, view.book().find(query));
    for (const cases::Case& found : page.items) {
      TRY_ASSIGN(const std::optional<SeenIncident> seen, view.see(found, false));
      if (!seen || !passes_filter(*seen, filter)) continue;
      const cases::Case& value = seen->value;
      ++counts.total;
      ++counts.statuses[std::string(cases::case_status_name(value.status))];
      ++counts.severities[std::string(model::level_name(value.shown_severity()))];
      if (value.status == cases::CaseStatus::closed) continue;
      if (value.owner.empty()) {
        ++counts.unassigned;
      } else {
        ++counts.owners[value.owner];
      }
      if (std::any_of(value.clocks.begin(), value.clocks.end(),
                      [](const auto& clock) { return clock.breached; }))
        ++counts.breached;
    }
    looked_at += page.items.size();
    query.after = page.next;
    if (query.after.empty()) return base::ok_status();
  }
  counts.cut = true;
  return base::ok_status();
}

object incident_counts_json(const std::map<std::string, std::uint64_t>& counts) {
  object out;
  for (const auto& [name, count] : counts) out[name] = count;
  return out;
}

Reply summary_of_incidents(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const cases::CaseFilter filter, filter_of_call(call, parts.now()));
  const IncidentView view(parts, call);
  const ports::RecordQuery query = scoped_query(view, filter);
  IncidentCounts counts;
  const base::Status counted = view.unrestricted() ? count_all(*parts.records, query, counts)
                                                   : count_seen_incidents(view, query, filter, counts);
  if (!counted.ok()) return problem_of_book(counted.error());
  std::vector<std::pair<std::string, std::uint64_t>> owners(counts.owners.begin(), counts.owners.end());
  std::stable_sort(owners.begin(), owners.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  array owner_list;
  for (std::size_t i = 0; i < owners.size() && i < kTopOwners; ++i)
    owner_list.emplace_back(object{{"owner", owners[i].first}, {"count", owners[i].second}});
  Reply reply;
  reply.body = object{
      {"total", counts.total},
      {"statuses", incident_counts_json(counts.statuses)},
      {"severities", incident_counts_json(counts.severities)},
      {"owners", std::move(owner_list)},
      {"unassigned", counts.unassigned},
      {"breached", counts.breached},
      {"cut",
       counts.cut
           ? Json(object{{"kind", "rows"},
                         {"reason", "only 1,000 incidents were looked at: others may not be yours to see"}})
           : Json(nullptr)}};
  return reply;
}

// --- one ---

Reply get_incident(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  return seen ? incident_reply(*seen, parts.now()) : not_found("incident");
}

Reply list_members(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  std::string_view sort = call.query("sort").value_or("first");
  const bool descending = sort.starts_with('-');
  if (descending) sort.remove_prefix(1);
  BOOK_ASSIGN(const std::string after, view.open_cursor(call.query("after").value_or("")));
  const std::uint32_t limit =
      view.rows_hidden() ? std::min<std::uint32_t>(page_limit(call), 200) : page_limit(call);
  BOOK_ASSIGN(cases::CasePage<model::IncidentMember> page,
              view.book().members(seen->value.incident.id, std::string(sort), descending, after, limit));
  BOOK_ASSIGN(const std::vector<model::IncidentMember> members,
              view.see(std::move(page.items), model::kMaxMemberAlerts));
  array items;
  for (const model::IncidentMember& member : members) items.emplace_back(member_json(member));
  BOOK_ASSIGN(const std::string next, view.shown_cursor(page.next));
  Reply reply;
  reply.body = page_json(std::move(items), next);
  return reply;
}

// A page is the alerts of some members, whole: at most ten members of 50.
Reply list_alerts_of_incident(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  if (!call.principal().permissions.has(Permission::alerts_read))
    return problem(403, "forbidden", "Alerts are seen with the permission alerts.read.");
  BOOK_ASSIGN(const std::string after, view.open_cursor(call.query("after").value_or("")));
  const std::uint32_t limit = std::clamp<std::uint32_t>(page_limit(call) / 50, 1, 10);
  BOOK_ASSIGN(const cases::CasePage<model::IncidentMember> page,
              view.book().members(seen->value.incident.id, "first", false, after, limit));
  std::vector<ports::ColumnValue> ids;
  for (const model::IncidentMember& member : page.items) {
    for (const std::string& id : member.alert_ids) ids.emplace_back(id);
  }
  array items;
  if (!ids.empty()) {
    ports::RecordQuery query;
    query.collection = "alerts";
    query.tests = {view.alerts().tenant_test(), {"id", ColumnTest::Op::in, std::move(ids)}};
    query.order_by = "time";
    BOOK_ASSIGN(const std::string rest,
                view.alerts().each(query, {}, 1'000, 500, [&](alerts_group::SeenAlert&& alert) {
                  items.emplace_back(alerts_group::alert_json(alert, false));
                  return true;
                }));
    (void)rest;
  }
  BOOK_ASSIGN(const std::string next, view.shown_cursor(page.next));
  Reply reply;
  reply.body = page_json(std::move(items), next);
  return reply;
}

Reply history_of_incident(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  BOOK_ASSIGN(cases::CasePage<model::IncidentChange> page,
              view.book().history(view.tenant(), seen->value.incident.id,
                                  std::string(call.query("after").value_or("")), page_limit(call)));
  array items;
  for (model::IncidentChange& change : page.items) {
    if (!view.unrestricted()) {
      change.reason.clear();
      change.members.clear();
    }
    items.emplace_back(history_json(change));
  }
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  return reply;
}

Reply related_incidents(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  const cases::Case& value = seen->value;
  std::vector<std::pair<std::string, std::vector<std::string>>> related;
  const auto add = [&](const std::string& id, const std::string& reason) {
    if (id == value.incident.id || id.empty()) return;
    const auto found =
        std::find_if(related.begin(), related.end(), [&](const auto& one) { return one.first == id; });
    if (found != related.end()) {
      found->second.push_back(reason);
    } else {
      related.push_back({id, {reason}});
    }
  };
  for (const std::string& id : value.related) add(id, "Named by people.");
  add(value.incident.merged_into, "This one lives on in it.");
  add(value.incident.split_from, "This one was split from it.");
  for (const std::string& id : value.incident.merged_from) add(id, "It lives on in this one.");
  for (std::size_t i = 0; i < value.incident.entities.size() && i < 8; ++i) {
    const model::Entity& entity = value.incident.entities[i].entity;
    const std::string kind(model::entity_kind_name(entity.kind));
    cases::CaseFilter filter;
    filter.tenant = view.tenant();
    filter.entity = kind + ":" + entity.value;
    ports::RecordQuery query = cases::query_of(filter);
    query.order_by = "updated";
    query.limit = 10;
    BOOK_ASSIGN(const auto page, view.book().find(query));
    for (const cases::Case& other : page.items)
      add(other.incident.id, "Both have the " + kind + " " + entity.value + ".");
  }
  array items;
  for (const auto& [id, reasons] : related) {
    if (items.size() >= kMostRelated) break;
    BOOK_ASSIGN(const std::optional<cases::Case> other, view.book().get(view.tenant(), id));
    if (!other) continue;
    BOOK_ASSIGN(const std::optional<SeenIncident> shown, view.see(*other, false));
    if (shown) items.emplace_back(object{{"incident", item_json(*shown)}, {"reasons", texts_json(reasons)}});
  }
  Reply reply;
  reply.body = object{{"items", std::move(items)}};
  return reply;
}

Reply incident_of_alert(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const auto both, view.alerts().get_both(call.path("id")));
  if (!both) return not_found("alert");
  object out{{"incident", nullptr}, {"member", nullptr}};
  const auto record = model::parse_alert_record(both->stored.document);
  if (record.ok()) {
    BOOK_ASSIGN(const auto where, view.book().incident_of(view.tenant(), *record));
    if (where) {
      BOOK_ASSIGN(std::optional<cases::Case> value, view.book().get(view.tenant(), where->first));
      if (value) {
        BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.see(std::move(*value), true));
        if (seen) out = {{"incident", item_json(*seen)}, {"member", where->second}};
      }
    }
  }
  Reply reply;
  reply.body = std::move(out);
  return reply;
}

}  // namespace
}  // namespace vedette::api::incidents_group

namespace vedette::api {

void add_incident_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = incidents_group;
  const auto add = [&](const char* operation, group::AnswerIncidents answer) {
    group::add_incident_handler(handlers, parts, operation, answer);
  };
  add("listIncidents", group::list_incidents);
  add("getIncidentSummary", group::summary_of_incidents);
  add("getIncident", group::get_incident);
  add("listIncidentMembers", group::list_members);
  add("listIncidentAlerts", group::list_alerts_of_incident);
  add("getIncidentHistory", group::history_of_incident);
  add("getRelatedIncidents", group::related_incidents);
  add("getIncidentOfAlert", group::incident_of_alert);
  group::add_incident_action_handlers(handlers, parts);
  group::add_incident_entry_handlers(handlers, parts);
  group::add_incident_story_handlers(handlers, parts);
  group::add_incident_setting_handlers(handlers, parts);
  group::add_entity_handlers(handlers, parts);
}

}  // namespace vedette::api
