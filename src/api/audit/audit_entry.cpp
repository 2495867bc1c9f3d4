#include <fmt/format.h>
#include <openssl/evp.h>
#include <simdjson.h>

#include "audit/audit_chain.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {

using base::ErrorCode;

namespace {

constexpr std::size_t kMaxNameBytes = 512;  // who, where from, what on
constexpr std::size_t kMaxValueBytes = 4 << 10;
constexpr std::size_t kMaxDetails = 100;
constexpr std::size_t kHashDigits = 64;

std::string storable_text(std::string_view text, std::size_t max_bytes) {
  std::string out = base::to_valid_utf8(base::utf8_prefix(text, max_bytes));
  for (std::size_t at = out.find('\0'); at != std::string::npos; at = out.find('\0', at)) {
    out.replace(at, 1, "\xef\xbf\xbd");
  }
  return out;
}

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

base::Error corrupt_entry(std::string_view what) {
  return base::Error{ErrorCode::corrupt, fmt::format("this is no audit entry: {}", what)};
}

// Members of one object, each of which must be there once.
class MemberReader {
 public:
  explicit MemberReader(simdjson::dom::object object) : object_(object) {}

  void text(const char* name, std::string& out) {
    std::string_view value;
    if (object_[name].get(value)) return fail(name);
    out = value;
    ++read_;
  }
  void number(const char* name, std::uint64_t& out) {
    if (object_[name].get(out)) return fail(name);
    ++read_;
  }
  void time(const char* name, base::TimeNs& out) {
    std::string written;
    text(name, written);
    const auto parsed = base::parse_iso8601(written);
    if (!parsed || base::format_rfc3339(*parsed) != written) return fail(name);
    out = *parsed;
  }
  void pairs(const char* name, std::vector<std::pair<std::string, std::string>>& out) {
    simdjson::dom::array array;
    if (object_[name].get(array)) return fail(name);
    for (const simdjson::dom::element element : array) {
      simdjson::dom::array pair;
      std::string_view key, value;
      if (element.get(pair) || pair.size() != 2 || pair.at(0).get(key) || pair.at(1).get(value)) {
        return fail(name);
      }
      out.emplace_back(key, value);
    }
    ++read_;
  }
  void fail(const char* name) {
    if (bad_.empty()) bad_ = name;
  }
  base::Status finish() const {
    if (!bad_.empty()) return corrupt_entry(fmt::format("'{}' is not there or not as it should be", bad_));
    if (object_.size() != read_) return corrupt_entry("it has members that no entry has");
    return base::ok_status();
  }

 private:
  simdjson::dom::object object_;
  std::size_t read_ = 0;
  std::string bad_;
};

base::Result<simdjson::dom::object> object_in(simdjson::dom::parser& parser, std::string_view json) {
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(object)) return corrupt_entry("it is no JSON object");
  return object;
}

}  // namespace

std::vector<ports::CollectionSchema> audit_collections() {
  using ports::ColumnType;
  return {{kAuditCollection,
           {{"time", ColumnType::integer},
            {"tenant", ColumnType::text},
            {"actor_id", ColumnType::text},
            {"action", ColumnType::text},
            {"target", ColumnType::text},
            {"outcome", ColumnType::text}}},
          {kAuditHeadCollection, {}}};
}

std::string audit_origin() {
  return std::string(kHashDigits, '0');
}

std::string audit_record_id(std::uint64_t sequence) {
  return fmt::format("{:020}", sequence);
}

std::string audit_digest(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) == 1);
  std::string out;
  for (unsigned int i = 0; i < size; ++i) fmt::format_to(std::back_inserter(out), "{:02x}", digest[i]);
  return out;
}

AuditEntry bounded_entry(const AuditEntry& entry) {
  AuditEntry bounded = entry;
  for (std::string* text :
       {&bounded.tenant, &bounded.actor_id, &bounded.actor_name, &bounded.actor_kind, &bounded.session_id,
        &bounded.key_id, &bounded.address, &bounded.action, &bounded.outcome, &bounded.request_id}) {
    *text = storable_text(*text, kMaxNameBytes);
  }
  bounded.target = storable_text(bounded.target, 2 * kMaxNameBytes);
  bounded.reason = storable_text(bounded.reason, kMaxValueBytes);
  if (bounded.details.size() > kMaxDetails) bounded.details.resize(kMaxDetails);
  for (auto& [key, value] : bounded.details) {
    key = storable_text(key, kMaxNameBytes);
    value = storable_text(value, kMaxValueBytes);
  }
  return bounded;
}

