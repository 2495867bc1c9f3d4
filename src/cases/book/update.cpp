// What people change of a case, one or many at once, and back again.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "book/book_records.hpp"
#include "case_json.hpp"
#include "clocks.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

using ports::RecordWrite;

constexpr base::TimeNs kUndoAge = 24LL * 3600 * base::kNsPerSecond;

void append_part(std::string& text, std::string_view name, std::string_view before, std::string_view after) {
  const auto shown = [](std::string_view value) {
    return value.empty() ? std::string("none") : std::string(value.substr(0, 500));
  };
  if (!text.empty()) text += "; ";
  text += fmt::format("{}: {} -> {}", name, shown(before), shown(after));
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

void set_text(std::string& text, const char* name, std::string& value, const std::string& wanted) {
  if (value == wanted) return;
  append_part(text, name, value, wanted);
  value = wanted;
}

// Texts of several lines: that they changed is said, not how.
void set_long_text(std::string& text, const char* name, std::string& value, const std::string& wanted) {
  if (value == wanted) return;
  if (!text.empty()) text += "; ";
  text += fmt::format("{} {}", name, wanted.empty() ? "removed" : value.empty() ? "written" : "changed");
  value = wanted;
}

void set_texts(std::string& text, const char* name, std::vector<std::string>& value,
               std::vector<std::string> wanted) {
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  if (value == wanted) return;
  append_part(text, name, joined(value), joined(wanted));
  value = std::move(wanted);
}

model::IncidentCommand tell_engine(const Actor& actor, const Case& value, model::IncidentCommand::Kind kind) {
  model::IncidentCommand command;
  command.id = random_id();
  command.kind = kind;
  command.tenant = value.incident.tenant;
  command.incident = value.incident.id;
  command.by = actor.name;
  command.time = actor.now;
  return command;
}

base::Status move_status(const Actor& actor, Case& value, const CaseChange& change, PlannedChange& plan) {
  const CaseStatus before = value.status, wanted = change.status.value_or(before);
  if (wanted != before && !may_go(before, wanted)) {
    return refuse(fmt::format("an incident that is {} cannot become {}", case_status_name(before),
                              case_status_name(wanted)));
  }
  const bool closes = wanted == CaseStatus::closed && before != CaseStatus::closed;
  const bool reopens = before == CaseStatus::closed && wanted != CaseStatus::closed;
  if (closes && change.classification.value_or(Classification::none) == Classification::none)
    return refuse("closing needs a classification");
  if (closes && base::trim(change.closing_note.value_or("")).empty())
    return refuse("closing needs a closing note");
  if (!closes && wanted != CaseStatus::closed &&
      change.classification.value_or(Classification::none) != Classification::none)
    return refuse("a classification is given when an incident is closed");
  if (wanted == CaseStatus::closed && change.classification == Classification::none)
    return refuse("a closed incident has a classification");
  if (wanted != before) append_part(plan.text, "status", case_status_name(before), case_status_name(wanted));
  value.status = wanted;
  if (closes) value.closed = actor.now;
  if (reopens) {
    append_part(plan.text, "classification", classification_name(value.classification), "");
    value.classification = Classification::none;
    value.closing_note.clear();
    value.closed = 0;
  }
  if (change.classification && !reopens && value.classification != *change.classification) {
    append_part(plan.text, "classification", classification_name(value.classification),
                classification_name(*change.classification));
    value.classification = *change.classification;
  }
  if (change.closing_note && wanted == CaseStatus::closed)
    set_long_text(plan.text, "closing note", value.closing_note, *change.closing_note);
  using Kind = model::IncidentCommand::Kind;
  if ((closes || reopens) && !value.by_hand)
    plan.commands.push_back(tell_engine(actor, value, closes ? Kind::close : Kind::reopen));
  return base::ok_status();
}

base::Status check_texts(const CaseChange& change) {
  const auto too_long = [](const std::optional<std::string>& text, std::size_t most) {
    return text && text->size() > most;
  };
  if (too_long(change.title, 1'000)) return refuse("the title is too long");
  if (too_long(change.summary, 200'000)) return refuse("the summary is too long");
  if (too_long(change.closing_note, 40'000)) return refuse("the closing note is too long");
  if (too_long(change.owner, 512)) return refuse("the owner's name is too long");
  if (change.tags && change.tags->size() > 50) return refuse("an incident has at most 50 tags");
  if (change.related && change.related->size() > 100)
    return refuse("an incident names at most 100 related ones");
  return base::ok_status();
}

base::Status set_severity(const ports::RecordStore& records, Case& value,
                          std::optional<model::Level> severity, PlannedChange& plan) {
  const model::Level before = value.shown_severity();
  value.severity = severity;
  if (value.shown_severity() == before) return base::ok_status();
  append_part(plan.text, "severity", model::level_name(before), model::level_name(value.shown_severity()));
  TRY_ASSIGN(const auto policy, policy_of(records, value.incident.tenant, value.shown_severity()));
  set_targets(value.clocks, policy ? &*policy : nullptr);
  return base::ok_status();
}

void write_change(const Actor& actor, const Case& value, std::string text, std::vector<RecordWrite>& writes) {
  writes.push_back(
      write_of(change_entry(actor, std::move(text)), value.incident.id, value.incident.tenant, 0));
}

// Of a bulk change: what an incident was before, as far as it can be put back.
std::string undo_json(Case before, base::TimeNs changed) {
  model::Incident named;
  named.id = before.incident.id;
  before.incident = std::move(named);
  before.summary.clear();
  before.tasks.clear();
  before.pending.clear();
  std::string text;
  RecordWriter out(text);
  out.number("changed", changed);
  out.text("case", to_json(before));
  out.end();
  return text;
}
bool read_undo(const CaseElement& element, std::pair<std::string, base::TimeNs>& out) {
  return each_member_of(element, [&](std::string_view key, const CaseElement& value) {
    if (key == "case") return read_member(value, out.first);
    return key == "changed" && read_member(value, out.second);
  });
}

void put_back(Case& value, const Case& before) {
  value.status = before.status;
  value.classification = before.classification;
  value.closing_note = before.closing_note;
  value.owner = before.owner;
  value.severity = before.severity;
  value.tags = before.tags;
  value.tlp = before.tlp;
  value.clocks = before.clocks;
  value.closed = before.closed;
}

base::Status drop_expired_undo(const ports::RecordStore& records, base::TimeNs now,
                               std::vector<RecordWrite>& writes) {
  ports::RecordQuery query;
  query.collection = "incident_undo";
  query.tests.push_back({"expires", ports::ColumnTest::Op::less, {now}});
  query.limit = 200;
  TRY_ASSIGN(const ports::RecordPage page, records.find(query));
  for (const ports::StoredRecord& record : page.records) {
    RecordWrite write;
    write.kind = RecordWrite::Kind::remove;
    write.collection = "incident_undo";
    write.id = record.id;
    writes.push_back(std::move(write));
  }
  return base::ok_status();
}

void send_all(IncidentCommands* commands, std::span<const model::IncidentCommand> all) {
  if (commands == nullptr) return;
  // What cannot be sent now is sent again by check_pending.
  for (const model::IncidentCommand& command : all) (void)commands->send(command);
}

}  // namespace

base::Result<PlannedChange> plan_change(const ports::RecordStore& records, const Actor& actor, Case& value,
                                        const CaseChange& change) {
  PlannedChange plan;
  TRY(check_texts(change));
  TRY(move_status(actor, value, change, plan));
  if (change.owner) set_text(plan.text, "owner", value.owner, *change.owner);
  if (change.severity) TRY(set_severity(records, value, *change.severity, plan));
  if (change.title) set_text(plan.text, "title", value.title, *change.title);
  if (change.summary) set_long_text(plan.text, "summary", value.summary, *change.summary);
  if (change.tags) set_texts(plan.text, "tags", value.tags, *change.tags);
  if (change.related) set_texts(plan.text, "related", value.related, *change.related);
  if (change.tlp && *change.tlp != value.tlp) {
    append_part(plan.text, "TLP", tlp_name(value.tlp), tlp_name(*change.tlp));
    value.tlp = *change.tlp;
  }
  follow_status(value, actor.now);
  for (const auto& command : plan.commands) value.pending.push_back(command);
  return plan;
}

void tell_changes(CaseObserver* observer, const Case& before, const Case& after, const Actor& actor,
                  std::vector<ports::RecordWrite>& writes) {
  if (observer == nullptr) return;
  const auto tell_one = [&](CaseEvent::Kind kind, std::string text, std::vector<std::string> names) {
    CaseEvent event;
    event.kind = kind;
    event.incident = after;
    event.by = actor.name;
    event.text = std::move(text);
    event.names = std::move(names);
    observer->on(event, writes);
  };
  if (before.owner != after.owner && !after.owner.empty())
    tell_one(CaseEvent::Kind::assigned, before.owner + " -> " + after.owner, {after.owner});
  if (before.status != after.status)
    tell_one(CaseEvent::Kind::status_changed,
             fmt::format("{} -> {}", case_status_name(before.status), case_status_name(after.status)), {});
  if (after.shown_severity() > before.shown_severity()) {
    tell_one(CaseEvent::Kind::severity_raised,
             fmt::format("{} -> {}", model::level_name(before.shown_severity()),
                         model::level_name(after.shown_severity())),
             {});
  }
}

base::Result<Case> IncidentBook::update(const Actor& actor, std::string_view id, std::uint64_t version,
                                        const CaseChange& change) {
  PlannedChange plan;
  TRY_ASSIGN(std::optional<Case> seen, get(actor.tenant, id));
  if (!seen) return is_missing("incident");
  if (version != kAnyVersion && seen->version != version) return conflict("the incident");
  // Nothing is written where nothing changes.
  Case trial = *seen;
  TRY_ASSIGN(plan, plan_change(records_, actor, trial, change));
  if (plan.text.empty()) return std::move(*seen);
  TRY_ASSIGN(Case done, edit_case(actor, records_, id, version,
                                  [&](Case& value, std::vector<RecordWrite>& writes) -> base::Status {
                                    const Case before = value;
                                    TRY_ASSIGN(plan, plan_change(records_, actor, value, change));
                                    if (!plan.text.empty()) write_change(actor, value, plan.text, writes);
                                    tell_changes(observer_, before, value, actor, writes);
                                    return base::ok_status();
                                  }));
  send_all(commands_, plan.commands);
  return done;
}

base::Result<IncidentBook::BulkOutcome> IncidentBook::update_many(const Actor& actor,
                                                                  std::span<const std::string> ids,
                                                                  const CaseChange& change) {
  if (ids.size() > kMaxBulk) return refuse("at most 500 incidents are changed at once");
  if (change.title || change.summary || change.related)
    return refuse("title, summary and related are changed one incident at a time");
  for (int attempt = 1;; ++attempt) {
    BulkOutcome out;
    std::vector<RecordWrite> writes;
    std::vector<model::IncidentCommand> commands;
    std::string items;
    for (const std::string& id : ids) {
      TRY_ASSIGN(std::optional<Case> value, get(actor.tenant, id));
      const Case before = value ? *value : Case();
      auto plan = value ? plan_change(records_, actor, *value, change) : PlannedChange();
      if (!plan.ok() && plan.error().code != base::ErrorCode::invalid_argument) return plan.error();
      if (!plan.ok() || plan->text.empty()) {
        ++out.skipped;
        continue;
      }
      value->changed = next_change(before, actor.now);
      writes.push_back(write_of(*value, before.version));
      write_change(actor, *value, plan->text + " (with others)", writes);
      tell_changes(observer_, before, *value, actor, writes);
      std::move(plan->commands.begin(), plan->commands.end(), std::back_inserter(commands));
      items += (items.empty() ? "" : ",") + undo_json(before, value->changed);
      ++out.changed;
    }
    if (writes.empty()) return out;
    out.undo_token = random_id();
    RecordWrite undo;
    undo.collection = "incident_undo";
    undo.id = out.undo_token;
    undo.expected_version = 0;
    undo.columns = {{"owner", actor.id}, {"expires", actor.now + kUndoAge}};
    undo.document = "{\"items\":[" + items + "]}";
    writes.push_back(std::move(undo));
    TRY(drop_expired_undo(records_, actor.now, writes));
    const auto versions = apply_as(actor, records_, writes);
    if (versions.ok()) {
      send_all(commands_, commands);
      return out;
    }
    if (!is_conflict(versions.error()) || attempt == kAttempts) return versions.error();
  }
}

base::Result<IncidentBook::BulkOutcome> IncidentBook::undo_many(const Actor& actor, std::string_view token) {
  if (token.empty() || token.size() > 64) return is_missing("undo token");
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(const auto record, records_.get("incident_undo", token));
    if (!record || text_column(*record, "owner") != actor.id) return is_missing("undo token");
    const auto expires = record->columns.find("expires");
    const auto* end =
        expires == record->columns.end() ? nullptr : std::get_if<std::int64_t>(&expires->second);
    if (end == nullptr || *end <= actor.now) return is_missing("undo token");
    std::vector<std::pair<std::string, base::TimeNs>> items;
    TRY(read_record(record->document, "undo", [&](std::string_view key, const CaseElement& value) {
      return key == "items" && read_list(value, items, read_undo);
    }));
    BulkOutcome out;
    std::vector<RecordWrite> writes;
    std::vector<model::IncidentCommand> commands;
    for (const auto& [json, changed_at] : items) {
      TRY_ASSIGN(const Case before, parse_case(json));
      TRY_ASSIGN(std::optional<Case> value, get(actor.tenant, before.incident.id));
      // The engine may have gone on since (its answer to a closing, new alerts); a person may not.
      if (!value || value->changed != changed_at) {
        ++out.skipped;
        continue;
      }
      const bool was_closed = value->status == CaseStatus::closed,
                 closed = before.status == CaseStatus::closed;
      const Case changed = *value;
      put_back(*value, before);
      value->changed = next_change(changed, actor.now);
      if (was_closed != closed && !value->by_hand) {
        using Kind = model::IncidentCommand::Kind;
        commands.push_back(tell_engine(actor, *value, closed ? Kind::close : Kind::reopen));
        value->pending.push_back(commands.back());
      }
      writes.push_back(write_of(*value, changed.version));
      write_change(actor, *value, "The change together with others was undone.", writes);
      tell_changes(observer_, changed, *value, actor, writes);
      ++out.changed;
    }
    RecordWrite used;
    used.kind = RecordWrite::Kind::remove;
    used.collection = "incident_undo";
    used.id = record->id;
    used.expected_version = record->version;
    writes.push_back(std::move(used));
    const auto versions = apply_as(actor, records_, writes);
    if (versions.ok()) {
      send_all(commands_, commands);
      return out;
    }
    if (!is_conflict(versions.error()) || attempt == kAttempts) return versions.error();
  }
}

base::Result<Case> IncidentBook::pause(const Actor& actor, std::string_view id, const std::string& reason) {
  if (base::trim(reason).empty()) return refuse("a pause needs a reason");
  return edit_case(
      actor, records_, id, kAnyVersion, [&](Case& value, std::vector<RecordWrite>& writes) -> base::Status {
        TRY_ASSIGN(const auto policy, policy_of(records_, value.incident.tenant, value.shown_severity()));
        if (policy && !policy->pausing)
          return refuse("the service level of its severity lets no clock be paused");
        if (value.status == CaseStatus::closed) return refuse("the clocks of a closed incident do not run");
        if (is_paused(value)) return refuse("the clocks are paused already");
        pause_clocks(value, actor.now);
        write_change(actor, value, "Clocks paused: " + reason, writes);
        return base::ok_status();
      });
}

base::Result<Case> IncidentBook::resume(const Actor& actor, std::string_view id) {
  return edit_case(actor, records_, id, kAnyVersion,
                   [&](Case& value, std::vector<RecordWrite>& writes) -> base::Status {
                     if (!is_paused(value)) return refuse("the clocks are not paused");
                     resume_clocks(value, actor.now);
                     write_change(actor, value, "Clocks run again.", writes);
                     return base::ok_status();
                   });
}

}  // namespace vedette::cases
