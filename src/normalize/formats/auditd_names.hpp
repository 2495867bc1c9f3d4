// The names behind the numbers of Linux audit records, and what records and system calls mean in ECS.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "vedette/model/value.hpp"

namespace vedette::normalize::auditd {

// AUDIT_ARCH code (0xc000003e) to name ("x86_64"); empty if unknown.
std::string_view arch_name(std::uint64_t code);
// Number to name on an architecture named as by arch_name(); empty if unknown.
std::string_view syscall_name(std::string_view arch, std::uint64_t number);
// Record type number (1300) to name ("SYSCALL"); empty if unknown.
std::string_view record_type_name(std::uint64_t number);

struct Meaning {
  std::string_view name;    // of the record type or system call
  std::string_view action;  // event.action
  std::span<const model::Value> category;
  std::span<const model::Value> type;
};
// nullptr if there is nothing to say about it.
const Meaning* meaning_of_record(std::string_view type);
const Meaning* meaning_of_syscall(std::string_view name);

}  // namespace vedette::normalize::auditd
