// Templates of tasks, service levels, criticality, and the risk of entities.
#include <algorithm>
#include <cmath>

#include "book/book_records.hpp"
#include "case_json.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

using ports::RecordWrite;

constexpr std::uint64_t kMostTemplates = 200, kMostCriticality = 1'000;
constexpr base::TimeNs kMostDuration = 366LL * 86'400 * base::kNsPerSecond;

bool read_kind(const CaseElement& element, model::EntityKind& out) {
  return read_name(element, out, 8, model::entity_kind_name);
}

// --- templates ---

std::string template_item_json(const TaskTemplate::Item& item) {
  std::string text;
  RecordWriter out(text);
  out.text("title", item.title);
  out.text("description", item.description);
  if (item.due_after) out.text("due_after", std::to_string(*item.due_after));
  out.end();
  return text;
}

bool read_template_item(const CaseElement& element, TaskTemplate::Item& out) {
  return each_member_of(element, [&](std::string_view key, const CaseElement& value) {
    if (key == "title") return read_member(value, out.title);
    if (key == "description") return read_member(value, out.description);
    std::string text;
    if (key != "due_after" || !read_member(value, text)) return false;
    out.due_after = base::parse_int(text);
    return out.due_after.has_value();
  });
}

std::string setting_json(const TaskTemplate& value) {
  std::string text;
  RecordWriter out(text);
  out.text("name", value.name);
  out.text("description", value.description);
  out.text("by", value.by);
  out.list("items", value.items, template_item_json);
  out.number("changed", value.changed);
  out.end();
  return text;
}

base::Result<TaskTemplate> template_of(const ports::StoredRecord& record) {
  TaskTemplate out;
  TRY(read_record(record.document, "template", [&](std::string_view key, const CaseElement& value) {
    if (key == "name") return read_member(value, out.name);
    if (key == "description") return read_member(value, out.description);
    if (key == "by") return read_member(value, out.by);
    if (key == "changed") return read_member(value, out.changed);
    return key == "items" && read_list(value, out.items, read_template_item);
  }));
  out.id = record.id;
  out.tenant = text_column(record, "tenant");
  out.version = record.version;
  return out;
}

// --- service levels ---

std::string setting_json(const SlaPolicy& value) {
  std::string text;
  RecordWriter out(text);
  out.text("name", value.name);
  out.text("by", value.by);
  out.text("severity", model::level_name(value.severity));
  out.number("acknowledge", value.acknowledge);
  out.number("contain", value.contain);
  out.number("resolve", value.resolve);
  out.flag("pausing", value.pausing);
  out.number("changed", value.changed);
  out.end();
  return text;
}

base::Result<SlaPolicy> read_policy(const ports::StoredRecord& record) {
  SlaPolicy out;
  out.pausing = false;
  TRY(read_record(record.document, "service level", [&](std::string_view key, const CaseElement& value) {
    if (key == "name") return read_member(value, out.name);
    if (key == "by") return read_member(value, out.by);
    if (key == "severity") return read_member(value, out.severity);
    if (key == "acknowledge") return read_member(value, out.acknowledge);
    if (key == "contain") return read_member(value, out.contain);
    if (key == "resolve") return read_member(value, out.resolve);
    if (key == "pausing") return read_member(value, out.pausing);
    return key == "changed" && read_member(value, out.changed);
  }));
  out.id = std::string(model::level_name(out.severity));
  out.tenant = text_column(record, "tenant");
  out.version = record.version;
  return out;
}

std::string policy_record_id(std::string_view tenant, model::Level severity) {
  return std::string(tenant) + "/" + std::string(model::level_name(severity));
}

// --- criticality ---

std::string setting_json(const CriticalityEntry& value) {
  std::string text;
  RecordWriter out(text);
  out.text("kind", model::entity_kind_name(value.kind));
  out.text("pattern", value.pattern);
  out.text("note", value.note);
  out.text("by", value.by);
  out.number("factor", value.factor);
  out.number("position", value.position);
  out.number("changed", value.changed);
  out.end();
  return text;
}

