// Records as a plain map, queried one by one: what record stores are compared with.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "vedette/ports/record_store.hpp"

namespace vedette::test {

using NaiveRecords = std::map<std::string, ports::StoredRecord>;  // by id

// -1, 0, 1: absent, then numbers by value, then texts by bytes.
int compare_values(const ports::ColumnValue& a, const ports::ColumnValue& b);

// All records that the tests hold for, in the order of the query; cursor and limit are not looked at.
std::vector<ports::StoredRecord> naive_find(const NaiveRecords& records, const ports::RecordQuery& query);
std::vector<std::pair<ports::ColumnValue, std::uint64_t>> naive_count_by(const NaiveRecords& records,
                                                                         const ports::RecordQuery& query,
                                                                         const std::string& column);

}  // namespace vedette::test
