// The engine's side: what it says becomes records; nothing of people's part is touched.
#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "book/book_records.hpp"
#include "clocks.hpp"

namespace vedette::cases {
namespace {

using ports::ColumnTest;
using ports::RecordWrite;

constexpr std::size_t kWritesAtOnce = 20'000;
constexpr std::size_t kBytesAtOnce = 128u << 20;

// Incidents that are read once and written once in a transaction.
class OpenCases {
 public:
  explicit OpenCases(const ports::RecordStore& records) : records_(records) {}
  // Null: there is none.
  base::Result<Case*> find(const std::string& id) {
    if (const auto found = cases_.find(id); found != cases_.end())
      return found->second ? &*found->second : nullptr;
    TRY_ASSIGN(const std::optional<ports::StoredRecord> record, records_.get("incidents", id));
    std::optional<Case> value;
    if (record) {
      TRY_ASSIGN(value, case_of(*record));
    }
    auto& kept = cases_[id] = std::move(value);
    return kept ? &*kept : nullptr;
  }
  Case& make(const std::string& id) {
    changed_.insert_or_assign(id, true);
    return cases_[id].emplace();
  }
  void mark(const std::string& id) { changed_.insert_or_assign(id, true); }
  void write(std::vector<RecordWrite>& writes) const {
    for (const auto& [id, value] : cases_) {
      if (value && changed_.contains(id)) writes.push_back(write_of(*value, value->version));
    }
  }

 private:
  const ports::RecordStore& records_;
  std::map<std::string, std::optional<Case>> cases_;
  std::map<std::string, bool> changed_;
};

bool is_older(const model::Incident& incoming, const model::Incident& kept) {
  return incoming.revision <= kept.revision && incoming.updated <= kept.updated;
}

void add_node_entry(const Case& value, std::string_view cause, base::TimeNs now, std::string text,
                    std::vector<RecordWrite>& writes, base::TimeNs time = 0) {
  const Entry entry = node_entry(value.incident.id, cause, time != 0 ? time : now, now, std::move(text));
  writes.push_back(write_of(entry, value.incident.id, value.incident.tenant, RecordWrite::kAnyVersion));
}

void tell(CaseObserver* observer, CaseEvent::Kind kind, const Case& value, std::string text,
          std::vector<RecordWrite>& writes, Clock::Kind clock = Clock::Kind::detect) {
  if (observer == nullptr) return;
  CaseEvent event;
  event.kind = kind;
  event.incident = value;
  event.text = std::move(text);
  event.clock = clock;
  observer->on(event, writes);
}

class Applying {
 public:
  Applying(const ports::RecordStore& records, CaseObserver* observer, base::TimeNs now)
      : records_(records), observer_(observer), now_(now), cases_(records) {}

  base::Status add(const model::Incident& incident) {
    TRY_ASSIGN(Case * value, cases_.find(incident.id));
    if (value == nullptr) return open(incident);
    // An id names one tenant's incident: the engine makes it of the tenant.
    if (value->by_hand || value->incident.tenant != incident.tenant || is_older(incident, value->incident))
      return base::ok_status();
    const model::Level before = value->shown_severity();
    const bool was_merged = !value->incident.merged_into.empty();
    value->incident = incident;
    cases_.mark(incident.id);
    if (value->shown_severity() != before) TRY(change_severity(*value, before));
    if (!was_merged && !incident.merged_into.empty()) {
      add_node_entry(*value, cause(incident, "merged"), now_, "Lives on in " + incident.merged_into + ".",
                     writes_);
    } else if (was_merged && incident.merged_into.empty()) {
      add_node_entry(*value, cause(incident, "alone"), now_, "Is an incident of its own again.", writes_);
    }
    return base::ok_status();
  }

