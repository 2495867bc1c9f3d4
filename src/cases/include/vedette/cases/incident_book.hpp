// IncidentBook: incidents as records: what the engine says of them and what people make of them. Neither side
// overwrites the other's part. Records: docs/formats/incidents.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/cases/case.hpp"
#include "vedette/model/incident.hpp"
#include "vedette/model/search.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::cases {

// "incidents", "incident_members", "incident_entries", "incident_files", "incident_history", "incident_undo",
// "entity_risk", "task_templates", "sla_policies", "criticality".
std::vector<ports::CollectionSchema> incident_collections();

inline constexpr std::size_t kMaxEntries = 5'000;  // of an incident
inline constexpr std::size_t kMaxTasks = 200;
inline constexpr std::size_t kMaxFileBytes = 16u << 20;
inline constexpr std::uint64_t kMaxFilesBytes = 256u << 20;  // of an incident
inline constexpr std::size_t kMaxBulk = 500;

// --- the engine's side ---

struct EntityRiskRow {
  model::Entity entity;
  std::string tenant;
  double risk = 0, criticality = 1;
  base::TimeNs first = 0, last = 0, at = 0;
  std::uint64_t alerts = 0;
  std::vector<model::Contribution> contributions;
};
// correlate::Changes in plain data.
struct EngineChanges {
  std::vector<model::Incident> incidents;
  struct Member {
    std::string incident;  // where it is now; empty: in none any more
    model::IncidentMember member;
  };
  std::vector<Member> members;
  std::vector<model::IncidentChange> history;
  std::vector<EntityRiskRow> entities;
};

// Tells the engine, through the bus. Thread safe; may block until the bus has it.
class IncidentCommands {
 public:
  virtual ~IncidentCommands() = default;
  virtual base::Status send(const model::IncidentCommand& command) = 0;
};

// What happened to a case, for notifications.
struct CaseEvent {
  enum class Kind : std::uint8_t {
    opened,
    severity_raised,  // by the engine or a person
    assigned,
    mentioned,  // `names` are mentioned in `text`
    status_changed,
    breached,  // of `clock`
  } kind = Kind::opened;
  Case incident;   // as it is after it
  std::string by;  // user name; empty: the node
  std::string text;
  std::vector<std::string> names;
  Clock::Kind clock = Clock::Kind::detect;
};
// Is told before the change is written, from any thread; what it adds to `writes` goes into the same
// transaction. The transaction may be tried again (then it is asked again), or fail.
class CaseObserver {
 public:
  virtual ~CaseObserver() = default;
  virtual void on(const CaseEvent& event, std::vector<ports::RecordWrite>& writes) = 0;
};

// --- people's side ---

// Who does something. `apply` writes (with an audit entry, for one); null: to the record store.
struct Actor {
  std::string id, name, tenant;
  base::TimeNs now = 0;
  bool manages = false;  // may change what others wrote
  std::function<base::Result<std::vector<std::uint64_t>>(std::span<const ports::RecordWrite>)> apply;
};

// What is there is changed.
struct CaseChange {
  std::optional<CaseStatus> status;
  std::optional<Classification> classification;
  std::optional<std::string> closing_note, owner, title, summary;
  std::optional<std::optional<model::Level>> severity;  // nullopt inside: the engine's
  std::optional<std::vector<std::string>> tags, related;
  std::optional<Tlp> tlp;
  bool empty() const;
};

struct CaseFilter {
  std::string tenant;
  std::vector<CaseStatus> statuses;
  std::optional<model::Level> least_level;
  std::optional<Classification> classification;
  std::string owner;
  bool unassigned = false;
  std::string tag, technique;
  std::string entity;  // a value, or "kind:value"
  std::string text;
  std::optional<double> least_risk;
  std::optional<bool> breached;
  bool merged = false;     // those that live on in others, too
  model::TimeRange range;  // of `opened`
};
// Tests of the "incidents" collection, by risk, highest first; columns to sort by: risk, updated, opened,
// due, level.
ports::RecordQuery query_of(const CaseFilter& filter);

template <typename T>
struct CasePage {
  std::vector<T> items;
  std::string next;  // cursor; empty: that was all
};

struct StoredEntry {
  Entry entry;
  std::string incident, tenant;
  std::uint64_t version = 0;
};
struct NewEntry {
  Entry::Kind kind = Entry::Kind::comment;
  std::string text;
  base::TimeNs time = 0;  // 0: now
  bool evidence = false;
};
struct EntryChange {
  std::optional<std::string> text;
  std::optional<base::TimeNs> time;
  std::optional<bool> evidence;
};

