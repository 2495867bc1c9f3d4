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

// Bounds that every back end keeps; what passes them is refused (ErrorCode::limit). Ids, texts and documents
// are UTF-8 without NUL, reals are numbers: anything else is invalid_argument.
inline constexpr std::size_t kMaxIdBytes = 512;  // at least 1
inline constexpr std::size_t kMaxTextBytes = 8 << 10;
inline constexpr std::size_t kMaxDocumentBytes = 16 << 20;
inline constexpr std::size_t kMaxWrites = 100'000;        // of one apply, and
inline constexpr std::size_t kMaxApplyBytes = 512 << 20;  // their documents together
inline constexpr std::size_t kMaxTestValues = 10'000;     // of all tests of a query
inline constexpr std::size_t kMaxPageBytes = 64 << 20;    // a page ends earlier rather than pass this
inline constexpr std::uint32_t kMaxPageRecords = 10'000;

// Absent, integer, real or text. A column takes values of its type only; a real one takes integers, too.
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
  // One, never absent; none for `absent`; for `in` any number; `contains`: a text in any ASCII case, of text
  // columns. Integers and reals compare by value. Only `not_equals` and `absent` hold for an absent column.
  std::vector<ColumnValue> values;
};

struct RecordQuery {
  std::string collection;
  std::vector<ColumnTest> tests;  // all of them hold
  std::string order_by = "id";    // a column or "id"; ties by id; absent before all, texts by bytes
  bool descending = false;        // the whole order reversed, with ties and absent ones
  std::string after;              // cursor of the page before, of the same query; empty: from the start
  std::uint32_t limit = 100;      // 1 to 10,000
};
struct RecordPage {
  std::vector<StoredRecord> records;
  std::string next;  // cursor ([A-Za-z0-9_-]); empty: that was all. There may be more after a short page
};

struct RecordWrite {
  enum class Kind : std::uint8_t { put, remove };
  static constexpr std::uint64_t kAnyVersion = ~std::uint64_t{0};
  Kind kind = Kind::put;
  std::string collection, id;
  std::string document;
  Columns columns;
  // The version the record must have; 0: it must not be there. A put of another version than it has is
  // refused with ErrorCode::busy and a message that begins with "conflict"; so is such a removal.
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
  // Of all pages: order, cursor and limit do not matter.
  virtual base::Result<std::uint64_t> count(const RecordQuery& query) const = 0;
  // Records by value of a column, most first, then by value: at most `limit` (to 10,000) values.
  virtual base::Result<std::vector<std::pair<ColumnValue, std::uint64_t>>> count_by(
      const RecordQuery& query, std::string_view column, std::uint32_t limit) const = 0;

  // All or none of them; durable when it returns. The new versions are parallel to the writes (0: removed).
  virtual base::Result<std::vector<std::uint64_t>> apply(std::span<const RecordWrite> writes) = 0;
};

}  // namespace vedette::ports
