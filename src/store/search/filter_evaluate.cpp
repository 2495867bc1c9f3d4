#include <algorithm>
#include <array>

#include "search/field_reader.hpp"
#include "search/filter_node.hpp"

namespace vedette::store::search {

using model::FieldId;
using model::MatchOp;
using model::Value;

namespace {

void subtract(Bitmap& from, const Bitmap& other) {
  for (std::size_t i = 0; i < from.words().size(); ++i) from.words()[i] &= ~other.words()[i];
}

template <typename Pass>
Bitmap rows_where(const Bitmap& active, Pass pass) {
  Bitmap out(active.size());
  active.for_each([&](std::uint32_t row) {
    if (pass(row)) out.set(row);
  });
  return out;
}

Bitmap present_rows(const Column* column, const Bitmap& active) {
  if (!column) return Bitmap(active.size());
  return rows_where(active, [&](std::uint32_t row) { return column->has(row); });
}

// Tests each value of the dictionary once, when it is met first.
template <typename Test>
Bitmap match_dictionary(const Column& column, const Bitmap& active, bool absent_passes, Test test) {
  if (column.codes.empty()) return test(column.dictionary[0]) ? active : Bitmap(active.size());
  enum : std::uint8_t { unknown, no, yes };
  std::vector<std::uint8_t> known(column.dictionary.size(), unknown);
  return rows_where(active, [&](std::uint32_t row) {
    const std::uint16_t code = column.codes[row];
    if (code == Column::kAbsent) return absent_passes;
    if (known[code] == unknown) known[code] = test(column.dictionary[code]) ? yes : no;
    return known[code] == yes;
  });
}

class TestRun {
 public:
  TestRun(const FilterNode& node, Block& block, expr::Scratch& scratch)
      : node_(node), block_(block), scratch_(scratch), op_(node.matcher->op()) {}

  base::Result<Bitmap> field(FieldId field, const Bitmap& active) {
    TRY_ASSIGN(FieldReader reader, FieldReader::open(block_, field));
    return read(reader, active);
  }

  // Of any field: without what "_id" is made of.
  base::Result<Bitmap> own_field(FieldId field, const Bitmap& active) {
    TRY_ASSIGN(FieldReader reader, FieldReader::open_own(block_, field));
    return read(reader, active);
  }

 private:
  base::Result<Bitmap> read(FieldReader& reader, const Bitmap& active) {
    if (node_.other) return against_field(reader, active);
    switch (reader.kind()) {
      case FieldReader::Kind::absent:
        return op_ == MatchOp::is_null ? active : Bitmap(active.size());
      case FieldReader::Kind::column:
        return stored(*reader.column(), active);
      case FieldReader::Kind::time:
        if (node_.is_comparison() && node_.time) return by_time(reader.times(), active);
        if (op_ == MatchOp::exists || op_ == MatchOp::is_null) return time_exists(reader.times(), active);
        break;
      case FieldReader::Kind::id:
        if (op_ == MatchOp::equals && !node_.part && !reader.column()) return by_id(reader, active);
        break;
    }
    return rows_where(active, [&](std::uint32_t row) { return matches(reader.find(row)); });
  }

  bool matches(const Value* value) { return node_.matcher->matches(value, scratch_); }

  Bitmap by_time(std::span<const base::TimeNs> times, const Bitmap& active) const {
    return rows_where(
        active, [&](std::uint32_t row) { return times[row] != 0 && compares(op_, times[row], *node_.time); });
  }

  Bitmap time_exists(std::span<const base::TimeNs> times, const Bitmap& active) const {
    const bool wanted = op_ == MatchOp::exists;
    return rows_where(active, [&](std::uint32_t row) { return (times[row] != 0) == wanted; });
  }

  Bitmap by_id(const FieldReader& reader, const Bitmap& active) const {
    if (!node_.sequence || *node_.sequence == 0) return Bitmap(active.size());
    return rows_where(active, [&](std::uint32_t row) { return reader.sequences()[row] == *node_.sequence; });
  }

