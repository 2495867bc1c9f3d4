#include "rest/groups/incident_json.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>

#include "vedette/expr/row_predicate.hpp"

namespace vedette::api::incidents_group {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::size_t kItemEntities = 10;

object entity_json(const model::Entity& entity) {
  return {{"kind", model::entity_kind_name(entity.kind)}, {"value", entity.value}};
}

std::int64_t whole_seconds(base::TimeNs time) {
  return time / base::kNsPerSecond;
}

object clock_of_incident_json(const cases::Clock& clock, base::TimeNs now) {
  return {{"kind", cases::clock_kind_name(clock.kind)},
          {"started", time_json(clock.started)},
          {"stopped", time_json(clock.stopped)},
          {"target_seconds", clock.target == 0 ? Json(nullptr) : Json(whole_seconds(clock.target))},
          {"due", time_json(clock.due())},
          {"paused_since", time_json(clock.paused_since)},
          {"paused_seconds", whole_seconds(clock.paused_for)},
          {"elapsed_seconds", whole_seconds(clock.elapsed(now))},
          {"breached", clock.breached}};
}

const char* task_state_text(cases::Task::State state) {
  switch (state) {
    case cases::Task::State::open:
      return "open";
    case cases::Task::State::done:
      return "done";
    case cases::Task::State::skipped:
      return "skipped";
  }
  return "open";
}

object task_of_incident_json(const cases::Task& task) {
  return {{"id", task.id},
          {"title", task.title},
          {"description", task.description},
          {"assignee", text_or_none(task.assignee)},
          {"template", text_or_none(task.template_id)},
          {"state", task_state_text(task.state)},
          {"created", time_json(task.created)},
          {"due", time_json(task.due)},
          {"done", time_json(task.done)},
          {"done_by", text_or_none(task.done_by)}};
}

object pending_json(const model::IncidentCommand& command) {
  return {{"id", command.id},
          {"kind", command_kind_name(command.kind)},
          {"by", command.by},
          {"time", time_json(command.time)},
          {"incidents", texts_json(command.others)},
          {"members", texts_json(command.members)}};
}

// Closing and reopening is done for people at once.
bool is_pending(const model::IncidentCommand& command) {
  return command.kind != model::IncidentCommand::Kind::close &&
         command.kind != model::IncidentCommand::Kind::reopen;
}

base::TimeNs first_due(const cases::Case& value) {
  base::TimeNs next = 0;
  for (const cases::Clock& clock : value.clocks) {
    if (const base::TimeNs due = clock.due(); due != 0 && (next == 0 || due < next)) next = due;
  }
  return next;
}

}  // namespace