base::Result<CriticalityEntry> criticality_of_record(const ports::StoredRecord& record) {
  CriticalityEntry out;
  out.factor = 0;
  TRY(read_record(record.document, "criticality", [&](std::string_view key, const CaseElement& value) {
    if (key == "kind") return read_kind(value, out.kind);
    if (key == "pattern") return read_member(value, out.pattern);
    if (key == "note") return read_member(value, out.note);
    if (key == "by") return read_member(value, out.by);
    if (key == "factor") return read_member(value, out.factor);
    if (key == "position") return read_member(value, out.position);
    return key == "changed" && read_member(value, out.changed);
  }));
  out.id = record.id;
  out.tenant = text_column(record, "tenant");
  out.version = record.version;
  return out;
}

// --- all of them ---

template <typename T, typename Read>
base::Result<CasePage<T>> page_of(const ports::RecordStore& records, const ports::RecordQuery& query,
                                  Read read) {
  TRY_ASSIGN(const ports::RecordPage page, records.find(query));
  CasePage<T> out;
  out.next = page.next;
  for (const ports::StoredRecord& record : page.records) {
    TRY_ASSIGN(T value, read(record));
    out.items.push_back(std::move(value));
  }
  return out;
}

ports::RecordQuery setting_query(const char* collection, const char* order,
                                 std::vector<ports::ColumnTest> tests, const std::string& after,
                                 std::uint32_t limit) {
  ports::RecordQuery query;
  query.collection = collection;
  query.tests = std::move(tests);
  query.order_by = order;
  query.after = after;
  query.limit = limit;
  return query;
}

template <typename T, typename Read>
base::Result<std::optional<T>> one_of(const ports::RecordStore& records, const std::string& collection,
                                      std::string_view tenant, std::string_view id, Read read) {
  std::optional<T> out;
  if (id.empty() || id.size() > ports::kMaxIdBytes) return out;
  TRY_ASSIGN(const auto record, records.get(collection, id));
  if (!record || text_column(*record, "tenant") != tenant) return out;
  TRY_ASSIGN(out, read(*record));
  return out;
}

// Writes a setting of the tenant; the version it then has.
base::Result<std::uint64_t> put_setting(const Actor& actor, ports::RecordStore& records,
                                        const std::string& collection, const std::string& id,
                                        std::string document, ports::Columns columns, std::uint64_t version) {
  if (version != 0) {
    TRY_ASSIGN(const auto kept, records.get(collection, id));
    if (!kept || text_column(*kept, "tenant") != actor.tenant) return is_missing("record");
  }
  RecordWrite write;
  write.collection = collection;
  write.id = id;
  write.document = std::move(document);
  write.columns = std::move(columns);
  set_tenant(write.columns, actor.tenant);
  write.expected_version = version;
  TRY_ASSIGN(const auto versions, apply_as(actor, records, {&write, 1}));
  return versions.front();
}

base::Status check_count(const ports::RecordStore& records, const std::string& collection,
                         std::string_view tenant, std::uint64_t most) {
  ports::RecordQuery query;
  query.collection = collection;
  query.tests.push_back(tenant_is(tenant));
  TRY_ASSIGN(const std::uint64_t count, records.count(query));
  if (count < most) return base::ok_status();
  return base::make_error(base::ErrorCode::limit, "there are as many as there may be; delete one first");
}

}  // namespace

base::Result<std::optional<SlaPolicy>> policy_of(const ports::RecordStore& records, std::string_view tenant,
                                                 model::Level severity) {
  return one_of<SlaPolicy>(records, "sla_policies", tenant, policy_record_id(tenant, severity), read_policy);
}