  Bitmap stored(const Column& column, const Bitmap& active) {
    if (op_ == MatchOp::exists) return present_rows(&column, active);
    const bool absent_passes = op_ == MatchOp::is_null;
    switch (column.form) {
      case Column::Form::dictionary:
        return match_dictionary(column, active, absent_passes,
                                [&](const Value& value) { return matches(&value); });
      case Column::Form::integers:
        return integers(column, active, absent_passes);
      case Column::Form::values:
        break;
    }
    return rows_where(active, [&](std::uint32_t row) {
      return column.has(row) ? matches(&column.values[row]) : absent_passes;
    });
  }

  Bitmap integers(const Column& column, const Bitmap& active, bool absent_passes) {
    const auto present_where = [&](auto pass) {
      return rows_where(active, [&](std::uint32_t row) {
        return column.has(row) ? pass(column.integers[row]) : absent_passes;
      });
    };
    if (node_.is_comparison() && !node_.against_text) {
      return present_where(
          [&](std::int64_t value) { return compares(op_, static_cast<double>(value), node_.number); });
    }
    if (op_ == MatchOp::equals && !node_.part) {
      return present_where([&](std::int64_t value) { return node_.integer && *node_.integer == value; });
    }
    return present_where([&](std::int64_t number) {
      const Value value = Value::integer(number);
      return matches(&value);
    });
  }

  base::Result<Bitmap> against_field(FieldReader& reader, const Bitmap& active) {
    TRY_ASSIGN(FieldReader other, FieldReader::open(block_, *node_.other));
    return rows_where(active, [&](std::uint32_t row) {
      return node_.matcher->matches_fields(reader.find(row), other.find(row), scratch_);
    });
  }

  const FilterNode& node_;
  Block& block_;
  expr::Scratch& scratch_;
  MatchOp op_;
};

// Any field, or any whose name fits: passes if one of them passes; is_null if all of them pass.
base::Result<Bitmap> evaluate_fields(const FilterNode& node, Block& block, const Bitmap& active,
                                     expr::Scratch& scratch) {
  std::vector<FieldId> fields = block.fields();
  std::erase(fields, model::field::timestamp);
  fields.push_back(model::field::timestamp);
  const bool absence = node.matcher->op() == MatchOp::is_null;
  // Most fields can be ruled out without decoding their columns.
  const std::optional<ValueProbe> probe = node.probe();
  TestRun run(node, block, scratch);
  Bitmap undecided = active;
  for (const FieldId field : fields) {
    if (node.names && !node.names->matches(model::name_of(field))) continue;
    if (undecided.none()) break;
    if (probe && field != model::field::timestamp && !block.may_hold(field, *probe)) continue;
    TRY_ASSIGN(const Bitmap passed, run.own_field(field, undecided));
    if (absence) {
      undecided &= passed;
    } else {
      subtract(undecided, passed);
    }
  }
  if (absence) return undecided;
  Bitmap passed = active;
  subtract(passed, undecided);
  return passed;
}

}  // namespace

base::Result<Bitmap> FilterNode::evaluate(Block& block, const Bitmap& active, expr::Scratch& scratch) const {
  switch (kind) {
    case Kind::always:
      return active;
    case Kind::never:
      return Bitmap(active.size());
    case Kind::all_of: {
      Bitmap rows = active;
      for (const FilterNode& child : children) {
        TRY_ASSIGN(rows, child.evaluate(block, rows, scratch));
        if (rows.none()) break;
      }
      return rows;
    }
    case Kind::any_of: {
      Bitmap undecided = active;
      for (const FilterNode& child : children) {
        TRY_ASSIGN(const Bitmap passed, child.evaluate(block, undecided, scratch));
        subtract(undecided, passed);
        if (undecided.none()) return active;
      }
      Bitmap rows = active;
      subtract(rows, undecided);
      return rows;
    }
    case Kind::negation: {
      TRY_ASSIGN(const Bitmap passed, children[0].evaluate(block, active, scratch));
      Bitmap rows = active;
      subtract(rows, passed);
      return rows;
    }
    case Kind::test:
      break;
  }
  if (tests_many_fields()) return evaluate_fields(*this, block, active, scratch);
  return TestRun(*this, block, scratch).field(field, active);
}

}  // namespace vedette::store::search
