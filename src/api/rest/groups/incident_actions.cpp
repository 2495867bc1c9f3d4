// What people do with incidents as a whole: status, owner, severity; many at once; merges, splits, pauses.
#include <algorithm>

#include "rest/groups/incident_filter.hpp"
#include "rest/groups/incident_json.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::incidents_group {
namespace {

using boost::json::object;
using search_group::Body;

struct ReadCaseChange {
  cases::CaseChange change;
  std::optional<Reply> refusal;
};

// A text, or "" for null; nullopt: not there.
std::optional<std::string> text_if_there(const Body& body, std::string_view name) {
  if (body.find(name) == nullptr) return std::nullopt;
  return body.text(name);
}

ReadCaseChange read_case_change(Call& call, const RestParts& parts, const Body& body,
                                const std::string& place) {
  ReadCaseChange out;
  cases::CaseChange& change = out.change;
  const auto refuse = [&](const char* name, const std::string& message) {
    out.refusal = invalid_input(place + name, message);
    return out;
  };
  if (const auto name = text_if_there(body, "status")) {
    change.status = read_case_status(*name);
    if (!change.status) return refuse("status", "is no status");
  }
  if (const auto name = text_if_there(body, "classification")) {
    change.classification = read_classification(*name);
    if (!change.classification) return refuse("classification", "is no classification");
  }
  if (const auto name = text_if_there(body, "severity")) {
    std::optional<model::Level> severity;
    if (!name->empty() && !model::parse_level(*name, severity.emplace()))
      return refuse("severity", "is no severity");
    change.severity = severity;
  }
  if (const auto name = text_if_there(body, "tlp")) {
    change.tlp = read_tlp(*name);
    if (!change.tlp) return refuse("tlp", "is no TLP");
  }
  if (const auto owner = text_if_there(body, "owner")) {
    const auto name = user_name_of(call, parts, *owner);
    if (!name.ok()) return refuse("owner", name.error().message);
    if (!*name) return refuse("owner", "is no user of the tenant; give a user's name or id");
    change.owner = **name;
  }
  change.closing_note = text_if_there(body, "closing_note");
  change.title = text_if_there(body, "title");
  change.summary = text_if_there(body, "summary");
  if (body.find("tags") != nullptr) change.tags = body.texts("tags");
  if (body.find("related") != nullptr) change.related = body.texts("related");
  return out;
}

// Texts that are seen with values taken out would be written back without them.
std::optional<Reply> would_lose(const IncidentView& view, const SeenIncident& seen,
                                const cases::CaseChange& change) {
  if (view.unrestricted() || seen.hidden.empty()) return std::nullopt;
  if (!change.title && !change.summary && !change.tags) return std::nullopt;
  return problem(403, "reduced",
                 "You do not see all of this incident: title, summary and tags are changed by who does.");
}

Reply update_incident(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  ReadCaseChange read = read_case_change(call, parts, Body(call.body()), "/");
  if (read.refusal) return std::move(*read.refusal);
  WantedVersion wanted = wanted_version(call);
  if (wanted.refusal) return std::move(*wanted.refusal);
  if (auto refused = would_lose(view, *seen, read.change)) return std::move(*refused);
  if (read.change.related) {
    for (const std::string& id : *read.change.related) {
      BOOK_ASSIGN(const auto other, view.get(id));
      if (!other) return invalid_input("/related", "names no incident " + id);
    }
  }
  const std::string& id = seen->value.incident.id;
  call.target("incidents/" + id);
  call.note("change", boost::json::serialize(call.body()));
  BOOK_ASSIGN(cases::Case changed,
              view.book().update(actor_of(call, parts), id, wanted.version, read.change));
  return changed_reply(view, parts, std::move(changed));
}

// --- many at once ---

struct PickedIncidents {
  std::vector<std::string> ids;
  bool more = false;
};

std::optional<Reply> pick_by_filter(Call& call, const RestParts& parts, const IncidentView& view,
                                    const Json& filter_json, PickedIncidents& out) {
  const Body members(filter_json);
  std::optional<double> risk;
  if (const Json* value = members.find("risk"); value && value->is_number())
    risk = value->to_number<double>();
  std::optional<bool> breached;
  if (members.find("breached") != nullptr) breached = members.flag("breached");
  const auto filter =
      read_incident_filter([&](std::string_view name) { return members.text(name); }, members.texts("status"),
                           risk, breached, members.flag("merged"), parts.now(), "/filter/");
  if (!filter.ok()) return problem_of(filter.refusal());
  ports::RecordQuery query = scoped_query(view, *filter);
  query.limit = 200;
  for (std::size_t looked_at = 0; looked_at < 2'000 && !call.cancellation().cancelled();) {
    const auto page = view.book().find(query);
    if (!page.ok()) return problem_of_book(page.error());
    for (const cases::Case& value : page->items) {
      const auto seen = view.see(value, false);
      if (!seen.ok()) return problem_of_book(seen.error());
      if (!*seen || !passes_filter(**seen, *filter)) continue;
      if (out.ids.size() >= cases::kMaxBulk) {
        out.more = true;
        return std::nullopt;
      }
      out.ids.push_back(value.incident.id);
    }
    looked_at += page->items.size();
    query.after = page->next;
    if (query.after.empty()) return std::nullopt;
  }
  out.more = true;
  return std::nullopt;
}

std::optional<Reply> pick_incidents(Call& call, const RestParts& parts, const IncidentView& view,
                                    PickedIncidents& out) {
  const Body body(call.body());
  const std::vector<std::string> ids = body.texts("ids");
  const Json* filter = body.find("filter");
  if (ids.empty() == (filter == nullptr || !filter->is_object()))
    return invalid_input("/ids", "or a filter must be given, and not both");
  if (ids.empty()) return pick_by_filter(call, parts, view, *filter, out);
  if (ids.size() > cases::kMaxBulk) return invalid_input("/ids", "may be 500 at most");
  for (const std::string& id : ids) {
    if (std::find(out.ids.begin(), out.ids.end(), id) != out.ids.end()) continue;
    const auto value = view.book().get(view.tenant(), id);
    if (!value.ok()) return problem_of_book(value.error());
    if (!*value) {
      out.ids.push_back(id);  // skipped, and counted as such
      continue;
    }
    const auto seen = view.see(**value, false);
    if (!seen.ok()) return problem_of_book(seen.error());
    out.ids.push_back(*seen ? id : std::string());
  }
  return std::nullopt;
}

Reply update_incidents(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  const Body body(call.body());
  const Json* wanted = body.find("change");
  if (wanted == nullptr) return invalid_input("/change", "is missing");
  ReadCaseChange read = read_case_change(call, parts, Body(*wanted), "/change/");
  if (read.refusal) return std::move(*read.refusal);
  if (read.change.empty()) return invalid_input("/change", "changes nothing");
  if (read.change.tags && !view.unrestricted())
    return problem(403, "reduced", "Tags of many incidents are changed by who sees all of them.");
  PickedIncidents picked;
  if (auto refused = pick_incidents(call, parts, view, picked)) return std::move(*refused);
  call.target("incidents");
  call.note("change", boost::json::serialize(*wanted));
  std::string ids;
  for (const std::string& id : picked.ids) ids += (ids.empty() ? "" : " ") + id;
  call.note("incidents", ids);
  BOOK_ASSIGN(const auto outcome, view.book().update_many(actor_of(call, parts), picked.ids, read.change));
  Reply reply;
  reply.body = object{{"undo_token", text_or_none(outcome.undo_token)},
                      {"changed", outcome.changed},
                      {"skipped", outcome.skipped},
                      {"more", picked.more}};
  return reply;
}

Reply undo_incidents(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  call.target("incidents");
  BOOK_ASSIGN(const auto outcome,
              view.book().undo_many(actor_of(call, parts), Body(call.body()).text("undo_token")));
  Reply reply;
  reply.body = object{{"restored", outcome.changed}, {"skipped", outcome.skipped}};
  return reply;
}

// --- by hand ---

Reply create_incident(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  const Body body(call.body());
  std::vector<model::AlertRecord> alerts;
  for (const std::string& id : body.texts("alerts")) {
    BOOK_ASSIGN(const auto both, view.alerts().get_both(id));
    if (!both) return invalid_input("/alerts", "names no alert " + id);
    auto record = model::parse_alert_record(both->stored.document);
    if (!record.ok()) return problem(409, "unreadable", "the record of the alert " + id + " is damaged");
    BOOK_ASSIGN(const auto where, view.book().incident_of(view.tenant(), *record));
    if (where) return problem(409, "taken", "the alert " + id + " is in the incident " + where->first);
    alerts.push_back(std::move(*record));
  }
  ReadCaseChange read = read_case_change(call, parts, body, "/");
  if (read.refusal) return std::move(*read.refusal);
  cases::NewIncident wanted;
  wanted.title = body.text("title");
  wanted.summary = body.text("summary");
  wanted.owner = read.change.owner.value_or("");
  if (read.change.severity) wanted.severity = *read.change.severity;
  wanted.tags = body.texts("tags");
  wanted.tlp = read.change.tlp.value_or(cases::Tlp::amber);
  call.target("incidents");
  call.note("title", wanted.title);
  BOOK_ASSIGN(cases::Case made, view.book().create(actor_of(call, parts), wanted, alerts));
  const std::string id = made.incident.id;
  Reply reply = changed_reply(view, parts, std::move(made), 201);
  reply.headers.emplace_back("Location", "/api/v1/incidents/" + id);
  return reply;
}

// --- clocks ---

Reply pause_incident(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  const std::string reason = Body(call.body()).text("reason");
  call.target("incidents/" + seen->value.incident.id);
  call.note("reason", reason);
  BOOK_ASSIGN(cases::Case changed, view.book().pause(actor_of(call, parts), seen->value.incident.id, reason));
  return changed_reply(view, parts, std::move(changed));
}

Reply resume_incident(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  call.target("incidents/" + seen->value.incident.id);
  BOOK_ASSIGN(cases::Case changed, view.book().resume(actor_of(call, parts), seen->value.incident.id));
  return changed_reply(view, parts, std::move(changed));
}

// --- what the engine does ---

// Only who sees the whole incident may tell the engine what to do with its parts.
std::optional<Reply> needs_whole(const IncidentView& view) {
  if (view.unrestricted()) return std::nullopt;
  return problem(403, "reduced", "Incidents are merged and split by who sees all of them.");
}

Reply merge_incidents(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  if (auto refused = needs_whole(view)) return std::move(*refused);
  const Body body(call.body());
  const std::vector<std::string> others = body.texts("others");
  const std::string id(call.path("id"));
  call.target("incidents/" + id);
  call.note("others", boost::json::serialize(*body.find("others")));
  BOOK_ASSIGN(cases::Case changed, view.book().merge(actor_of(call, parts), id, others, body.text("reason")));
  return changed_reply(view, parts, std::move(changed), 202);
}

Reply split_incident(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  if (auto refused = needs_whole(view)) return std::move(*refused);
  const Body body(call.body());
  const std::string id(call.path("id"));
  call.target("incidents/" + id);
  call.note("members", boost::json::serialize(*body.find("members")));
  BOOK_ASSIGN(cases::Case changed,
              view.book().split(actor_of(call, parts), id, body.texts("members"), body.text("reason")));
  return changed_reply(view, parts, std::move(changed), 202);
}

Reply undo_history(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  if (auto refused = needs_whole(view)) return std::move(*refused);
  const std::string id(call.path("id"));
  call.target("incidents/" + id);
  call.note("change", call.path("change"));
  BOOK_ASSIGN(cases::Case changed, view.book().undo(actor_of(call, parts), id, call.path("change")));
  return changed_reply(view, parts, std::move(changed), 202);
}

}  // namespace

void add_incident_action_handlers(HandlerTable& handlers, const RestParts& parts) {
  const auto add = [&](const char* operation, AnswerIncidents answer) {
    add_incident_handler(handlers, parts, operation, answer);
  };
  add("updateIncident", update_incident);
  add("updateIncidents", update_incidents);
  add("undoIncidentChange", undo_incidents);
  add("createIncident", create_incident);
  add("pauseIncident", pause_incident);
  add("resumeIncident", resume_incident);
  add("mergeIncidents", merge_incidents);
  add("splitIncident", split_incident);
  add("undoIncidentHistory", undo_history);
}

}  // namespace vedette::api::incidents_group
