#include "book/book_records.hpp"

#include <algorithm>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "clocks.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

// Texts of columns end earlier rather than pass the bound of the store.
constexpr std::size_t kColumnBytes = ports::kMaxTextBytes - 16;

void append_line(std::string& out, std::string_view text) {
  if (out.size() + text.size() + 1 > kColumnBytes) return;
  out += text;
  out += '\n';
}

std::string lines_of(const std::vector<std::string>& texts) {
  std::string out = "\n";
  for (const std::string& text : texts) append_line(out, text);
  return out;
}

std::string entity_lines(const model::Incident& incident) {
  std::string out = "\n";
  for (const model::IncidentEntity& entity : incident.entities) {
    append_line(out, std::string(model::entity_kind_name(entity.entity.kind)) + ":" + entity.entity.value);
  }
  return out;
}

// A column takes no NUL and no broken UTF-8.
std::string column_text(std::string_view text) {
  std::string out = base::to_valid_utf8(text.substr(0, kColumnBytes / 3));
  std::replace(out.begin(), out.end(), '\0', ' ');
  return out;
}

std::string search_text(const Case& value) {
  std::string out = value.incident.id + "\n" + std::string(value.shown_title()).substr(0, 1'000) + "\n";
  for (const std::string& tag : value.tags) out += tag + "\n";
  return column_text(out + value.summary.substr(0, 2'000));
}

ports::Columns case_columns(const Case& value) {
  const model::Incident& incident = value.incident;
  ports::Columns columns = {{"status", std::string(case_status_name(value.status))},
                            {"level", static_cast<std::int64_t>(value.shown_severity())},
                            {"risk", incident.risk},
                            {"first", incident.first},
                            {"last", incident.last},
                            {"opened", incident.opened},
                            {"updated", incident.updated},
                            {"created", value.created},
                            {"breached", std::int64_t{any_breached(value) ? 1 : 0}},
                            {"merged", std::int64_t{incident.merged_into.empty() ? 0 : 1}},
                            {"pending", std::int64_t{value.pending.empty() ? 0 : 1}},
                            {"tags", column_text(lines_of(value.tags))},
                            {"techniques", column_text(lines_of(incident.techniques))},
                            {"search", search_text(value)}};
  std::string entities = base::to_valid_utf8(entity_lines(incident));
  std::replace(entities.begin(), entities.end(), '\0', ' ');
  if (entities.size() > kColumnBytes) entities = column_text(entities);
  columns["entities"] = std::move(entities);
  set_tenant(columns, incident.tenant);
  if (!value.owner.empty()) columns["owner"] = column_text(value.owner);
  if (value.classification != Classification::none)
    columns["classification"] = std::string(classification_name(value.classification));
  if (value.closed != 0) columns["closed"] = value.closed;
  if (const base::TimeNs due = next_due(value); due != 0) columns["due"] = due;
  return columns;
}

}  // namespace

std::string text_column(const ports::StoredRecord& record, std::string_view name) {
  const auto found = record.columns.find(name);
  const auto* text = found == record.columns.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text ? *text : std::string();
}

ports::ColumnTest tenant_is(std::string_view tenant) {
  if (tenant.empty()) return {"tenant", ports::ColumnTest::Op::absent, {}};
  return {"tenant", ports::ColumnTest::Op::equals, {std::string(tenant)}};
}

void set_tenant(ports::Columns& columns, const std::string& tenant) {
  if (!tenant.empty()) columns["tenant"] = tenant;
}

std::string random_id() {
  unsigned char bytes[16];
  CHECK(RAND_bytes(bytes, sizeof bytes) == 1);
  return base::hex_encode({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

std::string made_id(std::string_view prefix, std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    all += std::to_string(part.size());
    all += ':';
    all += part;
  }
  return std::string(prefix) + base::hash128_hex(all);
}

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[32];
  unsigned size = sizeof digest;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) == 1);
  return base::hex_encode({reinterpret_cast<const char*>(digest), size});
}

ports::RecordWrite write_of(const Case& value, std::uint64_t expected_version) {
  ports::RecordWrite write;
  write.collection = "incidents";
  write.id = value.incident.id;
  write.document = to_json(value);
  write.columns = case_columns(value);
  write.expected_version = expected_version;
  return write;
}

base::Result<Case> case_of(const ports::StoredRecord& record) {
  TRY_ASSIGN(Case value, parse_case(record.document));
  value.version = record.version;
  return value;
}

ports::RecordWrite write_of(const Entry& entry, const std::string& incident, const std::string& tenant,
                            std::uint64_t expected_version) {
  ports::RecordWrite write;
  write.collection = "incident_entries";
  write.id = entry.id;
  write.document = to_json(entry);
  write.columns = {{"incident", incident},
                   {"time", entry.time},
                   {"kind", std::string(entry_kind_name(entry.kind))},
                   {"size", static_cast<std::int64_t>(entry.size)}};
  set_tenant(write.columns, tenant);
  if (!entry.by.empty()) write.columns["by"] = column_text(entry.by);
  if (!entry.sha256.empty()) write.columns["sha256"] = entry.sha256;
  write.expected_version = expected_version;
  return write;
}

base::Result<StoredEntry> entry_of(const ports::StoredRecord& record) {
  StoredEntry out;
  TRY_ASSIGN(out.entry, parse_entry(record.document));
  out.incident = text_column(record, "incident");
  out.tenant = text_column(record, "tenant");
  out.version = record.version;
  return out;
}

Entry change_entry(const Actor& actor, std::string text) {
  Entry entry;
  entry.id = random_id();
  entry.kind = Entry::Kind::change;
  entry.time = entry.written = actor.now;
  entry.by = actor.name;
  entry.text = std::move(text);
  return entry;
}

Entry node_entry(std::string_view incident, std::string_view cause, base::TimeNs time, base::TimeNs now,
                 std::string text) {
  Entry entry;
  entry.id = made_id("n-", {incident, cause});
  entry.kind = Entry::Kind::change;
  entry.time = time;
  entry.written = now;
  entry.text = std::move(text);
  return entry;
}

base::Result<std::vector<std::uint64_t>> apply_as(const Actor& actor, ports::RecordStore& records,
                                                  std::span<const ports::RecordWrite> writes) {
  return actor.apply ? actor.apply(writes) : records.apply(writes);
}

base::Result<std::optional<Case>> get_case(const ports::RecordStore& records, std::string_view tenant,
                                           std::string_view id) {
  std::optional<Case> out;
  if (id.empty() || id.size() > ports::kMaxIdBytes) return out;
  TRY_ASSIGN(const std::optional<ports::StoredRecord> record, records.get("incidents", id));
  if (!record || text_column(*record, "tenant") != tenant) return out;
  TRY_ASSIGN(out, case_of(*record));
  return out;
}

base::Result<Case> edit_case(const Actor& actor, ports::RecordStore& records, std::string_view id,
                             std::uint64_t version, const EditCase& edit) {
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(std::optional<Case> value, get_case(records, actor.tenant, id));
    if (!value) return is_missing("incident");
    if (version != IncidentBook::kAnyVersion && value->version != version) return conflict("the incident");
    std::vector<ports::RecordWrite> others;
    TRY(edit(*value, others));
    // The node looks after its cases, too (clocks, answers of the engine): that is no change of a person.
    if (!actor.id.empty()) value->changed = next_change(*value, actor.now);
    std::vector<ports::RecordWrite> writes = {write_of(*value, value->version)};
    std::move(others.begin(), others.end(), std::back_inserter(writes));
    const auto versions = apply_as(actor, records, writes);
    if (versions.ok()) {
      value->version = versions->front();
      return std::move(*value);
    }
    const bool again =
        is_conflict(versions.error()) && version == IncidentBook::kAnyVersion && attempt < kAttempts;
    if (!again) return versions.error();
  }
}

}  // namespace vedette::cases
