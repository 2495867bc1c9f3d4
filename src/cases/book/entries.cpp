// What people write into the timeline: comments, notes, handovers, evidence of events.
#include <algorithm>

#include "book/book_records.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

using ports::ColumnTest;
using ports::RecordWrite;

constexpr std::size_t kMostMentions = 50;
constexpr std::size_t kMaxEntryText = 80'000;
constexpr std::size_t kMaxEventBytes = 4u << 20;

bool is_name_byte(char c) {
  return base::is_alnum(c) || c == '_' || c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_people_kind(Entry::Kind kind) {
  return kind == Entry::Kind::comment || kind == Entry::Kind::note || kind == Entry::Kind::handover;
}

base::Status check_entry_text(std::string_view text) {
  if (base::trim(text).empty()) return refuse("the text is empty");
  if (text.size() > kMaxEntryText) return refuse("the text is too long");
  return base::ok_status();
}

// The version of an entry, or of what the entry was.
base::Result<StoredEntry> with_version(Entry entry, const Case& value, std::uint64_t version) {
  return StoredEntry{std::move(entry), value.incident.id, value.incident.tenant, version};
}

}  // namespace

std::vector<std::string> mentions_in(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = text.find('@'); at != std::string_view::npos && names.size() < kMostMentions;
       at = text.find('@', at + 1)) {
    if (at > 0 && (is_name_byte(text[at - 1]) || text[at - 1] == '@')) continue;
    std::size_t end = at + 1;
    while (end < text.size() && is_name_byte(text[end])) ++end;
    while (end > at + 1 && (text[end - 1] == '.' || text[end - 1] == '-')) --end;  // of a sentence
    const std::string_view name = text.substr(at + 1, end - at - 1);
    if (name.empty() || name.size() > 128) continue;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }
  return names;
}

base::Status check_entries_room(const ports::RecordStore& records, std::string_view incident) {
  ports::RecordQuery query;
  query.collection = "incident_entries";
  query.tests.push_back({"incident", ColumnTest::Op::equals, {std::string(incident)}});
  query.tests.push_back({"kind", ColumnTest::Op::not_equals, {std::string("change")}});
  TRY_ASSIGN(const std::uint64_t count, records.count(query));
  if (count < kMaxEntries) return base::ok_status();
  return base::make_error(base::ErrorCode::limit, "an incident has at most 5,000 entries");
}

static void tell_mentions(CaseObserver* observer, const Actor& actor, const Case& value, const Entry& entry,
                          std::vector<std::string> names, std::vector<RecordWrite>& writes) {
  if (observer == nullptr || names.empty()) return;
  CaseEvent event;
  event.kind = CaseEvent::Kind::mentioned;
  event.incident = value;
  event.by = actor.name;
  event.text = entry.text;
  event.names = std::move(names);
  observer->on(event, writes);
}

base::Result<StoredEntry> IncidentBook::add_entry(const Actor& actor, std::string_view incident,
                                                  const NewEntry& wanted) {
  if (!is_people_kind(wanted.kind)) return refuse("people write comments, notes and handovers");
  TRY(check_entry_text(wanted.text));
  TRY_ASSIGN(const std::optional<Case> value, get(actor.tenant, incident));
  if (!value) return is_missing("incident");
  TRY(check_entries_room(records_, incident));
  Entry entry;
  entry.id = random_id();
  entry.kind = wanted.kind;
  entry.time = wanted.time != 0 ? wanted.time : actor.now;
  entry.written = actor.now;
  entry.by = actor.name;
  entry.text = wanted.text;
  entry.mentions = mentions_in(wanted.text);
  entry.evidence = wanted.evidence;
  std::vector<RecordWrite> writes = {write_of(entry, value->incident.id, value->incident.tenant, 0)};
  tell_mentions(observer_, actor, *value, entry, entry.mentions, writes);
  TRY_ASSIGN(const auto versions, apply_as(actor, records_, writes));
  return with_version(std::move(entry), *value, versions.front());
}

base::Result<StoredEntry> IncidentBook::add_event(const Actor& actor, std::string_view incident,
                                                  std::uint64_t sequence, std::string document,
                                                  base::TimeNs time, const std::string& text) {
  if (document.size() > kMaxEventBytes) return refuse("the event is larger than 4 MiB");
  if (text.size() > kMaxEntryText) return refuse("the text is too long");
  TRY_ASSIGN(const std::optional<Case> value, get(actor.tenant, incident));
  if (!value) return is_missing("incident");
  TRY(check_entries_room(records_, incident));
  Entry entry;
  entry.id = random_id();
  entry.kind = Entry::Kind::event;
  entry.time = time != 0 ? time : actor.now;
  entry.written = actor.now;
  entry.by = actor.name;
  entry.text = text;
  entry.event_sequence = sequence;
  entry.sha256 = sha256_hex(document);
  entry.document = std::move(document);
  entry.evidence = true;
  entry.custody = {{actor.now, actor.name, "copied from the store, SHA-256 " + entry.sha256}};
  const RecordWrite write = write_of(entry, value->incident.id, value->incident.tenant, 0);
  TRY_ASSIGN(const auto versions, apply_as(actor, records_, {&write, 1}));
  return with_version(std::move(entry), *value, versions.front());
}

