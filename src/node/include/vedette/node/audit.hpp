// The audit log of a data folder, read beside the node that writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::node {

// The collection of entries; a document is an entry as it is exported (docs/formats/audit.md).
std::string audit_collection();
// An entry as a line for people, without control characters and line end.
std::string audit_text(const ports::StoredRecord& record);

struct AuditCheck {
  std::uint64_t entries = 0;
  std::string head;                 // hash of the newest
  std::vector<std::string> faults;  // sentences, at most 1,000
};
// `anchors`: the file of anchors; empty: that of the folder. `anchor`: a line of one, an exported entry or a
// hash that must be in the chain; empty: none. Faults are no error.
base::Result<AuditCheck> check_audit(const std::string& data_folder, std::string anchors,
                                     std::string_view anchor);

}  // namespace vedette::node
