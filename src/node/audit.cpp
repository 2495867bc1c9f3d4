#include "vedette/node/audit.hpp"

#include <fmt/format.h>

#include "vedette/api/audit.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/node/records.hpp"

namespace vedette::node {

std::string audit_collection() {
  return api::audit_collections().front().name;
}

std::string audit_text(const ports::StoredRecord& record) {
  const auto entry = api::parse_audit_entry(record.document);
  if (!entry) {
    return base::escape_control(record.id) + "  cannot be read: vedette audit verify tells more";
  }
  const std::string& who = entry->actor_name.empty() ? entry->actor_kind : entry->actor_name;
  std::string text =
      fmt::format("{:>6}  {}  {:<7}  {}  {}", entry->sequence,
                  base::format_rfc3339(entry->time).substr(0, 19), entry->outcome, who, entry->action);
  if (!entry->target.empty()) text += "  " + entry->target;
  if (!entry->reason.empty()) text += "  (" + entry->reason + ")";
  return base::escape_control(text);
}

base::Result<AuditCheck> check_audit(const std::string& data_folder, std::string anchors,
                                     std::string_view anchor) {
  TRY_ASSIGN(const auto records, open_records(data_folder));
  if (anchors.empty()) anchors = data_folder + "/" + api::kAuditAnchorFile;
  TRY_ASSIGN(api::AuditVerdict verdict, api::verify_audit(*records, anchors, anchor));
  AuditCheck check;
  check.entries = verdict.entries;
  check.head = std::move(verdict.head);
  for (api::AuditFault& fault : verdict.faults) check.faults.push_back(std::move(fault.what));
  return check;
}

}  // namespace vedette::node