base::Result<CasePage<TaskTemplate>> IncidentBook::templates(std::string_view tenant,
                                                             const std::string& after,
                                                             std::uint32_t limit) const {
  return page_of<TaskTemplate>(
      records_, setting_query("task_templates", "name", {tenant_is(tenant)}, after, limit), template_of);
}
base::Result<std::optional<TaskTemplate>> IncidentBook::task_template(std::string_view tenant,
                                                                      std::string_view id) const {
  return one_of<TaskTemplate>(records_, "task_templates", tenant, id, template_of);
}
base::Result<TaskTemplate> IncidentBook::put_template(const Actor& actor, TaskTemplate value,
                                                      std::uint64_t version) {
  if (base::trim(value.name).empty() || value.name.size() > 512) return refuse("a template has a name");
  if (value.items.empty() || value.items.size() > 100) return refuse("a template has 1 to 100 tasks");
  for (const TaskTemplate::Item& item : value.items) {
    if (base::trim(item.title).empty() || item.title.size() > 1'200) return refuse("a task has a title");
    if (item.due_after && (*item.due_after < 0 || *item.due_after > kMostDuration))
      return refuse("a task is due within a year");
  }
  if (version == 0) {
    TRY(check_count(records_, "task_templates", actor.tenant, kMostTemplates));
    value.id = random_id();
  }
  value.tenant = actor.tenant;
  value.by = actor.name;
  value.changed = actor.now;
  TRY_ASSIGN(value.version, put_setting(actor, records_, "task_templates", value.id, setting_json(value),
                                        {{"name", value.name}}, version));
  return value;
}

base::Result<CasePage<SlaPolicy>> IncidentBook::policies(std::string_view tenant, const std::string& after,
                                                         std::uint32_t limit) const {
  return page_of<SlaPolicy>(
      records_, setting_query("sla_policies", "level", {tenant_is(tenant)}, after, limit), read_policy);
}
base::Result<std::optional<SlaPolicy>> IncidentBook::policy(std::string_view tenant,
                                                            model::Level severity) const {
  return policy_of(records_, tenant, severity);
}
base::Result<SlaPolicy> IncidentBook::put_policy(const Actor& actor, SlaPolicy value, std::uint64_t version) {
  if (base::trim(value.name).empty() || value.name.size() > 512) return refuse("a service level has a name");
  for (const base::TimeNs target : {value.acknowledge, value.contain, value.resolve}) {
    if (target < 0 || target > kMostDuration) return refuse("a target is at most a year");
  }
  value.id = std::string(model::level_name(value.severity));
  value.tenant = actor.tenant;
  value.by = actor.name;
  value.changed = actor.now;
  TRY_ASSIGN(value.version, put_setting(actor, records_, "sla_policies",
                                        policy_record_id(actor.tenant, value.severity), setting_json(value),
                                        {{"level", static_cast<std::int64_t>(value.severity)}}, version));
  return value;
}

base::Result<CasePage<CriticalityEntry>> IncidentBook::criticality(std::string_view tenant,
                                                                   const std::string& after,
                                                                   std::uint32_t limit) const {
  return page_of<CriticalityEntry>(
      records_, setting_query("criticality", "position", {tenant_is(tenant)}, after, limit),
      criticality_of_record);
}
base::Result<std::vector<CriticalityEntry>> IncidentBook::all_criticality() const {
  TRY_ASSIGN(auto page,
             page_of<CriticalityEntry>(records_, setting_query("criticality", "position", {}, {}, 10'000),
                                       criticality_of_record));
  return std::move(page.items);
}
base::Result<std::optional<CriticalityEntry>> IncidentBook::criticality_entry(std::string_view tenant,
                                                                              std::string_view id) const {
  return one_of<CriticalityEntry>(records_, "criticality", tenant, id, criticality_of_record);
}
base::Result<CriticalityEntry> IncidentBook::put_criticality(const Actor& actor, CriticalityEntry value,
                                                             std::uint64_t version) {
  if (base::trim(value.pattern).empty() || value.pattern.size() > 4'096)
    return refuse("a pattern names entities");
  if (!std::isfinite(value.factor) || value.factor < 0 || value.factor > 10)
    return refuse("a factor is 0 to 10");
  if (version == 0) {
    TRY(check_count(records_, "criticality", actor.tenant, kMostCriticality));
    value.id = random_id();
  }
  value.tenant = actor.tenant;
  value.by = actor.name;
  value.changed = actor.now;
  TRY_ASSIGN(value.version, put_setting(actor, records_, "criticality", value.id, setting_json(value),
                                        {{"position", value.position}}, version));
  return value;
}

base::Status IncidentBook::remove_setting(const Actor& actor, const std::string& collection,
                                          std::string_view id, std::uint64_t version) {
  std::string record_id(id);
  if (collection == "sla_policies") record_id = actor.tenant + "/" + record_id;
  if (record_id.empty() || record_id.size() > ports::kMaxIdBytes) return is_missing("record");
  TRY_ASSIGN(const auto kept, records_.get(collection, record_id));
  if (!kept || text_column(*kept, "tenant") != actor.tenant) return is_missing("record");
  RecordWrite write;
  write.kind = RecordWrite::Kind::remove;
  write.collection = collection;
  write.id = record_id;
  write.expected_version = version == kAnyVersion ? kept->version : version;
  const auto versions = apply_as(actor, records_, {&write, 1});
  return versions.ok() ? base::ok_status() : base::Status(versions.error());
}

// --- entities ---

namespace {

std::string points_json(const model::Contribution& contribution) {
  std::string text;
  RecordWriter out(text);
  out.text("what", contribution.what);
  out.number("points", contribution.points);
  out.text("reason", contribution.reason);
  out.end();
  return text;
}

bool read_points(const CaseElement& element, model::Contribution& out) {
  return each_member_of(element, [&](std::string_view key, const CaseElement& value) {
    if (key == "what") return read_member(value, out.what);
    if (key == "points") return read_member(value, out.points);
    return key == "reason" && read_member(value, out.reason);
  });
}

base::Result<EntityRiskRow> entity_risk_of(const ports::StoredRecord& record) {
  EntityRiskRow out;
  out.criticality = 0;
  TRY(read_record(record.document, "entity risk", [&](std::string_view key, const CaseElement& value) {
    if (key == "kind") return read_kind(value, out.entity.kind);
    if (key == "value") return read_member(value, out.entity.value);
    if (key == "risk") return read_member(value, out.risk);
    if (key == "criticality") return read_member(value, out.criticality);
    if (key == "first") return read_member(value, out.first);
    if (key == "last") return read_member(value, out.last);
    if (key == "at") return read_member(value, out.at);
    if (key == "alerts") return read_member(value, out.alerts);
    return key == "contributions" && read_list(value, out.contributions, read_points);
  }));
  out.tenant = text_column(record, "tenant");
  return out;
}

}  // namespace

std::string entity_risk_id(std::string_view tenant, const model::Entity& entity) {
  return made_id("", {tenant, model::entity_kind_name(entity.kind), entity.value});
}

std::string entity_risk_json(const EntityRiskRow& row) {
  std::string text;
  RecordWriter out(text);
  out.text("kind", model::entity_kind_name(row.entity.kind));
  out.text("value", row.entity.value);
  out.number("risk", row.risk);
  out.number("criticality", row.criticality);
  out.number("first", row.first);
  out.number("last", row.last);
  out.number("at", row.at);
  out.number("alerts", row.alerts);
  out.list("contributions", row.contributions, points_json);
  out.end();
  return text;
}

base::Result<CasePage<EntityRiskRow>> IncidentBook::entity_risks(const ports::RecordQuery& query) const {
  return page_of<EntityRiskRow>(records_, query, entity_risk_of);
}

base::Result<std::optional<EntityRiskRow>> IncidentBook::entity_risk(std::string_view tenant,
                                                                     std::string_view id) const {
  return one_of<EntityRiskRow>(records_, "entity_risk", tenant, id, entity_risk_of);
}

}  // namespace vedette::cases
