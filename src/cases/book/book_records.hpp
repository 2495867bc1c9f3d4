// Records of the book: what is written, and what is read back.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/cases/incident_book.hpp"

namespace vedette::cases {

inline constexpr int kAttempts = 8;

inline base::Error refuse(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}
inline base::Error is_missing(std::string_view what) {
  return base::make_error(base::ErrorCode::not_found, "no such " + std::string(what));
}
inline base::Error conflict(std::string_view what) {
  return base::make_error(base::ErrorCode::busy, "conflict: " + std::string(what) + " has been changed");
}
inline bool is_conflict(const base::Error& error) {
  return error.code == base::ErrorCode::busy && error.message.starts_with("conflict");
}

std::string text_column(const ports::StoredRecord& record, std::string_view name);
ports::ColumnTest tenant_is(std::string_view tenant);
void set_tenant(ports::Columns& columns, const std::string& tenant);  // absent for the default one

// 32 random hex digits.
std::string random_id();
// Deterministic: the same parts give the same id.
std::string made_id(std::string_view prefix, std::initializer_list<std::string_view> parts);
std::string sha256_hex(std::string_view bytes);

ports::RecordWrite write_of(const Case& value, std::uint64_t expected_version);
base::Result<Case> case_of(const ports::StoredRecord& record);
ports::RecordWrite write_of(const Entry& entry, const std::string& incident, const std::string& tenant,
                            std::uint64_t expected_version);
base::Result<StoredEntry> entry_of(const ports::StoredRecord& record);

// An entry of kind change. The node's have an id made of `cause`, so that they are written once.
Entry change_entry(const Actor& actor, std::string text);
Entry node_entry(std::string_view incident, std::string_view cause, base::TimeNs time, base::TimeNs now,
                 std::string text);

base::Result<std::vector<std::uint64_t>> apply_as(const Actor& actor, ports::RecordStore& records,
                                                  std::span<const ports::RecordWrite> writes);
// The incident if it is of the tenant.
base::Result<std::optional<Case>> get_case(const ports::RecordStore& records, std::string_view tenant,
                                           std::string_view id);
base::Result<std::optional<SlaPolicy>> policy_of(const ports::RecordStore& records, std::string_view tenant,
                                                 model::Level severity);

// When a person's change is said to have been: later than the one before, also where the clock stands still.
inline base::TimeNs next_change(const Case& before, base::TimeNs now) {
  return std::max(now, before.changed + 1);
}

// Read-modify-write of a case. `edit` changes it and adds what else is written; an error of it ends all.
using EditCase = std::function<base::Status(Case& value, std::vector<ports::RecordWrite>& writes)>;
base::Result<Case> edit_case(const Actor& actor, ports::RecordStore& records, std::string_view id,
                             std::uint64_t version, const EditCase& edit);

// limit: the incident has as many entries of people as it may have.
base::Status check_entries_room(const ports::RecordStore& records, std::string_view incident);
std::string entity_risk_json(const EntityRiskRow& row);

// What update does to a case; tells the observer. The text of the change; empty: nothing changed.
struct PlannedChange {
  std::string text;
  std::vector<model::IncidentCommand> commands;
};
base::Result<PlannedChange> plan_change(const ports::RecordStore& records, const Actor& actor, Case& value,
                                        const CaseChange& change);
void tell_changes(CaseObserver* observer, const Case& before, const Case& after, const Actor& actor,
                  std::vector<ports::RecordWrite>& writes);

}  // namespace vedette::cases