  base::Status add(const EngineChanges::Member& member) {
    RecordWrite write;
    write.collection = "incident_members";
    write.id = member.member.id;
    if (member.incident.empty()) {
      TRY_ASSIGN(const auto kept, records_.get("incident_members", member.member.id));
      if (!kept) return base::ok_status();
      write.kind = RecordWrite::Kind::remove;
      writes_.push_back(std::move(write));
      return base::ok_status();
    }
    TRY_ASSIGN(const Case* value, cases_.find(member.incident));
    write.document = model::to_json(member.member);
    write.columns = {{"incident", member.incident},
                     {"rule_id", member.member.rule_id},
                     {"first", member.member.first},
                     {"last", member.member.last},
                     {"level", static_cast<std::int64_t>(member.member.level)},
                     {"alerts", static_cast<std::int64_t>(member.member.alerts)},
                     {"evidence", member.member.evidence}};
    if (value != nullptr) set_tenant(write.columns, value->incident.tenant);
    writes_.push_back(std::move(write));
    return base::ok_status();
  }

  base::Status add(const model::IncidentChange& change) {
    RecordWrite write;
    write.collection = "incident_history";
    write.id = change.id;
    write.document = model::to_json(change);
    std::string incidents = "\n" + change.incident + "\n";
    for (const std::string& other : change.others) {
      if (incidents.size() + other.size() < ports::kMaxTextBytes - 2) incidents += other + "\n";
    }
    write.columns = {{"incident", change.incident}, {"time", change.time}, {"incidents", incidents}};
    set_tenant(write.columns, change.tenant);
    writes_.push_back(std::move(write));
    std::vector<std::string> involved = change.others;
    involved.push_back(change.incident);
    for (const std::string& id : involved) {
      TRY_ASSIGN(Case * value, cases_.find(id));
      if (value == nullptr) continue;
      settle(*value, change);
      if (id == change.incident)
        add_node_entry(*value, "history " + change.id + (change.undone ? " undone" : ""), now_,
                       sentence_of(change), writes_);
    }
    return base::ok_status();
  }

  void add(const EntityRiskRow& row) {
    RecordWrite write;
    write.collection = "entity_risk";
    write.id = entity_risk_id(row.tenant, row.entity);
    write.document = entity_risk_json(row);
    write.columns = {{"kind", std::string(model::entity_kind_name(row.entity.kind))},
                     {"value", row.entity.value.substr(0, ports::kMaxTextBytes)},
                     {"risk", row.risk},
                     {"last", row.last},
                     {"alerts", static_cast<std::int64_t>(row.alerts)}};
    set_tenant(write.columns, row.tenant);
    writes_.push_back(std::move(write));
  }

  std::vector<RecordWrite> take() {
    cases_.write(writes_);
    return std::move(writes_);
  }
  std::size_t size() const { return writes_.size(); }

 private:
  static std::string cause(const model::Incident& incident, const char* what) {
    return fmt::format("{} {}", what, incident.revision);
  }

  base::Status open(const model::Incident& incident) {
    TRY_ASSIGN(const std::optional<SlaPolicy> policy, policy_of(records_, incident.tenant, incident.level));
    Case& value = cases_.make(incident.id);
    value.incident = incident;
    value.created = value.changed = now_;
    value.clocks = start_clocks(incident, policy ? &*policy : nullptr, now_);
    const std::string text = incident.split_from.empty()
                                 ? fmt::format("Opened with {} alerts, risk {:.0f}, {}.", incident.alerts,
                                               incident.risk, model::level_name(incident.level))
                                 : "Split from " + incident.split_from + ".";
    add_node_entry(value, "opened", now_, text, writes_, incident.opened);
    tell(observer_, CaseEvent::Kind::opened, value, text, writes_);
    return base::ok_status();
  }

  base::Status change_severity(Case& value, model::Level before) {
    const model::Level after = value.shown_severity();
    TRY_ASSIGN(const std::optional<SlaPolicy> policy, policy_of(records_, value.incident.tenant, after));
    set_targets(value.clocks, policy ? &*policy : nullptr);
    const bool raised = after > before;
    std::string text = fmt::format("Severity {}: {} -> {}.", raised ? "raised" : "lowered",
                                   model::level_name(before), model::level_name(after));
    add_node_entry(value, cause(value.incident, "severity"), now_, text, writes_);
    if (raised) tell(observer_, CaseEvent::Kind::severity_raised, value, std::move(text), writes_);
    return base::ok_status();
  }

