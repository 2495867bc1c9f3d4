// AuditLog: who did what, as a chain of hashes that shows what was changed, removed or reordered.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/api/principal.hpp"
#include "vedette/base/result.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::api {

struct AuditEntry {
  std::uint64_t sequence = 0;  // from 1, without gaps; given by the log
  base::TimeNs time = 0;       // given by the log; never before that of the entry before
  std::string tenant;
  std::string actor_id, actor_name, actor_kind;  // user, key, system, anonymous
  std::string session_id, key_id, address;
  std::string action;   // the operationId, or "auth.sign_in", "auth.refused", ...
  std::string target;   // "rules/3f2a"; may be empty
  std::string outcome;  // success, denied, failure
  std::string reason;   // of denied and failure; a person's reason of a verdict
  std::string request_id;
  // Before, after, query text and the like; values are cut at 4 KiB. Never secrets.
  std::vector<std::pair<std::string, std::string>> details;
  std::string previous_hash, hash;  // SHA-256, hex; given by the log
};

std::vector<ports::CollectionSchema> audit_collections();
inline constexpr const char* kAuditAnchorFile = "audit.anchors";  // its name in the data folder

struct AuditFault {
  std::uint64_t sequence = 0;
  std::string what;  // a sentence: "entry 12 was changed", "entries 5 to 7 are missing"
};
struct AuditVerdict {
  std::uint64_t entries = 0;
  std::string head;                // hash of the newest
  std::vector<AuditFault> faults;  // at most 1,000
};
// Reads the whole chain. `anchor`: the head that is known from elsewhere (a line of the anchor file, an
// export): the chain must contain it; empty: none. Only a fault of reading is an error.
base::Result<AuditVerdict> verify_audit(const ports::RecordStore& records, std::string_view anchor_file,
                                        std::string_view anchor = {});
// One entry as a JSON object (no newline), as exported; its canonical form is hashed (docs/formats/audit.md).
std::string to_json(const AuditEntry& entry);
base::Result<AuditEntry> parse_audit_entry(std::string_view json);

// Thread safe. One a record store; its collections are written by nobody else.
class AuditLog {
 public:
  // `anchor_file`: heads are appended to it (time, sequence, hash) now and then and at the end, so that
  // cutting the end of the chain shows; empty: none. If the newest entry does not fit its hash, the head or
  // the anchors, an entry "audit.fault" says so and the chain goes on after it: the fault stays visible, the
  // node starts. Errors are those of reading and writing.
  static base::Result<std::unique_ptr<AuditLog>> open(ports::RecordStore& records, std::string anchor_file,
                                                      std::function<base::TimeNs()> now);
  virtual ~AuditLog() = default;

  // The changes and the entries that tell of them: all or nothing, in one transaction. Entries get sequence,
  // time and hashes. The result is of the changes alone, as of RecordStore::apply.
  virtual base::Result<std::vector<std::uint64_t>> apply(std::span<const ports::RecordWrite> changes,
                                                         std::span<const AuditEntry> entries) = 0;
  // An entry without a change. Durable when it returns.
  base::Status append(const AuditEntry& entry);
  virtual std::string head() const = 0;
  virtual std::string anchor_file() const { return {}; }  // empty: none
};

}  // namespace vedette::api
