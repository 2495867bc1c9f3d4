// What the parts of the audit log share: its collections, the form that is hashed, and the anchor file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "vedette/api/audit.hpp"

namespace vedette::api {

inline constexpr const char* kAuditCollection = "audit";
inline constexpr const char* kAuditHeadCollection = "audit_head";
inline constexpr const char* kAuditHeadId = "head";
// Higher numbers are taken for forged.
inline constexpr std::uint64_t kMaxAuditSequence = 1ULL << 62;

// Before the first entry: 64 zeros.
std::string audit_origin();
std::string audit_record_id(std::uint64_t sequence);  // 20 digits

// A place in the chain, as the head record and lines of the anchor file tell it.
struct AuditMark {
  base::TimeNs time = 0;
  std::uint64_t sequence = 0;
  std::string hash;
};
std::string head_document(const AuditMark& mark);
base::Result<AuditMark> parse_head_document(std::string_view json);
std::string anchor_line(const AuditMark& mark);  // "<time> <sequence> <hash>", no line end
base::Result<AuditMark> parse_anchor_line(std::string_view line);

// With texts that can be stored: valid UTF-8 without NUL, cut to their bounds.
AuditEntry bounded_entry(const AuditEntry& entry);
// What is hashed: the object without "hash", in one way of writing.
std::string canonical_json(const AuditEntry& entry);
std::string audit_digest(std::string_view bytes);

ports::RecordWrite audit_write(const AuditEntry& entry);
ports::Columns audit_columns(const AuditEntry& entry);

}  // namespace vedette::api