namespace {

base::Result<std::string> edit_entry(const Actor& actor, Entry& entry, const EntryChange& change) {
  std::string what;
  const auto add = [&](const std::string& text) { what += (what.empty() ? "" : "; ") + text; };
  if (change.text && *change.text != entry.text) {
    if (entry.by != actor.name) return refuse("only who wrote it changes its text");
    TRY(check_entry_text(*change.text));
    entry.text = *change.text;
    entry.mentions = mentions_in(entry.text);
    add("text changed");
  }
  if (change.time && *change.time != entry.time) {
    add("moved from " + base::format_rfc3339(entry.time) + " to " + base::format_rfc3339(*change.time));
    entry.time = *change.time;
  }
  if (change.evidence && *change.evidence != entry.evidence) {
    if (entry.kind == Entry::Kind::file || entry.kind == Entry::Kind::event)
      return refuse("files and events are evidence always");
    entry.evidence = *change.evidence;
    add(entry.evidence ? "marked as evidence" : "evidence no more");
  }
  return what;
}

}  // namespace

base::Result<StoredEntry> IncidentBook::update_entry(const Actor& actor, std::string_view incident,
                                                     std::string_view id, std::uint64_t version,
                                                     const EntryChange& change) {
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(const std::optional<Case> value, get(actor.tenant, incident));
    if (!value) return is_missing("incident");
    TRY_ASSIGN(std::optional<StoredEntry> kept, entry(actor.tenant, incident, id));
    if (!kept) return is_missing("entry");
    if (version != kAnyVersion && kept->version != version) return conflict("the entry");
    if (kept->entry.kind == Entry::Kind::change || kept->entry.kind == Entry::Kind::action)
      return refuse("what the node wrote stays");
    const std::vector<std::string> mentioned = kept->entry.mentions;
    TRY_ASSIGN(const std::string what, edit_entry(actor, kept->entry, change));
    if (what.empty()) return std::move(*kept);
    kept->entry.edited = actor.now;
    if (!kept->entry.custody.empty()) kept->entry.custody.push_back({actor.now, actor.name, what});
    std::vector<RecordWrite> writes = {write_of(kept->entry, kept->incident, kept->tenant, kept->version)};
    const std::string name(entry_kind_name(kept->entry.kind));
    writes.push_back(write_of(change_entry(actor, "A " + name + " of " + kept->entry.by + ": " + what + "."),
                              kept->incident, kept->tenant, 0));
    std::vector<std::string> newly;
    for (const std::string& one : kept->entry.mentions) {
      if (std::find(mentioned.begin(), mentioned.end(), one) == mentioned.end()) newly.push_back(one);
    }
    tell_mentions(observer_, actor, *value, kept->entry, std::move(newly), writes);
    const auto versions = apply_as(actor, records_, writes);
    if (versions.ok()) {
      kept->version = versions->front();
      return std::move(*kept);
    }
    if (!is_conflict(versions.error()) || version != kAnyVersion || attempt == kAttempts)
      return versions.error();
  }
}

base::Status IncidentBook::remove_entry(const Actor& actor, std::string_view incident, std::string_view id) {
  TRY_ASSIGN(const std::optional<Case> value, get(actor.tenant, incident));
  if (!value) return is_missing("incident");
  TRY_ASSIGN(const std::optional<StoredEntry> kept, entry(actor.tenant, incident, id));
  if (!kept) return is_missing("entry");
  const Entry& old = kept->entry;
  if (old.kind == Entry::Kind::change || old.kind == Entry::Kind::action)
    return refuse("what the node wrote stays");
  const bool own = old.by == actor.name && !old.evidence;
  if (!own && !actor.manages) {
    return refuse(old.evidence ? "evidence is deleted by who manages incidents only"
                               : "only who wrote it deletes it");
  }
  std::vector<RecordWrite> writes(1);
  writes[0].kind = RecordWrite::Kind::remove;
  writes[0].collection = "incident_entries";
  writes[0].id = old.id;
  writes[0].expected_version = kept->version;
  std::string text = "Deleted a " + std::string(entry_kind_name(old.kind)) + " of " + old.by + ".";
  if (!old.sha256.empty()) text += " " + old.file_name + " SHA-256 " + old.sha256 + ".";
  if (old.kind == Entry::Kind::file) {
    ports::RecordQuery query;
    query.collection = "incident_files";
    query.tests.push_back({"entry", ColumnTest::Op::equals, {old.id}});
    query.limit = 10;
    TRY_ASSIGN(const ports::RecordPage parts, records_.find(query));
    for (const ports::StoredRecord& part : parts.records) {
      RecordWrite& write = writes.emplace_back();
      write.kind = RecordWrite::Kind::remove;
      write.collection = "incident_files";
      write.id = part.id;
    }
  }
  writes.push_back(write_of(change_entry(actor, text), kept->incident, kept->tenant, 0));
  const auto versions = apply_as(actor, records_, writes);
  return versions.ok() ? base::ok_status() : base::Status(versions.error());
}

}  // namespace vedette::cases
