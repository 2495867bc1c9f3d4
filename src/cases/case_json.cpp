#include "case_json.hpp"

#include "vedette/cases/case.hpp"

namespace vedette::cases {
namespace {

std::string_view task_state_name(Task::State state) {
  switch (state) {
    case Task::State::open:
      return "open";
    case Task::State::done:
      return "done";
    case Task::State::skipped:
      return "skipped";
  }
  return "open";
}

std::string task_json(const Task& task) {
  std::string text;
  RecordWriter out(text);
  out.text("id", task.id);
  out.text("title", task.title);
  out.text("description", task.description);
  out.text("assignee", task.assignee);
  out.text("template", task.template_id);
  if (task.state != Task::State::open) out.text("state", task_state_name(task.state));
  out.number("created", task.created);
  out.number("due", task.due);
  out.number("done", task.done);
  out.text("done_by", task.done_by);
  out.end();
  return text;
}

bool read_task(const CaseElement& element, Task& out) {
  return each_member_of(element, [&](std::string_view key, const CaseElement& value) {
    if (key == "id") return read_member(value, out.id);
    if (key == "title") return read_member(value, out.title);
    if (key == "description") return read_member(value, out.description);
    if (key == "assignee") return read_member(value, out.assignee);
    if (key == "template") return read_member(value, out.template_id);
    if (key == "state") return read_name(value, out.state, 3, task_state_name);
    if (key == "created") return read_member(value, out.created);
    if (key == "due") return read_member(value, out.due);
    if (key == "done") return read_member(value, out.done);
    return key == "done_by" && read_member(value, out.done_by);
  });
}

std::string clock_json(const Clock& clock) {
  std::string text;
  RecordWriter out(text);
  out.text("kind", clock_kind_name(clock.kind));
  out.number("started", clock.started);
  out.number("stopped", clock.stopped);
  out.number("target", clock.target);
  out.number("paused_since", clock.paused_since);
  out.number("paused_for", clock.paused_for);
  out.flag("breached", clock.breached);
  out.end();
  return text;
}

bool read_clock(const CaseElement& element, Clock& out) {
  return each_member_of(element, [&](std::string_view key, const CaseElement& value) {
    if (key == "kind") return read_name(value, out.kind, 4, clock_kind_name);
    if (key == "started") return read_member(value, out.started);
    if (key == "stopped") return read_member(value, out.stopped);
    if (key == "target") return read_member(value, out.target);
    if (key == "paused_since") return read_member(value, out.paused_since);
    if (key == "paused_for") return read_member(value, out.paused_for);
    return key == "breached" && read_member(value, out.breached);
  });
}

std::string custody_json(const Entry::Custody& custody) {
  std::string text;
  RecordWriter out(text);
  out.number("time", custody.time);
  out.text("by", custody.by);
  out.text("what", custody.what);
  out.end();
  return text;
}

bool read_custody(const CaseElement& element, Entry::Custody& out) {
  return each_member_of(element, [&](std::string_view key, const CaseElement& value) {
    if (key == "time") return read_member(value, out.time);
    if (key == "by") return read_member(value, out.by);
    return key == "what" && read_member(value, out.what);
  });
}

// The parsers of model have a document of their own, so that these of ours stay valid.
bool read_incident(const CaseElement& element, model::Incident& out) {
  auto incident = model::parse_incident(simdjson::to_string(element));
  if (!incident.ok()) return false;
  out = std::move(*incident);
  return true;
}
bool read_pending(const CaseElement& element, model::IncidentCommand& out) {
  auto command = model::parse_incident_command(simdjson::to_string(element));
  if (!command.ok()) return false;
  out = std::move(*command);
  return true;
}

bool read_case_member(std::string_view key, const CaseElement& value, Case& out) {
  if (key == "incident") return read_incident(value, out.incident);
  if (key == "status") return read_name(value, out.status, 5, case_status_name);
  if (key == "classification") return read_name(value, out.classification, 6, classification_name);
  if (key == "closing_note") return read_member(value, out.closing_note);
  if (key == "owner") return read_member(value, out.owner);
  if (key == "severity") return read_member(value, out.severity.emplace());
  if (key == "title") return read_member(value, out.title);
  if (key == "summary") return read_member(value, out.summary);
  if (key == "tags") return read_member(value, out.tags);
  if (key == "tlp") return read_name(value, out.tlp, 5, tlp_name);
  if (key == "tasks") return read_list(value, out.tasks, read_task);
  if (key == "clocks") return read_list(value, out.clocks, read_clock);
  if (key == "related") return read_member(value, out.related);
  if (key == "pending") return read_list(value, out.pending, read_pending);
  if (key == "by_hand") return read_member(value, out.by_hand);
  if (key == "created") return read_member(value, out.created);
  if (key == "changed") return read_member(value, out.changed);
  return key == "closed" && read_member(value, out.closed);
}

bool read_entry_member(std::string_view key, const CaseElement& value, Entry& out) {
  if (key == "id") return read_member(value, out.id);
  if (key == "kind") return read_name(value, out.kind, 8, entry_kind_name);
  if (key == "time") return read_member(value, out.time);
  if (key == "written") return read_member(value, out.written);
  if (key == "edited") return read_member(value, out.edited);
  if (key == "by") return read_member(value, out.by);
  if (key == "text") return read_member(value, out.text);
  if (key == "mentions") return read_member(value, out.mentions);
  if (key == "event_sequence") return read_member(value, out.event_sequence);
  if (key == "alert_id") return read_member(value, out.alert_id);
  if (key == "document") return read_member(value, out.document);
  if (key == "file_name") return read_member(value, out.file_name);
  if (key == "sha256") return read_member(value, out.sha256);
  if (key == "size") return read_member(value, out.size);
  if (key == "evidence") return read_member(value, out.evidence);
  return key == "custody" && read_list(value, out.custody, read_custody);
}

}  // namespace

std::string to_json(const Case& value) {
  std::string text;
  RecordWriter out(text);
  out.raw("incident", model::to_json(value.incident));
  out.text("status", case_status_name(value.status));
  out.text("classification", classification_name(value.classification));
  out.text("closing_note", value.closing_note);
  out.text("owner", value.owner);
  if (value.severity) out.text("severity", model::level_name(*value.severity));
  out.text("title", value.title);
  out.text("summary", value.summary);
  out.texts("tags", value.tags);
  out.text("tlp", tlp_name(value.tlp));
  out.list("tasks", value.tasks, task_json);
  out.list("clocks", value.clocks, clock_json);
  out.texts("related", value.related);
  out.list("pending", value.pending,
           [](const model::IncidentCommand& command) { return model::to_json(command); });
  out.flag("by_hand", value.by_hand);
  out.number("created", value.created);
  out.number("changed", value.changed);
  out.number("closed", value.closed);
  out.end();
  return text;
}

base::Result<Case> parse_case(std::string_view json) {
  Case out;
  TRY(read_record(json, "case", [&](std::string_view key, const CaseElement& value) {
    return read_case_member(key, value, out);
  }));
  if (out.incident.id.empty()) return corrupt_record("case", "has no incident");
  return out;
}

std::string to_json(const Entry& value) {
  std::string text;
  RecordWriter out(text);
  out.text("id", value.id);
  out.text("kind", entry_kind_name(value.kind));
  out.number("time", value.time);
  out.number("written", value.written);
  out.number("edited", value.edited);
  out.text("by", value.by);
  out.text("text", value.text);
  out.texts("mentions", value.mentions);
  out.number("event_sequence", value.event_sequence);
  out.text("alert_id", value.alert_id);
  out.text("document", value.document);
  out.text("file_name", value.file_name);
  out.text("sha256", value.sha256);
  out.number("size", value.size);
  out.flag("evidence", value.evidence);
  out.list("custody", value.custody, custody_json);
  out.end();
  return text;
}

base::Result<Entry> parse_entry(std::string_view json) {
  Entry out;
  TRY(read_record(json, "timeline entry", [&](std::string_view key, const CaseElement& value) {
    return read_entry_member(key, value, out);
  }));
  if (out.id.empty()) return corrupt_record("timeline entry", "has no id");
  return out;
}

}  // namespace vedette::cases