struct TaskChange {
  std::optional<std::string> title, description, assignee;
  std::optional<base::TimeNs> due;  // 0: none
  std::optional<Task::State> state;
};
struct TaskTemplate {
  std::string id, tenant, name, description, by;
  struct Item {
    std::string title, description;
    std::optional<base::TimeNs> due_after;
  };
  std::vector<Item> items;
  base::TimeNs changed = 0;
  std::uint64_t version = 0;
};
// Targets in nanoseconds, 0: none. One a severity and tenant: its id is the level's name.
struct SlaPolicy {
  std::string id, tenant, name, by;
  model::Level severity = model::Level::medium;
  base::TimeNs acknowledge = 0, contain = 0, resolve = 0;
  bool pausing = true;
  base::TimeNs changed = 0;
  std::uint64_t version = 0;
};
struct CriticalityEntry {
  std::string id, tenant, pattern, note, by;
  model::EntityKind kind = model::EntityKind::host;
  double factor = 1;
  std::int64_t position = 0;  // the first that fits holds
  base::TimeNs changed = 0;
  std::uint64_t version = 0;
};

struct NewIncident {
  std::string title, summary, owner;
  std::optional<model::Level> severity;
  std::vector<std::string> tags;
  Tlp tlp = Tlp::amber;
};

struct Breach {
  Case incident;
  Clock::Kind clock = Clock::Kind::acknowledge;
};

// Thread safe: every change is a read-modify-write of versioned records. Errors: not_found; invalid_argument:
// against the rules, the message is for people; busy "conflict ...": not the expected version; limit.
// `version`: what the record must have, ports::RecordWrite::kAnyVersion: any (then it is tried again when
// others were quicker).
class IncidentBook {
 public:
  static constexpr std::uint64_t kAnyVersion = ports::RecordWrite::kAnyVersion;

  // All outlive it; `commands` and `observer` may be null: nobody is told.
  explicit IncidentBook(ports::RecordStore& records, IncidentCommands* commands = nullptr,
                        CaseObserver* observer = nullptr)
      : records_(records), commands_(commands), observer_(observer) {}

  // One transaction (several past 20,000 records). The same changes again change nothing. Called by one
  // thread.
  base::Status apply(const EngineChanges& changes, base::TimeNs now);
  // The engine could not do it: said in the timeline, and nothing is pending any more.
  base::Status refused(const model::IncidentCommand& command, const std::string& reason, base::TimeNs now);
  // Each minute: clocks that newly passed their targets.
  base::Result<std::vector<Breach>> check_clocks(base::TimeNs now);
  // Each minute, and at the start: sends what was not answered once more, and gives up after 15 minutes.
  base::Status check_pending(base::TimeNs now);

  // Reading. Incidents of other tenants are not there.
  base::Result<std::optional<Case>> get(std::string_view tenant, std::string_view id) const;
  base::Result<CasePage<Case>> find(const ports::RecordQuery& query) const;  // of query_of
  // `order_by`: first, evidence. `from`: those whose first alert is then or later (descending: or earlier).
  base::Result<CasePage<model::IncidentMember>> members(
      std::string_view incident, const std::string& order_by, bool descending, const std::string& after,
      std::uint32_t limit, std::optional<base::TimeNs> from = std::nullopt) const;
  // The incident and member that an alert is in.
  base::Result<std::optional<std::pair<std::string, std::string>>> incident_of(
      std::string_view tenant, const model::AlertRecord& alert) const;
  base::Result<CasePage<model::IncidentChange>> history(std::string_view tenant, std::string_view incident,
                                                        const std::string& after, std::uint32_t limit) const;
  base::Result<std::optional<StoredEntry>> entry(std::string_view tenant, std::string_view incident,
                                                 std::string_view id) const;
  // Entries of these incidents by time, from `from` on (descending: up to it).
  base::Result<CasePage<StoredEntry>> entries(std::span<const std::string> incidents,
                                              std::span<const Entry::Kind> kinds, bool descending,
                                              std::optional<base::TimeNs> from, const std::string& after,
                                              std::uint32_t limit) const;
  base::Result<CasePage<EntityRiskRow>> entity_risks(const ports::RecordQuery& query) const;
  base::Result<std::optional<EntityRiskRow>> entity_risk(std::string_view tenant, std::string_view id) const;

