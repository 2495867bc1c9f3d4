// Entries of the timeline that people write, evidence, and tasks.
#include <utility>

#include "rest/groups/incident_json.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/base/text.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::api::incidents_group {
namespace {

using boost::json::object;
using search_group::Body;

struct ReadTime {
  std::optional<base::TimeNs> time;
  bool wrong = false;
};
// nullopt: not there. null is 0.
ReadTime read_time_member(const Body& body, std::string_view name) {
  ReadTime out;
  const Json* value = body.find(name);
  if (value == nullptr) return out;
  if (value->is_null()) {
    out.time = 0;
    return out;
  }
  out.time = base::parse_iso8601(body.text(name));
  out.wrong = !out.time;
  return out;
}

Reply add_entry(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  const Body body(call.body());
  cases::NewEntry entry;
  const std::string kind = body.text("kind");
  if (kind == "note") entry.kind = cases::Entry::Kind::note;
  if (kind == "handover") entry.kind = cases::Entry::Kind::handover;
  entry.text = body.text("text");
  entry.evidence = body.flag("evidence");
  const ReadTime time = read_time_member(body, "time");
  if (time.wrong) return invalid_input("/time", "is no time");
  entry.time = time.time.value_or(0);
  call.target("incidents/" + seen->value.incident.id);
  call.note("kind", kind);
  BOOK_ASSIGN(const cases::StoredEntry stored,
              view.book().add_entry(actor_of(call, parts), seen->value.incident.id, entry));
  return entry_reply(stored, 201);
}

struct FoundEntry {
  SeenIncident incident;
  cases::StoredEntry entry;
};
// The entry as it is seen; nullopt: not there.
base::Result<std::optional<FoundEntry>> find_entry(const IncidentView& view, const Call& call) {
  std::optional<FoundEntry> out;
  TRY_ASSIGN(std::optional<SeenIncident> incident, view.get(call.path("id")));
  if (!incident) return out;
  TRY_ASSIGN(std::optional<cases::StoredEntry> entry,
             view.book().entry(view.tenant(), incident->value.incident.id, call.path("entry")));
  if (!entry) return out;
  TRY_ASSIGN(std::optional<cases::StoredEntry> seen, view.see(std::move(*entry), *incident));
  if (seen) out = FoundEntry{std::move(*incident), std::move(*seen)};
  return out;
}

Reply update_entry(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<FoundEntry> found, find_entry(view, call));
  if (!found) return not_found("entry");
  WantedVersion wanted = wanted_version(call);
  if (wanted.refusal) return std::move(*wanted.refusal);
  const Body body(call.body());
  cases::EntryChange change;
  if (body.find("text") != nullptr) change.text = body.text("text");
  if (body.find("evidence") != nullptr) change.evidence = body.flag("evidence");
  const ReadTime time = read_time_member(body, "time");
  if (time.wrong) return invalid_input("/time", "is no time");
  change.time = time.time;
  call.target("incidents/" + found->entry.incident);
  call.note("entry", found->entry.entry.id);
  BOOK_ASSIGN(cases::StoredEntry changed,
              view.book().update_entry(actor_of(call, parts), found->entry.incident, found->entry.entry.id,
                                       wanted.version, change));
  BOOK_ASSIGN(const auto shown, view.see(std::move(changed), found->incident));
  return shown ? entry_reply(*shown, 200) : not_found("entry");
}

Reply delete_entry(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<FoundEntry> found, find_entry(view, call));
  if (!found) return not_found("entry");
  call.target("incidents/" + found->entry.incident);
  call.note("entry", found->entry.entry.id);
  const base::Status done =
      view.book().remove_entry(actor_of(call, parts), found->entry.incident, found->entry.entry.id);
  if (!done.ok()) return problem_of_book(done.error());
  Reply reply;
  reply.status = 204;
  return reply;
}

// --- evidence ---

struct FoundEvent {
  std::string document;
  std::uint64_t sequence = 0;
  base::TimeNs time = 0;
};

Reply add_event_evidence(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  const Body body(call.body());
  model::SearchRequest request;
  request.filter = search_group::field_is("_id", model::MatchOp::equals, body.text("event"));
  request.filter.test.case_sensitive = true;
  request.limit = 1;
  request.limits = search_group::limits_of(parts.options);
  std::optional<FoundEvent> found;
  const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    if (!batch || batch->size() == 0) return true;
    found.emplace();
    search_group::append_row(found->document, (*batch)[0], {});
    found->sequence = (*batch)[0].sequence();
    found->time = (*batch)[0].time();
    return false;
  };
  REPLY_ASSIGN(const model::SearchResult result, call.events().search(request, sink, call.cancellation()));
  (void)result;
  if (!found) return invalid_input("/event", "names no event that you see");
  // Kept without fields that this principal must not see: the copy is no way round a mask.
  call.target("incidents/" + seen->value.incident.id);
  call.note("event", body.text("event"));
  BOOK_ASSIGN(const cases::StoredEntry stored,
              view.book().add_event(actor_of(call, parts), seen->value.incident.id, found->sequence,
                                    std::move(found->document), found->time, body.text("text")));
  return entry_reply(stored, 201);
}

Reply add_file_evidence(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  const std::string name(call.query("name").value_or("")), text(call.query("text").value_or(""));
  call.target("incidents/" + seen->value.incident.id);
  call.note("file", name);
  BOOK_ASSIGN(
      const cases::StoredEntry stored,
      view.book().add_file(actor_of(call, parts), seen->value.incident.id, name, call.raw_body(), text));
  return entry_reply(stored, 201);
}

