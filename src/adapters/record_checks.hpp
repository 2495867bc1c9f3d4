// What every RecordStore refuses before it asks its back end.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::adapters {

// Null if there is none.
const ports::ColumnSchema* find_column(const ports::CollectionSchema& schema, std::string_view name);

// Names are [a-z][a-z0-9_]*, at most 48 bytes, each once.
base::Status check_schemas(std::span<const ports::CollectionSchema> schemas);
base::Status check_write(const ports::CollectionSchema& schema, const ports::RecordWrite& write);
// The number and the bytes of the writes of one apply.
base::Status check_writes_bounds(std::span<const ports::RecordWrite> writes);
base::Status check_tests(const ports::CollectionSchema& schema, const ports::RecordQuery& query);
base::Status check_page(const ports::CollectionSchema& schema, const ports::RecordQuery& query);

// Whether a column of `type` takes the value; absent fits all.
bool value_fits(const ports::ColumnValue& value, ports::ColumnType type);

}  // namespace vedette::adapters
