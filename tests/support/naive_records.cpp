#include "support/naive_records.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"

namespace vedette::test {

namespace {

using ports::ColumnTest;
using ports::ColumnValue;

int rank(const ColumnValue& value) {
  return value.index() == 0 ? 0 : value.index() == 3 ? 2 : 1;
}

// Exact for both: 64 bits of mantissa.
long double number(const ColumnValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<long double>(*integer);
  return std::get<double>(value);
}

ColumnValue value_of(const ports::StoredRecord& record, const std::string& column) {
  if (column == "id") return record.id;
  const auto found = record.columns.find(column);
  return found == record.columns.end() ? ColumnValue() : found->second;
}

bool contains(const std::string& text, const std::string& part) {
  return base::to_lower_ascii(text).find(base::to_lower_ascii(part)) != std::string::npos;
}

bool holds(const ports::StoredRecord& record, const ColumnTest& test) {
  const ColumnValue value = value_of(record, test.column);
  const bool absent = value.index() == 0;
  const auto is = [&](auto accepts) { return !absent && accepts(compare_values(value, test.values[0])); };
  switch (test.op) {
    case ColumnTest::Op::absent:
      return absent;
    case ColumnTest::Op::equals:
      return is([](int order) { return order == 0; });
    case ColumnTest::Op::not_equals:
      return !is([](int order) { return order == 0; });
    case ColumnTest::Op::less:
      return is([](int order) { return order < 0; });
    case ColumnTest::Op::at_most:
      return is([](int order) { return order <= 0; });
    case ColumnTest::Op::greater:
      return is([](int order) { return order > 0; });
    case ColumnTest::Op::at_least:
      return is([](int order) { return order >= 0; });
    case ColumnTest::Op::in:
      return !absent && std::any_of(test.values.begin(), test.values.end(), [&](const ColumnValue& wanted) {
        return compare_values(value, wanted) == 0;
      });
    case ColumnTest::Op::contains:
      return !absent && contains(std::get<std::string>(value), std::get<std::string>(test.values[0]));
  }
  return false;
}

}  // namespace

int compare_values(const ColumnValue& a, const ColumnValue& b) {
  if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
  if (rank(a) == 0) return 0;
  if (rank(a) == 1) return number(a) < number(b) ? -1 : number(a) > number(b) ? 1 : 0;
  const int order = std::get<std::string>(a).compare(std::get<std::string>(b));
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

std::vector<ports::StoredRecord> naive_find(const NaiveRecords& records, const ports::RecordQuery& query) {
  std::vector<ports::StoredRecord> found;
  for (const auto& [id, record] : records) {
    if (std::all_of(query.tests.begin(), query.tests.end(),
                    [&](const ColumnTest& test) { return holds(record, test); })) {
      found.push_back(record);
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [&](const ports::StoredRecord& a, const ports::StoredRecord& b) {
                     return compare_values(value_of(a, query.order_by), value_of(b, query.order_by)) < 0;
                   });
  if (query.descending) std::reverse(found.begin(), found.end());
  return found;
}

std::vector<std::pair<ColumnValue, std::uint64_t>> naive_count_by(const NaiveRecords& records,
                                                                  const ports::RecordQuery& query,
                                                                  const std::string& column) {
  ports::RecordQuery sorted = query;
  sorted.order_by = column;
  sorted.descending = false;
  std::vector<std::pair<ColumnValue, std::uint64_t>> counts;
  for (const ports::StoredRecord& record : naive_find(records, sorted)) {
    const ColumnValue value = value_of(record, column);
    if (counts.empty() || compare_values(counts.back().first, value) != 0) counts.emplace_back(value, 0);
    ++counts.back().second;
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return counts;
}

}  // namespace vedette::test