  // Changing.
  base::Result<Case> update(const Actor& actor, std::string_view id, std::uint64_t version,
                            const CaseChange& change);
  struct BulkOutcome {
    std::size_t changed = 0, skipped = 0;
    std::string undo_token;  // empty: nothing was changed
  };
  base::Result<BulkOutcome> update_many(const Actor& actor, std::span<const std::string> ids,
                                        const CaseChange& change);
  base::Result<BulkOutcome> undo_many(const Actor& actor, std::string_view token);
  base::Result<Case> pause(const Actor& actor, std::string_view id, const std::string& reason);
  base::Result<Case> resume(const Actor& actor, std::string_view id);
  // Of alerts that are in no other; the engine does not know it.
  base::Result<Case> create(const Actor& actor, const NewIncident& incident,
                            std::span<const model::AlertRecord> alerts);

  // The command is pending in the case that is returned until the engine's change comes back.
  base::Result<Case> merge(const Actor& actor, std::string_view id, const std::vector<std::string>& others,
                           const std::string& reason);
  base::Result<Case> split(const Actor& actor, std::string_view id, const std::vector<std::string>& members,
                           const std::string& reason);
  base::Result<Case> undo(const Actor& actor, std::string_view id, std::string_view change);

  base::Result<StoredEntry> add_entry(const Actor& actor, std::string_view incident, const NewEntry& entry);
  base::Result<StoredEntry> add_event(const Actor& actor, std::string_view incident, std::uint64_t sequence,
                                      std::string document, base::TimeNs time, const std::string& text);
  base::Result<StoredEntry> add_file(const Actor& actor, std::string_view incident, const std::string& name,
                                     std::string_view bytes, const std::string& text);
  // Its bytes, checked against their hash (corrupt); the entry says who took them.
  base::Result<std::pair<StoredEntry, std::string>> take_file(const Actor& actor, std::string_view incident,
                                                              std::string_view entry);
  base::Result<StoredEntry> update_entry(const Actor& actor, std::string_view incident, std::string_view id,
                                         std::uint64_t version, const EntryChange& change);
  base::Status remove_entry(const Actor& actor, std::string_view incident, std::string_view id);

  base::Result<Case> add_task(const Actor& actor, std::string_view incident, Task task);
  base::Result<Case> update_task(const Actor& actor, std::string_view incident, std::string_view task,
                                 const TaskChange& change);
  base::Result<Case> remove_task(const Actor& actor, std::string_view incident, std::string_view task);
  base::Result<Case> apply_template(const Actor& actor, std::string_view incident, std::string_view id);

  // Templates, service levels, criticality, of the actor's tenant. put: version 0 makes it (an empty id is
  // given one), busy "conflict ..." if it is there.
  base::Result<CasePage<TaskTemplate>> templates(std::string_view tenant, const std::string& after,
                                                 std::uint32_t limit) const;
  base::Result<std::optional<TaskTemplate>> task_template(std::string_view tenant, std::string_view id) const;
  base::Result<TaskTemplate> put_template(const Actor& actor, TaskTemplate value, std::uint64_t version);
  base::Result<CasePage<SlaPolicy>> policies(std::string_view tenant, const std::string& after,
                                             std::uint32_t limit) const;
  base::Result<std::optional<SlaPolicy>> policy(std::string_view tenant, model::Level severity) const;
  base::Result<SlaPolicy> put_policy(const Actor& actor, SlaPolicy value, std::uint64_t version);
  base::Result<CasePage<CriticalityEntry>> criticality(std::string_view tenant, const std::string& after,
                                                       std::uint32_t limit) const;
  // Of all tenants, for the engine; at most 10,000.
  base::Result<std::vector<CriticalityEntry>> all_criticality() const;
  base::Result<std::optional<CriticalityEntry>> criticality_entry(std::string_view tenant,
                                                                  std::string_view id) const;
  base::Result<CriticalityEntry> put_criticality(const Actor& actor, CriticalityEntry value,
                                                 std::uint64_t version);
  // `collection`: "task_templates", "sla_policies" or "criticality".
  base::Status remove_setting(const Actor& actor, const std::string& collection, std::string_view id,
                              std::uint64_t version);

 private:
  ports::RecordStore& records_;
  IncidentCommands* commands_;
  CaseObserver* observer_;
};

// Names after @ that stand where a word begins, each once, at most 50. Whether there are such users is not
// asked.
std::vector<std::string> mentions_in(std::string_view text);
// Id of the record of an entity's risk.
std::string entity_risk_id(std::string_view tenant, const model::Entity& entity);

}  // namespace vedette::cases
