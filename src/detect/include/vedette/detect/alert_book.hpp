// AlertBook: the alerts of the stream as records: each once, grouped by rule and key.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/model/alert_record.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::detect {

// The collections it keeps: "alerts" (columns time, detected, rule_id, level, risk, status, group_id,
// assignee, host, user, tenant, verdict) and "alert_groups" (rule_id, group_key, level, first_seen,
// last_seen, count, status, tenant). Times are nanoseconds, levels numbers from 0 (informational); the tenant
// is absent for the default one; documents: docs/formats/records.md.
std::vector<ports::CollectionSchema> alert_collections();

// The tenant of the alert's event (vedette.tenant of its document); empty: the default one.
std::string alert_tenant(const model::AlertRecord& alert);

// Not thread safe: the one consumer of the "alerts" topic.
class AlertBook {
 public:
  explicit AlertBook(ports::RecordStore& records) : records_(records) {}
  // Writes alerts that are not there yet and brings their groups up to date, in one transaction (more than
  // 5,000 alerts or 64 MiB: in several): adding the same alerts again changes nothing, and their order does
  // not matter. What people wrote (columns status, assignee, verdict; the member "handling" of alerts,
  // members of groups it does not know) is left as it is. Returns how many were new.
  base::Result<std::uint64_t> add(std::span<const model::AlertRecord> alerts);

 private:
  ports::RecordStore& records_;
};

}  // namespace vedette::detect
