#include "vedette/detect/alert_book.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "alerts/alert_group.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::detect {

namespace {

using ports::ColumnType;

constexpr std::size_t kMaxTransactionAlerts = 5'000;
constexpr std::size_t kMaxTransactionBytes = 64 << 20;
// A larger record is kept without the document of its event.
constexpr std::size_t kMaxAlertBytes = 8 << 20;
// Others (an analyst who closes a group) may write between reading and writing.
constexpr int kMaxAttempts = 8;

struct NewAlert {
  const model::AlertRecord* record;
  std::string id;
  std::string tenant;
  std::string group_id;
};

// Alert ids are short; any other text gets one that a record can have.
std::string alert_id_of(const model::AlertRecord& alert) {
  const std::string id = column_text(alert.id);
  return id == alert.id && !id.empty() && id.size() <= ports::kMaxIdBytes ? id : base::hash128_hex(alert.id);
}

std::string alert_document(const model::AlertRecord& alert) {
  std::string json = to_json(alert);
  if (json.size() <= kMaxAlertBytes) return json;
  model::AlertRecord small = alert;
  small.document.clear();
  json = to_json(small);
  if (json.size() <= kMaxAlertBytes) return json;
  small.matches.clear();
  small.entities.clear();
  small.more_sequences.clear();
  small.event_ids.clear();
  small.group_key = column_text(small.group_key);
  return to_json(small);
}

void add_entity_column(ports::Columns& columns, const model::AlertRecord& alert, model::EntityKind kind) {
  const auto found = std::find_if(alert.entities.begin(), alert.entities.end(),
                                  [&](const model::Entity& entity) { return entity.kind == kind; });
  if (found != alert.entities.end()) {
    columns.emplace(model::entity_kind_name(kind), column_text(found->value));
  }
}

ports::RecordWrite alert_write(const NewAlert& alert) {
  const model::AlertRecord& record = *alert.record;
  ports::RecordWrite write;
  write.collection = "alerts";
  write.id = alert.id;
  write.document = alert_document(record);
  write.expected_version = 0;
  write.columns = {{"time", record.time},
                   {"detected", record.detected},
                   {"rule_id", column_text(record.rule_id)},
                   {"level", std::int64_t{static_cast<int>(record.level)}},
                   {"risk", std::int64_t{record.risk_score}},
                   {"status", std::string("open")},
                   {"group_id", alert.group_id}};
  add_entity_column(write.columns, record, model::EntityKind::host);
  add_entity_column(write.columns, record, model::EntityKind::user);
  if (!alert.tenant.empty()) write.columns.emplace("tenant", alert.tenant);
  return write;
}

// Visits the records of a collection that have these ids.
template <typename Visit>  // base::Status Visit(const ports::StoredRecord&)
base::Status each_record(const ports::RecordStore& records, const std::string& collection,
                         std::vector<ports::ColumnValue> ids, Visit visit) {
  ports::RecordQuery query;
  query.collection = collection;
  query.tests.push_back({"id", ports::ColumnTest::Op::in, std::move(ids)});
  query.limit = 1'000;
  do {
    TRY_ASSIGN(const ports::RecordPage page, records.find(query));
    for (const ports::StoredRecord& record : page.records) TRY(visit(record));
    query.after = page.next;
  } while (!query.after.empty());
  return base::ok_status();
}

// The alerts that are not kept yet, each once.
base::Result<std::vector<NewAlert>> new_alerts(const ports::RecordStore& records,
                                               std::span<const model::AlertRecord> alerts) {
  std::vector<NewAlert> fresh;
  std::vector<ports::ColumnValue> ids;
  std::unordered_set<std::string> seen;
  for (const model::AlertRecord& alert : alerts) {
    std::string id = alert_id_of(alert);
    if (!seen.insert(id).second) continue;
    ids.emplace_back(id);
    std::string tenant = alert_tenant(alert);
    std::string group_id = alert_group_id(alert, tenant);
    fresh.push_back({&alert, std::move(id), std::move(tenant), std::move(group_id)});
  }
  std::unordered_set<std::string> kept;
  TRY(each_record(records, "alerts", std::move(ids), [&](const ports::StoredRecord& record) {
    kept.insert(record.id);
    return base::ok_status();
  }));
  std::erase_if(fresh, [&](const NewAlert& alert) { return kept.contains(alert.id); });
  return fresh;
}

base::Result<std::map<std::string, AlertGroup>> groups_of(const ports::RecordStore& records,
                                                          const std::vector<NewAlert>& alerts) {
  std::map<std::string, AlertGroup> groups;
  for (const NewAlert& alert : alerts) {
    AlertGroup& group = groups[alert.group_id];
    group.id = alert.group_id;
    group.rule_id = alert.record->rule_id;
    group.group_key = alert.record->group_key;
    group.tenant = alert.tenant;
  }
  std::vector<ports::ColumnValue> ids;
  for (const auto& [id, group] : groups) ids.emplace_back(id);
  TRY(each_record(records, "alert_groups", std::move(ids), [&](const ports::StoredRecord& record) {
    AlertGroup& group = groups[record.id];
    AlertGroup kept = read_group(record);
    kept.rule_id = std::move(group.rule_id);
    kept.group_key = std::move(group.group_key);
    kept.tenant = std::move(group.tenant);
    group = std::move(kept);
    return base::ok_status();
  }));
  return groups;
}

base::Result<std::uint64_t> add_once(ports::RecordStore& records,
                                     std::span<const model::AlertRecord> alerts) {
  TRY_ASSIGN(const std::vector<NewAlert> fresh, new_alerts(records, alerts));
  if (fresh.empty()) return std::uint64_t{0};
  TRY_ASSIGN(auto groups, groups_of(records, fresh));
  std::vector<ports::RecordWrite> writes;
  writes.reserve(fresh.size() + groups.size());
  for (const NewAlert& alert : fresh) {
    groups[alert.group_id].add(*alert.record, alert.id);
    writes.push_back(alert_write(alert));
  }
  for (const auto& [id, group] : groups) writes.push_back(group_write(group));
  TRY_ASSIGN(const auto versions, records.apply(writes));
  (void)versions;
  return std::uint64_t{fresh.size()};
}

bool is_conflict(const base::Error& error) {
  return error.code == base::ErrorCode::busy && error.message.starts_with("conflict");
}

base::Result<std::uint64_t> add_with_retries(ports::RecordStore& records,
                                             std::span<const model::AlertRecord> alerts) {
  for (int attempt = 1;; ++attempt) {
    auto added = add_once(records, alerts);
    if (added.ok() || !is_conflict(added.error()) || attempt == kMaxAttempts) return added;
  }
}

// How many of the first alerts one transaction takes.
std::size_t transaction_size(std::span<const model::AlertRecord> alerts) {
  std::size_t bytes = 0, count = 0;
  while (count < alerts.size() && count < kMaxTransactionAlerts && bytes < kMaxTransactionBytes) {
    bytes += alerts[count++].document.size();
  }
  return count;
}

}  // namespace

