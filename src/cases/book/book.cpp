// Collections, filters and reading.
#include <algorithm>

#include "book/book_records.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

using ports::ColumnTest;
using ports::ColumnType;

// A tag, technique or entity is a whole line of its column.
std::string line_of(std::string_view text) {
  return "\n" + std::string(text) + "\n";
}

bool names_kind(std::string_view entity) {
  for (int i = 0; i <= static_cast<int>(model::EntityKind::cloud_account); ++i) {
    const std::string_view name = model::entity_kind_name(static_cast<model::EntityKind>(i));
    if (entity.size() > name.size() && entity[name.size()] == ':' && entity.starts_with(name)) return true;
  }
  return false;
}

void add_range(std::vector<ColumnTest>& tests, const model::TimeRange& range) {
  const model::TimeRange open;
  if (range.from != open.from) tests.push_back({"opened", ColumnTest::Op::at_least, {range.from}});
  if (range.to != open.to) tests.push_back({"opened", ColumnTest::Op::less, {range.to}});
}

}  // namespace

std::vector<ports::CollectionSchema> incident_collections() {
  const auto text = [](const char* name, bool indexed = true) {
    return ports::ColumnSchema{name, ColumnType::text, indexed};
  };
  const auto integer = [](const char* name) { return ports::ColumnSchema{name, ColumnType::integer, true}; };
  const auto real = [](const char* name) { return ports::ColumnSchema{name, ColumnType::real, true}; };
  return {{"incidents", {text("tenant"),          text("status"),       text("classification"),
                         text("owner"),           integer("level"),     real("risk"),
                         integer("first"),        integer("last"),      integer("opened"),
                         integer("updated"),      integer("created"),   integer("closed"),
                         integer("due"),          integer("breached"),  integer("merged"),
                         integer("pending"),      text("tags", false),  text("techniques", false),
                         text("entities", false), text("search", false)}},
          {"incident_members",
           {text("tenant"), text("incident"), text("rule_id"), integer("first"), integer("last"),
            integer("level"), integer("alerts"), real("evidence")}},
          {"incident_entries",
           {text("tenant"), text("incident"), integer("time"), text("kind"), text("by"), integer("size"),
            text("sha256")}},
          {"incident_files", {text("tenant"), text("incident"), text("entry"), integer("part")}},
          {"incident_history", {text("tenant"), text("incident"), integer("time"), text("incidents", false)}},
          {"incident_undo", {text("owner"), integer("expires")}},
          {"entity_risk",
           {text("tenant"), text("kind"), text("value"), real("risk"), integer("last"), integer("alerts")}},
          {"task_templates", {text("tenant"), text("name")}},
          {"sla_policies", {text("tenant"), integer("level")}},
          {"criticality", {text("tenant"), integer("position")}}};
}

bool CaseChange::empty() const {
  return !status && !classification && !closing_note && !owner && !title && !summary && !severity && !tags &&
         !related && !tlp;
}

ports::RecordQuery query_of(const CaseFilter& filter) {
  ports::RecordQuery query;
  query.collection = "incidents";
  query.order_by = "risk";
  query.descending = true;
  auto& tests = query.tests;
  tests.push_back(tenant_is(filter.tenant));
  if (!filter.merged) tests.push_back({"merged", ColumnTest::Op::equals, {std::int64_t{0}}});
  if (!filter.statuses.empty()) {
    std::vector<ports::ColumnValue> values;
    for (const CaseStatus status : filter.statuses)
      values.emplace_back(std::string(case_status_name(status)));
    tests.push_back({"status", ColumnTest::Op::in, std::move(values)});
  }
  if (filter.least_level)
    tests.push_back({"level", ColumnTest::Op::at_least, {static_cast<std::int64_t>(*filter.least_level)}});
  if (filter.classification) {
    tests.push_back({"classification",
                     ColumnTest::Op::equals,
                     {std::string(classification_name(*filter.classification))}});
  }
  if (!filter.owner.empty()) tests.push_back({"owner", ColumnTest::Op::equals, {filter.owner}});
  if (filter.unassigned) tests.push_back({"owner", ColumnTest::Op::absent, {}});
  const auto has_line = [&](const char* column, const std::string& text) {
    if (!text.empty()) tests.push_back({column, ColumnTest::Op::contains, {line_of(text)}});
  };
  has_line("tags", filter.tag);
  has_line("techniques", filter.technique);
  if (names_kind(filter.entity)) {
    has_line("entities", filter.entity);
  } else if (!filter.entity.empty()) {
    tests.push_back({"entities", ColumnTest::Op::contains, {":" + filter.entity + "\n"}});
  }
  if (!filter.text.empty()) tests.push_back({"search", ColumnTest::Op::contains, {filter.text}});
  if (filter.least_risk) tests.push_back({"risk", ColumnTest::Op::at_least, {*filter.least_risk}});
  if (filter.breached)
    tests.push_back({"breached", ColumnTest::Op::equals, {std::int64_t{*filter.breached ? 1 : 0}}});
  add_range(tests, filter.range);
  return query;
}

base::Result<std::optional<Case>> IncidentBook::get(std::string_view tenant, std::string_view id) const {
  return get_case(records_, tenant, id);
}