// RFC 6266: a plain name, and the whole one in UTF-8.
std::string attachment_header(const std::string& name) {
  std::string plain, encoded;
  for (const char c : name) {
    plain += base::is_alnum(c) || c == '.' || c == '-' || c == '_' ? c : '_';
    if (base::is_alnum(c) || c == '.' || c == '-' || c == '_') {
      encoded += c;
    } else {
      encoded += '%' + base::hex_encode({&c, 1});
    }
  }
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
}

Reply file_of_entry(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<FoundEntry> found, find_entry(view, call));
  if (!found || found->entry.entry.kind != cases::Entry::Kind::file) return not_found("file");
  if (!view.unrestricted()) {
    return problem(403, "reduced",
                   "Files may hold what you must not see: they are taken by who sees everything.");
  }
  call.target("incidents/" + found->entry.incident);
  call.note("file", found->entry.entry.file_name);
  call.note("sha256", found->entry.entry.sha256);
  auto taken = view.book().take_file(actor_of(call, parts), found->entry.incident, found->entry.entry.id);
  if (!taken.ok() && taken.error().code == base::ErrorCode::corrupt)
    return problem(409, "damaged", "The file is not as it was when it was added: " + taken.error().message);
  if (!taken.ok()) return problem_of_book(taken.error());
  Reply reply;
  reply.raw = std::move(taken->second);
  reply.content_type = "application/octet-stream";
  reply.headers = {{"Content-Disposition", attachment_header(taken->first.entry.file_name)},
                   {"X-Content-Type-Options", "nosniff"},
                   {"X-Vedette-SHA256", taken->first.entry.sha256}};
  return reply;
}

// --- tasks ---

Reply add_task(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  const Body body(call.body());
  cases::Task task;
  task.title = body.text("title");
  task.description = body.text("description");
  BOOK_ASSIGN(const auto assignee, user_name_of(call, parts, body.text("assignee")));
  if (!assignee) return invalid_input("/assignee", "is no user of the tenant; give a user's name or id");
  task.assignee = *assignee;
  const ReadTime due = read_time_member(body, "due");
  if (due.wrong) return invalid_input("/due", "is no time");
  task.due = due.time.value_or(0);
  call.target("incidents/" + seen->value.incident.id);
  call.note("task", task.title);
  BOOK_ASSIGN(cases::Case changed,
              view.book().add_task(actor_of(call, parts), seen->value.incident.id, std::move(task)));
  return changed_reply(view, parts, std::move(changed), 201);
}

Reply update_task(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  const Body body(call.body());
  cases::TaskChange change;
  if (body.find("title") != nullptr) change.title = body.text("title");
  if (body.find("description") != nullptr) change.description = body.text("description");
  if (body.find("assignee") != nullptr) {
    BOOK_ASSIGN(const auto assignee, user_name_of(call, parts, body.text("assignee")));
    if (!assignee) return invalid_input("/assignee", "is no user of the tenant; give a user's name or id");
    change.assignee = *assignee;
  }
  const ReadTime due = read_time_member(body, "due");
  if (due.wrong) return invalid_input("/due", "is no time");
  change.due = due.time;
  if (const std::string state = body.text("state"); !state.empty()) {
    change.state = state == "done"      ? cases::Task::State::done
                   : state == "skipped" ? cases::Task::State::skipped
                                        : cases::Task::State::open;
  }
  call.target("incidents/" + seen->value.incident.id);
  call.note("task", call.path("task"));
  BOOK_ASSIGN(cases::Case changed, view.book().update_task(actor_of(call, parts), seen->value.incident.id,
                                                           call.path("task"), change));
  return changed_reply(view, parts, std::move(changed));
}

Reply delete_task(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  call.target("incidents/" + seen->value.incident.id);
  call.note("task", call.path("task"));
  BOOK_ASSIGN(const cases::Case changed,
              view.book().remove_task(actor_of(call, parts), seen->value.incident.id, call.path("task")));
  (void)changed;
  Reply reply;
  reply.status = 204;
  return reply;
}

Reply apply_template(Call& call, const RestParts& parts) {
  const IncidentView view(parts, call);
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.get(call.path("id")));
  if (!seen) return not_found("incident");
  const std::string id = Body(call.body()).text("template");
  call.target("incidents/" + seen->value.incident.id);
  call.note("template", id);
  BOOK_ASSIGN(cases::Case changed,
              view.book().apply_template(actor_of(call, parts), seen->value.incident.id, id));
  return changed_reply(view, parts, std::move(changed), 201);
}

}  // namespace

void add_incident_entry_handlers(HandlerTable& handlers, const RestParts& parts) {
  const auto add = [&](const char* operation, AnswerIncidents answer) {
    add_incident_handler(handlers, parts, operation, answer);
  };
  add("addIncidentEntry", add_entry);
  add("updateIncidentEntry", update_entry);
  add("deleteIncidentEntry", delete_entry);
  add("addEventEvidence", add_event_evidence);
  add("addFileEvidence", add_file_evidence);
  add("getIncidentFile", file_of_entry);
  add("addIncidentTask", add_task);
  add("updateIncidentTask", update_task);
  add("deleteIncidentTask", delete_task);
  add("applyTaskTemplate", apply_template);
}

}  // namespace vedette::api::incidents_group