std::string canonical_json(const AuditEntry& entry) {
  std::string out;
  base::JsonWriter json(out);
  json.begin_object().field("sequence", entry.sequence).field("time", base::format_rfc3339(entry.time));
  json.field("tenant", entry.tenant).field("actor_id", entry.actor_id).field("actor_name", entry.actor_name);
  json.field("actor_kind", entry.actor_kind).field("session_id", entry.session_id);
  json.field("key_id", entry.key_id).field("address", entry.address).field("action", entry.action);
  json.field("target", entry.target).field("outcome", entry.outcome).field("reason", entry.reason);
  json.field("request_id", entry.request_id).key("details").begin_array();
  for (const auto& [key, value] : entry.details) json.begin_array().string(key).string(value).end_array();
  json.end_array().field("previous_hash", entry.previous_hash).end_object();
  return out;
}

std::string to_json(const AuditEntry& entry) {
  std::string out = canonical_json(entry);
  out.pop_back();
  out += ",\"hash\":";
  base::append_json_string(out, entry.hash);
  return out + "}";
}

base::Result<AuditEntry> parse_audit_entry(std::string_view json) {
  simdjson::dom::parser parser;
  TRY_ASSIGN(const simdjson::dom::object object, object_in(parser, json));
  AuditEntry entry;
  MemberReader members(object);
  members.number("sequence", entry.sequence);
  members.time("time", entry.time);
  members.text("tenant", entry.tenant);
  members.text("actor_id", entry.actor_id);
  members.text("actor_name", entry.actor_name);
  members.text("actor_kind", entry.actor_kind);
  members.text("session_id", entry.session_id);
  members.text("key_id", entry.key_id);
  members.text("address", entry.address);
  members.text("action", entry.action);
  members.text("target", entry.target);
  members.text("outcome", entry.outcome);
  members.text("reason", entry.reason);
  members.text("request_id", entry.request_id);
  members.pairs("details", entry.details);
  members.text("previous_hash", entry.previous_hash);
  members.text("hash", entry.hash);
  TRY(members.finish());
  return entry;
}

ports::Columns audit_columns(const AuditEntry& entry) {
  return {{"time", entry.time},     {"tenant", entry.tenant}, {"actor_id", entry.actor_id},
          {"action", entry.action}, {"target", entry.target}, {"outcome", entry.outcome}};
}

ports::RecordWrite audit_write(const AuditEntry& entry) {
  ports::RecordWrite write;
  write.collection = kAuditCollection;
  write.id = audit_record_id(entry.sequence);
  write.document = to_json(entry);
  write.columns = audit_columns(entry);
  write.expected_version = 0;
  return write;
}

std::string head_document(const AuditMark& mark) {
  std::string out;
  base::JsonWriter json(out);
  json.begin_object().field("time", base::format_rfc3339(mark.time)).field("sequence", mark.sequence);
  json.field("hash", mark.hash).end_object();
  return out;
}

base::Result<AuditMark> parse_head_document(std::string_view text) {
  simdjson::dom::parser parser;
  TRY_ASSIGN(const simdjson::dom::object object, object_in(parser, text));
  AuditMark mark;
  MemberReader members(object);
  members.time("time", mark.time);
  members.number("sequence", mark.sequence);
  members.text("hash", mark.hash);
  TRY(members.finish());
  if (!is_hash(mark.hash) || mark.sequence > kMaxAuditSequence) return corrupt_entry("its hash is none");
  return mark;
}

std::string anchor_line(const AuditMark& mark) {
  return fmt::format("{} {} {}", base::format_rfc3339(mark.time), mark.sequence, mark.hash);
}

base::Result<AuditMark> parse_anchor_line(std::string_view line) {
  const auto parts = base::split(line, ' ');
  if (parts.size() != 3 || !is_hash(parts[2])) return corrupt_entry("a line of anchors has three parts");
  const auto time = base::parse_iso8601(parts[0]);
  const auto sequence = base::parse_int(parts[1]);
  if (!time || !sequence || *sequence < 0 || static_cast<std::uint64_t>(*sequence) > kMaxAuditSequence) {
    return corrupt_entry("a line of anchors begins with a time and a number");
  }
  return AuditMark{*time, static_cast<std::uint64_t>(*sequence), std::string(parts[2])};
}

}  // namespace vedette::api
