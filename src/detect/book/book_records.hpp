// The records of the rule book and back.
#pragma once

#include "vedette/detect/rule_book.hpp"

namespace vedette::detect {

inline constexpr std::string_view kRules = "rules", kRuleVersions = "rule_versions",
                                  kExceptions = "exceptions";

ports::RecordWrite to_write(const BookRule& rule, std::uint64_t expected_version);
ports::RecordWrite to_write(const RuleVersion& version);
ports::RecordWrite to_write(const BookException& exception, std::uint64_t expected_version);
std::string version_record_id(std::string_view rule_id, std::uint32_t number);

// corrupt: not what to_write makes.
base::Result<BookRule> book_rule_of(const ports::StoredRecord& record);
base::Result<RuleVersion> rule_version_of(const ports::StoredRecord& record);
base::Result<BookException> book_exception_of(const ports::StoredRecord& record);

}  // namespace vedette::detect
