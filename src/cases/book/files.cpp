// Files of evidence: kept in parts, since a record has a bound; checked against their hash when they are
// taken.
#include <algorithm>

#include <fmt/format.h>

#include "book/book_records.hpp"
#include "case_json.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {

namespace {

using ports::ColumnTest;
using ports::RecordWrite;

constexpr std::size_t kPartBytes = 6u << 20;

// A name without folders, controls and what file systems cannot keep.
std::string plain_name(std::string_view name) {
  if (const std::size_t cut = name.find_last_of("/\\"); cut != std::string_view::npos)
    name.remove_prefix(cut + 1);
  std::string out;
  for (const char c : base::to_valid_utf8(name)) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out += c;
  }
  while (out.size() > 255 || !base::is_valid_utf8(out)) out.pop_back();
  return out.empty() || out == "." || out == ".." ? "file" : out;
}

base::Result<std::uint64_t> bytes_of_files(const ports::RecordStore& records, std::string_view incident) {
  ports::RecordQuery query;
  query.collection = "incident_entries";
  query.tests = {{"incident", ColumnTest::Op::equals, {std::string(incident)}},
                 {"kind", ColumnTest::Op::equals, {std::string("file")}}};
  query.limit = 10'000;
  TRY_ASSIGN(const ports::RecordPage page, records.find(query));
  std::uint64_t bytes = 0;
  for (const ports::StoredRecord& record : page.records) {
    const auto found = record.columns.find("size");
    const auto* size = found == record.columns.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    if (size && *size > 0) bytes += static_cast<std::uint64_t>(*size);
  }
  return bytes;
}

std::string part_id(std::string_view entry, std::size_t part) {
  return fmt::format("{}-{}", entry, part);
}

void add_parts(std::vector<RecordWrite>& writes, const Entry& entry, const Case& value,
               std::string_view bytes) {
  std::size_t part = 0;
  for (std::size_t at = 0; at < bytes.size() || part == 0; at += kPartBytes, ++part) {
    RecordWrite write;
    write.collection = "incident_files";
    write.id = part_id(entry.id, part);
    write.document = "{\"bytes\":\"" + base::base64_encode(bytes.substr(at, kPartBytes)) + "\"}";
    write.columns = {
        {"incident", value.incident.id}, {"entry", entry.id}, {"part", static_cast<std::int64_t>(part)}};
    set_tenant(write.columns, value.incident.tenant);
    write.expected_version = 0;
    writes.push_back(std::move(write));
  }
}

base::Result<std::string> read_parts(const ports::RecordStore& records, const Entry& entry) {
  std::string bytes;
  for (std::size_t part = 0; bytes.size() < entry.size || part == 0; ++part) {
    TRY_ASSIGN(const auto record, records.get("incident_files", part_id(entry.id, part)));
    if (!record) return corrupt_record("file of evidence", "a part of it is missing");
    std::string text;
    TRY(read_record(record->document, "file of evidence",
                    [&](std::string_view key, const CaseElement& value) {
                      return key == "bytes" && read_member(value, text);
                    }));
    const auto decoded = base::base64_decode(text);
    if (!decoded || (decoded->empty() && entry.size != 0))
      return corrupt_record("file of evidence", "a part of it is damaged");
    bytes += *decoded;
  }
  if (bytes.size() != entry.size || sha256_hex(bytes) != entry.sha256)
    return corrupt_record("file of evidence", "its bytes are not those of its hash");
  return bytes;
}

}  // namespace

base::Result<StoredEntry> IncidentBook::add_file(const Actor& actor, std::string_view incident,
                                                 const std::string& name, std::string_view bytes,
                                                 const std::string& text) {
  if (bytes.size() > kMaxFileBytes)
    return base::make_error(base::ErrorCode::limit, "a file of evidence has at most 16 MiB");
  if (text.size() > 40'000) return refuse("the text is too long");
  TRY_ASSIGN(const std::optional<Case> value, get(actor.tenant, incident));
  if (!value) return is_missing("incident");
  TRY(check_entries_room(records_, incident));
  TRY_ASSIGN(const std::uint64_t kept, bytes_of_files(records_, incident));
  if (kept + bytes.size() > kMaxFilesBytes)
    return base::make_error(base::ErrorCode::limit, "the files of an incident have at most 256 MiB");
  Entry entry;
  entry.id = random_id();
  entry.kind = Entry::Kind::file;
  entry.time = entry.written = actor.now;
  entry.by = actor.name;
  entry.text = text;
  entry.file_name = plain_name(name);
  entry.size = bytes.size();
  entry.sha256 = sha256_hex(bytes);
  entry.evidence = true;
  entry.custody = {
      {actor.now, actor.name, fmt::format("added, {} bytes, SHA-256 {}", entry.size, entry.sha256)}};
  std::vector<RecordWrite> writes = {write_of(entry, value->incident.id, value->incident.tenant, 0)};
  add_parts(writes, entry, *value, bytes);
  TRY_ASSIGN(const auto versions, apply_as(actor, records_, writes));
  return StoredEntry{std::move(entry), value->incident.id, value->incident.tenant, versions.front()};
}

base::Result<std::pair<StoredEntry, std::string>> IncidentBook::take_file(const Actor& actor,
                                                                          std::string_view incident,
                                                                          std::string_view id) {
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(std::optional<StoredEntry> kept, entry(actor.tenant, incident, id));
    if (!kept || kept->entry.kind != Entry::Kind::file) return is_missing("file");
    TRY_ASSIGN(std::string bytes, read_parts(records_, kept->entry));
    if (kept->entry.custody.size() >= 1'000)
      return base::make_error(base::ErrorCode::limit, "the file was taken 1,000 times");
    kept->entry.custody.push_back({actor.now, actor.name, "downloaded"});
    const RecordWrite write = write_of(kept->entry, kept->incident, kept->tenant, kept->version);
    const auto versions = apply_as(actor, records_, {&write, 1});
    if (versions.ok()) {
      kept->version = versions->front();
      return std::pair(std::move(*kept), std::move(bytes));
    }
    if (!is_conflict(versions.error()) || attempt == kAttempts) return versions.error();
  }
}

}  // namespace vedette::cases