std::vector<ports::CollectionSchema> alert_collections() {
  return {{"alerts",
           {{"time", ColumnType::integer, true},
            {"detected", ColumnType::integer, true},
            {"rule_id", ColumnType::text, true},
            {"level", ColumnType::integer, true},
            {"risk", ColumnType::integer, true},
            {"status", ColumnType::text, true},
            {"group_id", ColumnType::text, true},
            {"assignee", ColumnType::text, true},
            {"host", ColumnType::text, true},
            {"user", ColumnType::text, true},
            {"tenant", ColumnType::text, true},
            {"verdict", ColumnType::text, true}}},
          {"alert_groups",
           {{"rule_id", ColumnType::text, true},
            {"group_key", ColumnType::text, false},
            {"level", ColumnType::integer, true},
            {"first_seen", ColumnType::integer, true},
            {"last_seen", ColumnType::integer, true},
            {"count", ColumnType::integer, true},
            {"status", ColumnType::text, true},
            {"tenant", ColumnType::text, true}}}};
}

base::Result<std::uint64_t> AlertBook::add(std::span<const model::AlertRecord> alerts) {
  std::uint64_t added = 0;
  while (!alerts.empty()) {
    const std::size_t count = transaction_size(alerts);
    TRY_ASSIGN(const std::uint64_t fresh, add_with_retries(records_, alerts.first(count)));
    added += fresh;
    alerts = alerts.subspan(count);
  }
  return added;
}

}  // namespace vedette::detect