Json text_or_none(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

array texts_json(const std::vector<std::string>& texts) {
  array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

std::string_view command_kind_name(model::IncidentCommand::Kind kind) {
  using Kind = model::IncidentCommand::Kind;
  switch (kind) {
    case Kind::merge:
      return "merge";
    case Kind::split:
      return "split";
    case Kind::undo:
      return "undo";
    case Kind::close:
      return "close";
    case Kind::reopen:
      return "reopen";
  }
  return "merge";
}

array contributions_json(const std::vector<model::Contribution>& contributions) {
  array out;
  for (const model::Contribution& one : contributions)
    out.emplace_back(object{{"what", one.what}, {"points", one.points}, {"reason", one.reason}});
  return out;
}

object item_json(const SeenIncident& seen) {
  const cases::Case& value = seen.value;
  const model::Incident& incident = value.incident;
  array tactics, entities;
  for (const model::IncidentTactic& tactic : incident.tactics) tactics.emplace_back(tactic.tactic);
  for (std::size_t i = 0; i < incident.entities.size() && i < kItemEntities; ++i)
    entities.emplace_back(entity_json(incident.entities[i].entity));
  const auto breached = [](const cases::Clock& clock) { return clock.breached; };
  const auto paused = [](const cases::Clock& clock) { return clock.paused_since != 0; };
  const auto open = std::count_if(value.tasks.begin(), value.tasks.end(), [](const cases::Task& task) {
    return task.state == cases::Task::State::open;
  });
  return {{"id", incident.id},
          {"version", value.version},
          {"title", value.shown_title()},
          {"status", cases::case_status_name(value.status)},
          {"classification", text_or_none(std::string(cases::classification_name(value.classification)))},
          {"severity", model::level_name(value.shown_severity())},
          {"risk", incident.risk},
          {"owner", text_or_none(value.owner)},
          {"tlp", cases::tlp_name(value.tlp)},
          {"tags", texts_json(value.tags)},
          {"first", time_json(incident.first)},
          {"last", time_json(incident.last)},
          {"opened", time_json(incident.opened)},
          {"updated", time_json(incident.updated)},
          {"created", time_json(value.created)},
          {"closed", time_json(value.closed)},
          {"alerts", incident.alerts},
          {"members", incident.members},
          {"tactics", std::move(tactics)},
          {"techniques", texts_json(incident.techniques)},
          {"entities", std::move(entities)},
          {"due", time_json(first_due(value))},
          {"breached", std::any_of(value.clocks.begin(), value.clocks.end(), breached)},
          {"paused", std::any_of(value.clocks.begin(), value.clocks.end(), paused)},
          {"tasks_open", open},
          {"tasks_done", static_cast<std::int64_t>(value.tasks.size()) - open},
          {"by_hand", value.by_hand},
          {"pending", std::any_of(value.pending.begin(), value.pending.end(), is_pending)},
          {"merged_into", text_or_none(incident.merged_into)},
          {"reduced", seen.reduced}};
}

object whole_json(const SeenIncident& seen, base::TimeNs now) {
  const cases::Case& value = seen.value;
  const model::Incident& incident = value.incident;
  object out = item_json(seen);
  array entities, stages, clocks, tasks, pending;
  for (const model::IncidentEntity& entity : incident.entities) {
    object one = entity_json(entity.entity);
    one["alerts"] = entity.alerts;
    one["risk"] = entity.risk;
    one["first"] = time_json(entity.first);
    one["last"] = time_json(entity.last);
    entities.emplace_back(std::move(one));
  }
  for (const model::IncidentTactic& tactic : incident.tactics) {
    stages.emplace_back(object{{"tactic", tactic.tactic},
                               {"first", time_json(tactic.first)},
                               {"techniques", texts_json(tactic.techniques)}});
  }
  for (const cases::Clock& clock : value.clocks) clocks.emplace_back(clock_of_incident_json(clock, now));
  for (const cases::Task& task : value.tasks) tasks.emplace_back(task_of_incident_json(task));
  for (const model::IncidentCommand& command : value.pending) {
    if (is_pending(command)) pending.emplace_back(pending_json(command));
  }
  out["engine_title"] = incident.title;
  out["engine_severity"] = model::level_name(incident.level);
  out["summary"] = value.summary;
  out["closing_note"] = value.closing_note;
  out["changed"] = time_json(value.changed);
  out["contributions"] = contributions_json(incident.contributions);
  out["all_entities"] = std::move(entities);
  out["stages"] = std::move(stages);
  out["clocks"] = std::move(clocks);
  out["tasks"] = std::move(tasks);
  out["related"] = texts_json(value.related);
  out["merged_from"] = texts_json(incident.merged_from);
  out["split_from"] = text_or_none(incident.split_from);
  out["pending_commands"] = std::move(pending);
  return out;
}

object member_json(const model::IncidentMember& member) {
  array entities, links;
  for (const model::Entity& entity : member.entities) entities.emplace_back(entity_json(entity));
  bool by_hand = false;
  for (const model::IncidentLink& link : member.links) {
    by_hand = by_hand || link.kind == model::LinkKind::by_hand;
    links.emplace_back(object{{"kind", model::link_kind_name(link.kind)},
                              {"entity", link.entity ? Json(entity_json(*link.entity)) : Json(nullptr)},
                              {"other", text_or_none(link.other)},
                              {"weight", link.weight},
                              {"reason", link.reason}});
  }
  return {{"id", member.id},
          {"rule", object{{"id", member.rule_id}, {"title", member.rule_title}}},
          {"level", model::level_name(member.level)},
          {"group_key", text_or_none(member.group_key)},
          {"techniques", texts_json(member.techniques)},
          {"tactics", texts_json(member.tactics)},
          {"entities", std::move(entities)},
          {"first", time_json(member.first)},
          {"last", time_json(member.last)},
          {"alerts", member.alerts},
          {"alert_ids", texts_json(member.alert_ids)},
          {"evidence", member.evidence},
          {"evidence_reason", member.evidence_reason},
          {"by_hand", by_hand},
          {"links", std::move(links)}};
}

object entry_json(const cases::StoredEntry& stored) {
  const cases::Entry& entry = stored.entry;
  array custody;
  for (const cases::Entry::Custody& one : entry.custody) {
    custody.emplace_back(
        object{{"time", base::format_rfc3339(one.time)}, {"by", one.by}, {"what", one.what}});
  }
  boost::system::error_code failed;
  Json event = entry.document.empty() ? Json(nullptr) : boost::json::parse(entry.document, failed);
  if (failed) event = nullptr;
  const bool is_file = entry.kind == cases::Entry::Kind::file;
  return {{"id", entry.id},
          {"version", stored.version},
          {"incident", stored.incident},
          {"kind", cases::entry_kind_name(entry.kind)},
          {"time", base::format_rfc3339(entry.time)},
          {"written", time_json(entry.written)},
          {"edited", time_json(entry.edited)},
          {"by", text_or_none(entry.by)},
          {"text", entry.text},
          {"mentions", texts_json(entry.mentions)},
          {"event", std::move(event)},
          {"event_id", entry.event_sequence == 0 ? Json(nullptr) : Json(expr::id_text(entry.event_sequence))},
          {"alert_id", text_or_none(entry.alert_id)},
          {"file",
           is_file ? Json(object{{"name", entry.file_name}, {"size", entry.size}, {"sha256", entry.sha256}})
                   : Json(nullptr)},
          {"evidence", entry.evidence},
          {"custody", std::move(custody)}};
}

object history_json(const model::IncidentChange& change) {
  return {{"id", change.id},
          {"kind", command_kind_name(change.kind)},
          {"by", text_or_none(change.by)},
          {"time", time_json(change.time)},
          {"incident", change.incident},
          {"others", texts_json(change.others)},
          {"members", texts_json(change.members)},
          {"reason", change.reason},
          {"undone", change.undone}};
}

Reply incident_reply(const SeenIncident& seen, base::TimeNs now, int status) {
  Reply reply;
  reply.status = status;
  reply.body = whole_json(seen, now);
  reply.etag = std::to_string(seen.value.version);
  return reply;
}

Reply changed_reply(const IncidentView& view, const RestParts& parts, cases::Case value, int status) {
  BOOK_ASSIGN(const std::optional<SeenIncident> seen, view.see(std::move(value), true));
  return seen ? incident_reply(*seen, parts.now(), status) : not_found("incident");
}

Reply entry_reply(const cases::StoredEntry& entry, int status) {
  Reply reply;
  reply.status = status;
  reply.body = entry_json(entry);
  reply.etag = std::to_string(entry.version);
  return reply;
}

}  // namespace vedette::api::incidents_group
