// RecordStore: small mutable records (alerts, rule states, sources, settings, later users and cases), in
// named collections of JSON documents with declared columns (design section 5).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::ports {

// Absent, integer, real or text.
using ColumnValue = std::variant<std::monostate, std::int64_t, double, std::string>;
using Columns = std::map<std::string, ColumnValue, std::less<>>;

enum class ColumnType : std::uint8_t { integer, real, text };
struct ColumnSchema {
  std::string name;  // [a-z][a-z0-9_]*
  ColumnType type = ColumnType::text;
  bool indexed = true;
};
// What a collection is made of. A column added later is absent (null) in older records until they are
// written again; none is ever removed.
struct CollectionSchema {
  std::string name;  // [a-z][a-z0-9_]*
  std::vector<ColumnSchema> columns;
};

struct StoredRecord {
  std::string id;
  std::uint64_t version = 0;  // 1 when made, one more with every write
  std::string document;       // JSON
  Columns columns;
};

struct ColumnTest {
  enum class Op : std::uint8_t { equals, not_equals, less, at_most, greater, at_least, in, contains, absent };
  std::string column;  // or "id"
  Op op = Op::equals;
  std::vector<ColumnValue> values;  // one; for `in` any number; `contains`: a text in any ASCII case
};

struct RecordQuery {
  std::string collection;
  std::vector<ColumnTest> tests;  // all of them hold
  std::string order_by = "id";    // a column or "id"; ties by id
  bool descending = false;
  std::string after;          // cursor of the page before; empty: from the start
  std::uint32_t limit = 100;  // at most 10,000
};
struct RecordPage {
  std::vector<StoredRecord> records;
  std::string next;  // cursor; empty: that was all
};

struct RecordWrite {
  enum class Kind : std::uint8_t { put, remove };
  static constexpr std::uint64_t kAnyVersion = ~std::uint64_t{0};
  Kind kind = Kind::put;
  std::string collection, id;
  std::string document;
  Columns columns;
  // The version the record must have; 0: it must not be there. A put of another version than it has is
  // refused with ErrorCode::busy and a message that begins with "conflict".
  std::uint64_t expected_version = kAnyVersion;
};

// Thread safe. Implementations: adapters/sqlite, adapters/postgres.
class RecordStore {
 public:
  virtual ~RecordStore() = default;

  virtual base::Result<std::optional<StoredRecord>> get(std::string_view collection,
                                                        std::string_view id) const = 0;
  // invalid_argument: no such collection or column, a bad cursor.
  virtual base::Result<RecordPage> find(const RecordQuery& query) const = 0;
  virtual base::Result<std::uint64_t> count(const RecordQuery& query) const = 0;
  // Records by value of a column, most first: at most `limit` values.
  virtual base::Result<std::vector<std::pair<ColumnValue, std::uint64_t>>> count_by(
      const RecordQuery& query, std::string_view column, std::uint32_t limit) const = 0;

  // All or none of them; durable when it returns. The new versions are parallel to the writes (0: removed).
  virtual base::Result<std::vector<std::uint64_t>> apply(std::span<const RecordWrite> writes) = 0;
};

}  // namespace vedette::ports
