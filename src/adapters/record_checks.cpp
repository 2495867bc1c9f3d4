#include "record_checks.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "vedette/base/text.hpp"

namespace vedette::adapters {

namespace {

using base::ErrorCode;
using base::make_error;
using ports::ColumnSchema;
using ports::ColumnTest;
using ports::ColumnType;
using ports::ColumnValue;

constexpr std::size_t kMaxNameBytes = 48;
constexpr std::size_t kMaxColumns = 64;
constexpr std::size_t kMaxTests = 64;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || base::is_digit(c) || c == '_'; });
}

std::string quoted(std::string_view name) {
  return "'" + base::escape_control(name.substr(0, 100)) + "'";
}

// `what` and `name` tell in errors what the text is of.
base::Status check_text(std::string_view text, std::size_t max_bytes, const char* what,
                        std::string_view name) {
  if (text.size() > max_bytes) {
    return make_error(ErrorCode::limit,
                      what + quoted(name) + " is longer than " + std::to_string(max_bytes) + " bytes");
  }
  if (text.find('\0') != std::string_view::npos || !base::is_valid_utf8(text)) {
    return make_error(ErrorCode::invalid_argument, what + quoted(name) + " is not UTF-8 without NUL");
  }
  return base::ok_status();
}

base::Status check_value(const ColumnValue& value, ColumnType type, const std::string& column) {
  if (!value_fits(value, type)) {
    return make_error(ErrorCode::invalid_argument,
                      "a value of another type than that of column " + quoted(column));
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return check_text(*text, ports::kMaxTextBytes, "the text of column ", column);
  }
  return base::ok_status();
}

bool is_number(const ColumnValue& value) {
  const auto* real = std::get_if<double>(&value);
  return std::holds_alternative<std::int64_t>(value) || (real && !std::isnan(*real));
}

base::Status check_test(const ports::CollectionSchema& schema, const ColumnTest& test) {
  ColumnType type = ColumnType::text;
  if (test.column != "id") {
    const ColumnSchema* column = find_column(schema, test.column);
    if (!column) {
      return make_error(ErrorCode::invalid_argument,
                        "no column " + quoted(test.column) + " in collection " + quoted(schema.name));
    }
    type = column->type;
  }
  const bool right_number = test.op == ColumnTest::Op::in       ? true
                            : test.op == ColumnTest::Op::absent ? test.values.empty()
                                                                : test.values.size() == 1;
  if (!right_number) {
    return make_error(ErrorCode::invalid_argument,
                      "wrong number of values for a test of " + quoted(test.column));
  }
  if (test.op == ColumnTest::Op::contains && type != ColumnType::text) {
    return make_error(ErrorCode::invalid_argument, "column " + quoted(test.column) + " holds no text");
  }
  for (const ColumnValue& value : test.values) {
    const bool fits =
        type == ColumnType::text ? std::holds_alternative<std::string>(value) : is_number(value);
    if (!fits) {
      return make_error(ErrorCode::invalid_argument,
                        "a test of column " + quoted(test.column) + " with a value of another type");
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
      TRY(check_text(*text, ports::kMaxTextBytes, "the text tested in column ", test.column));
    }
  }
  return base::ok_status();
}

}  // namespace

const ColumnSchema* find_column(const ports::CollectionSchema& schema, std::string_view name) {
  const auto at = std::find_if(schema.columns.begin(), schema.columns.end(),
                               [&](const ColumnSchema& column) { return column.name == name; });
  return at == schema.columns.end() ? nullptr : &*at;
}

bool value_fits(const ColumnValue& value, ColumnType type) {
  if (std::holds_alternative<std::monostate>(value)) return true;
  switch (type) {
    case ColumnType::integer:
      return std::holds_alternative<std::int64_t>(value);
    case ColumnType::real:
      return is_number(value);
    case ColumnType::text:
      return std::holds_alternative<std::string>(value);
  }
  return false;
}

base::Status check_schemas(std::span<const ports::CollectionSchema> schemas) {
  std::set<std::string_view> collections;
  for (const ports::CollectionSchema& schema : schemas) {
    if (!is_name(schema.name) || !collections.insert(schema.name).second) {
      return make_error(ErrorCode::invalid_argument, "bad or double collection name " + quoted(schema.name));
    }
    if (schema.columns.size() > kMaxColumns) {
      return make_error(ErrorCode::limit, "too many columns in collection " + quoted(schema.name));
    }
    std::set<std::string_view> columns{"id"};
    for (const ColumnSchema& column : schema.columns) {
      if (!is_name(column.name) || !columns.insert(column.name).second) {
        return make_error(ErrorCode::invalid_argument, "bad or double column name " + quoted(column.name) +
                                                           " in collection " + quoted(schema.name));
      }
    }
  }
  return base::ok_status();
}

base::Status check_write(const ports::CollectionSchema& schema, const ports::RecordWrite& write) {
  if (write.id.empty()) return make_error(ErrorCode::invalid_argument, "a record needs an id");
  TRY(check_text(write.id, ports::kMaxIdBytes, "the record id ", write.id));
  if (write.kind == ports::RecordWrite::Kind::remove) return base::ok_status();
  TRY(check_text(write.document, ports::kMaxDocumentBytes, "the document of ", write.id));
  for (const auto& [name, value] : write.columns) {
    const ColumnSchema* column = find_column(schema, name);
    if (!column) {
      return make_error(ErrorCode::invalid_argument,
                        "no column " + quoted(name) + " in collection " + quoted(schema.name));
    }
    TRY(check_value(value, column->type, name));
  }
  return base::ok_status();
}

base::Status check_writes_bounds(std::span<const ports::RecordWrite> writes) {
  std::size_t bytes = 0;
  for (const ports::RecordWrite& write : writes) bytes += write.document.size();
  if (writes.size() > ports::kMaxWrites || bytes > ports::kMaxApplyBytes) {
    return make_error(ErrorCode::limit, "too many records, or too many bytes of them, in one write");
  }
  return base::ok_status();
}

base::Status check_tests(const ports::CollectionSchema& schema, const ports::RecordQuery& query) {
  std::size_t values = 0;
  for (const ColumnTest& test : query.tests) values += test.values.size();
  if (query.tests.size() > kMaxTests || values > ports::kMaxTestValues) {
    return make_error(ErrorCode::limit, "too many tests, or values of them, in one query");
  }
  for (const ColumnTest& test : query.tests) TRY(check_test(schema, test));
  return base::ok_status();
}

base::Status check_page(const ports::CollectionSchema& schema, const ports::RecordQuery& query) {
  if (query.order_by != "id" && !find_column(schema, query.order_by)) {
    return make_error(ErrorCode::invalid_argument,
                      "no column " + quoted(query.order_by) + " in collection " + quoted(schema.name));
  }
  if (query.limit == 0 || query.limit > ports::kMaxPageRecords) {
    return make_error(ErrorCode::invalid_argument,
                      "the limit of a page is 1 to " + std::to_string(ports::kMaxPageRecords));
  }
  return check_tests(schema, query);
}

}  // namespace vedette::adapters