  // What was pending and is done now.
  void settle(Case& value, const model::IncidentChange& change) {
    const auto done = [&](const model::IncidentCommand& command) {
      if (command.id == change.id) return true;
      if (command.kind == model::IncidentCommand::Kind::undo)
        return command.undoes == change.id && change.undone;
      return command.kind == change.kind && !change.by.empty() && command.incident == change.incident &&
             (command.others == change.others || command.members == change.members);
    };
    if (std::erase_if(value.pending, done) > 0) cases_.mark(value.incident.id);
  }

  static std::string sentence_of(const model::IncidentChange& change) {
    std::string names;
    for (std::size_t i = 0; i < change.others.size() && i < 10; ++i) {
      names += (names.empty() ? "" : ", ") + change.others[i];
    }
    const std::string by = change.by.empty() ? "the engine" : change.by;
    const bool merge = change.kind == model::IncidentCommand::Kind::merge;
    std::string text;
    if (change.undone) {
      text = fmt::format("The {} of {} was undone.", merge ? "merge" : "split", names);
    } else if (merge) {
      text = fmt::format("{} merged {} into this one.", by, names);
    } else {
      text = fmt::format("{} split {} members off to {}.", by, change.members.size(), names);
    }
    if (!change.reason.empty()) text += " " + change.reason;
    return text;
  }