base::Result<CasePage<Case>> IncidentBook::find(const ports::RecordQuery& query) const {
  TRY_ASSIGN(const ports::RecordPage page, records_.find(query));
  CasePage<Case> out;
  out.next = page.next;
  for (const ports::StoredRecord& record : page.records) {
    TRY_ASSIGN(Case value, case_of(record));
    out.items.push_back(std::move(value));
  }
  return out;
}

base::Result<CasePage<model::IncidentMember>> IncidentBook::members(std::string_view incident,
                                                                    const std::string& order_by,
                                                                    bool descending, const std::string& after,
                                                                    std::uint32_t limit,
                                                                    std::optional<base::TimeNs> from) const {
  ports::RecordQuery query;
  query.collection = "incident_members";
  query.tests.push_back({"incident", ColumnTest::Op::equals, {std::string(incident)}});
  if (from)
    query.tests.push_back(
        {"first", descending ? ColumnTest::Op::at_most : ColumnTest::Op::at_least, {*from}});
  query.order_by = order_by;
  query.descending = descending;
  query.after = after;
  query.limit = limit;
  TRY_ASSIGN(const ports::RecordPage page, records_.find(query));
  CasePage<model::IncidentMember> out;
  out.next = page.next;
  for (const ports::StoredRecord& record : page.records) {
    TRY_ASSIGN(model::IncidentMember member, model::parse_incident_member(record.document));
    out.items.push_back(std::move(member));
  }
  return out;
}

base::Result<std::optional<std::pair<std::string, std::string>>> IncidentBook::incident_of(
    std::string_view tenant, const model::AlertRecord& alert) const {
  std::optional<std::pair<std::string, std::string>> out;
  ports::RecordQuery query;
  query.collection = "incident_members";
  query.tests = {tenant_is(tenant),
                 {"rule_id", ColumnTest::Op::equals, {alert.rule_id}},
                 {"first", ColumnTest::Op::at_most, {alert.time}},
                 {"last", ColumnTest::Op::at_least, {alert.time}}};
  query.limit = 1'000;
  TRY_ASSIGN(const ports::RecordPage page, records_.find(query));
  for (const ports::StoredRecord& record : page.records) {
    TRY_ASSIGN(const model::IncidentMember member, model::parse_incident_member(record.document));
    const auto& ids = member.alert_ids;
    const bool listed = std::find(ids.begin(), ids.end(), alert.id) != ids.end();
    const bool among_more = member.group_key == alert.group_key && member.alerts > ids.size();
    if (!listed && (!among_more || out)) continue;
    out = {text_column(record, "incident"), record.id};
    if (listed) break;
  }
  return out;
}

base::Result<CasePage<model::IncidentChange>> IncidentBook::history(std::string_view tenant,
                                                                    std::string_view incident,
                                                                    const std::string& after,
                                                                    std::uint32_t limit) const {
  ports::RecordQuery query;
  query.collection = "incident_history";
  query.tests = {tenant_is(tenant), {"incidents", ColumnTest::Op::contains, {line_of(incident)}}};
  query.order_by = "time";
  query.descending = true;
  query.after = after;
  query.limit = limit;
  TRY_ASSIGN(const ports::RecordPage page, records_.find(query));
  CasePage<model::IncidentChange> out;
  out.next = page.next;
  for (const ports::StoredRecord& record : page.records) {
    TRY_ASSIGN(model::IncidentChange change, model::parse_incident_change(record.document));
    out.items.push_back(std::move(change));
  }
  return out;
}

base::Result<std::optional<StoredEntry>> IncidentBook::entry(std::string_view tenant,
                                                             std::string_view incident,
                                                             std::string_view id) const {
  std::optional<StoredEntry> out;
  if (id.empty() || id.size() > ports::kMaxIdBytes) return out;
  TRY_ASSIGN(const std::optional<ports::StoredRecord> record, records_.get("incident_entries", id));
  if (!record || text_column(*record, "tenant") != tenant || text_column(*record, "incident") != incident)
    return out;
  TRY_ASSIGN(out, entry_of(*record));
  return out;
}

base::Result<CasePage<StoredEntry>> IncidentBook::entries(std::span<const std::string> incidents,
                                                          std::span<const Entry::Kind> kinds, bool descending,
                                                          std::optional<base::TimeNs> from,
                                                          const std::string& after,
                                                          std::uint32_t limit) const {
  ports::RecordQuery query;
  query.collection = "incident_entries";
  std::vector<ports::ColumnValue> ids(incidents.begin(), incidents.end());
  query.tests.push_back({"incident", ColumnTest::Op::in, std::move(ids)});
  if (!kinds.empty()) {
    std::vector<ports::ColumnValue> names;
    for (const Entry::Kind kind : kinds) names.emplace_back(std::string(entry_kind_name(kind)));
    query.tests.push_back({"kind", ColumnTest::Op::in, std::move(names)});
  }
  if (from) {
    query.tests.push_back({"time", descending ? ColumnTest::Op::at_most : ColumnTest::Op::at_least, {*from}});
  }
  query.order_by = "time";
  query.descending = descending;
  query.after = after;
  query.limit = limit;
  TRY_ASSIGN(const ports::RecordPage page, records_.find(query));
  CasePage<StoredEntry> out;
  out.next = page.next;
  for (const ports::StoredRecord& record : page.records) {
    TRY_ASSIGN(StoredEntry entry, entry_of(record));
    out.items.push_back(std::move(entry));
  }
  return out;
}

}  // namespace vedette::cases