  const ports::RecordStore& records_;
  CaseObserver* observer_;
  base::TimeNs now_;
  OpenCases cases_;
  std::vector<RecordWrite> writes_;
};

// The parts of `all` that fit a transaction, one after another.
base::Status apply_some(ports::RecordStore& records, CaseObserver* observer, const EngineChanges& some,
                        base::TimeNs now) {
  for (int attempt = 1;; ++attempt) {
    Applying applying(records, observer, now);
    for (const auto& incident : some.incidents) TRY(applying.add(incident));
    for (const auto& member : some.members) TRY(applying.add(member));
    for (const auto& change : some.history) TRY(applying.add(change));
    for (const auto& row : some.entities) applying.add(row);
    const std::vector<RecordWrite> writes = applying.take();
    if (writes.empty()) return base::ok_status();
    const auto versions = records.apply(writes);
    if (versions.ok()) return base::ok_status();
    if (!is_conflict(versions.error()) || attempt == kAttempts) return versions.error();
  }
}

std::size_t rough_size(const model::IncidentMember& member) {
  return 4'000 + member.alert_ids.size() * 64 + member.entities.size() * 128 + member.group_key.size();
}

}  // namespace

base::Status IncidentBook::apply(const EngineChanges& changes, base::TimeNs now) {
  EngineChanges some;
  std::size_t count = 0, bytes = 0;
  const auto room = [&](std::size_t size) -> base::Status {
    bytes += size;
    if (++count < kWritesAtOnce && bytes < kBytesAtOnce) return base::ok_status();
    TRY(apply_some(records_, observer_, some, now));
    some = {};
    count = bytes = 0;
    return base::ok_status();
  };
  for (const auto& incident : changes.incidents) {
    some.incidents.push_back(incident);
    TRY(room(64'000));
  }
  for (const auto& member : changes.members) {
    some.members.push_back(member);
    TRY(room(rough_size(member.member)));
  }
  for (const auto& change : changes.history) {
    some.history.push_back(change);
    TRY(room(8'000));
  }
  for (const auto& row : changes.entities) {
    some.entities.push_back(row);
    TRY(room(4'000));
  }
  return apply_some(records_, observer_, some, now);
}

base::Status IncidentBook::refused(const model::IncidentCommand& command, const std::string& reason,
                                   base::TimeNs now) {
  Actor node;
  node.tenant = command.tenant;
  node.now = now;
  const auto done = edit_case(
      node, records_, command.incident, kAnyVersion, [&](Case& value, std::vector<RecordWrite>& writes) {
        std::erase_if(value.pending, [&](const model::IncidentCommand& one) { return one.id == command.id; });
        add_node_entry(value, "refused " + command.id, now, "It could not be done: " + reason, writes);
        return base::ok_status();
      });
  if (!done.ok() && done.error().code != base::ErrorCode::not_found) return done.error();
  return base::ok_status();
}

namespace {

// Every incident that passes, a page at a time; those that are changed meanwhile may be seen again.
template <typename Visit>  // base::Status Visit(const Case&)
base::Status each_case(const ports::RecordStore& records, std::vector<ColumnTest> tests, Visit visit) {
  ports::RecordQuery query;
  query.collection = "incidents";
  query.tests = std::move(tests);
  query.limit = 500;
  do {
    TRY_ASSIGN(const ports::RecordPage page, records.find(query));
    for (const ports::StoredRecord& record : page.records) {
      TRY_ASSIGN(const Case value, case_of(record));
      TRY(visit(value));
    }
    query.after = page.next;
  } while (!query.after.empty());
  return base::ok_status();
}

}  // namespace

base::Result<std::vector<Breach>> IncidentBook::check_clocks(base::TimeNs now) {
  std::vector<Breach> breaches;
  const auto look = [&](const Case& found) -> base::Status {
    Actor node;
    node.tenant = found.incident.tenant;
    node.now = now;
    std::vector<Clock::Kind> newly;
    auto done = edit_case(
        node, records_, found.incident.id, kAnyVersion, [&](Case& value, std::vector<RecordWrite>& writes) {
          newly.clear();
          for (Clock& clock : value.clocks) {
            const base::TimeNs due = clock.due();
            if (due == 0 || due >= now) continue;
            clock.breached = true;
            newly.push_back(clock.kind);
          }
          for (const Clock::Kind kind : newly) {
            std::string text = fmt::format("The time to {} has run out.", clock_kind_name(kind));
            const Clock& clock = *std::find_if(value.clocks.begin(), value.clocks.end(),
                                               [&](const Clock& one) { return one.kind == kind; });
            add_node_entry(value, fmt::format("breach {} {}", clock_kind_name(kind), clock.target), now, text,
                           writes);
            tell(observer_, CaseEvent::Kind::breached, value, std::move(text), writes, kind);
          }
          return base::ok_status();
        });
    if (!done.ok()) return done.error();
    for (const Clock::Kind kind : newly) breaches.push_back({*done, kind});
    return base::ok_status();
  };
  TRY(each_case(records_,
                {{"merged", ColumnTest::Op::equals, {std::int64_t{0}}}, {"due", ColumnTest::Op::less, {now}}},
                look));
  return breaches;
}

base::Status IncidentBook::check_pending(base::TimeNs now) {
  constexpr base::TimeNs kMinute = 60 * base::kNsPerSecond;
  const auto is_told_only = [](const model::IncidentCommand& command) {
    return command.kind == model::IncidentCommand::Kind::close ||
           command.kind == model::IncidentCommand::Kind::reopen;
  };
  const auto look = [&](const Case& found) -> base::Status {
    std::vector<std::string> over;
    for (const model::IncidentCommand& command : found.pending) {
      const base::TimeNs age = now - command.time;
      if (age < kMinute) continue;
      if (age > 15 * kMinute && !is_told_only(command)) {
        TRY(refused(command, "the engine did not answer.", now));
        continue;
      }
      if (commands_ != nullptr) TRY(commands_->send(command));
      if (is_told_only(command)) over.push_back(command.id);
    }
    if (over.empty()) return base::ok_status();
    Actor node;
    node.tenant = found.incident.tenant;
    node.now = now;
    const auto done = edit_case(node, records_, found.incident.id, kAnyVersion,
                                [&](Case& value, std::vector<RecordWrite>&) {
                                  std::erase_if(value.pending, [&](const model::IncidentCommand& one) {
                                    return std::find(over.begin(), over.end(), one.id) != over.end();
                                  });
                                  return base::ok_status();
                                });
    return done.ok() ? base::ok_status() : base::Status(done.error());
  };
  return each_case(records_, {{"pending", ColumnTest::Op::equals, {std::int64_t{1}}}}, look);
}

}  // namespace vedette::cases
