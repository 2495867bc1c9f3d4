#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "part.hpp"

namespace vedette::store {

using model::Value;
using model::ValueKind;

namespace {

Value copy_value(const Value& value, base::Arena& arena) {
  if (value.is_string()) return Value::string(arena.copy(value.as_string()));
  if (!value.is_list()) return value;
  const std::span<Value> items = arena.allocate_array<Value>(value.as_list().size());
  std::transform(value.as_list().begin(), value.as_list().end(), items.begin(),
                 [&](const Value& item) { return copy_value(item, arena); });
  return Value::list(items);
}

struct FieldColumn {
  model::FieldId field{};
  const Column* column = nullptr;
  std::vector<Value> dictionary;  // copied once
};

base::Result<std::vector<FieldColumn>> columns_of(Block& block, base::Arena& arena) {
  std::vector<FieldColumn> columns;
  for (const model::FieldId field : block.fields()) {
    TRY_ASSIGN(const Column* column, block.column(field));
    if (!column) continue;
    FieldColumn& added = columns.emplace_back();
    added.field = field;
    added.column = column;
    for (const Value& value : column->dictionary) added.dictionary.push_back(copy_value(value, arena));
  }
  std::sort(columns.begin(), columns.end(), [](const FieldColumn& a, const FieldColumn& b) {
    return model::index_of(a.field) < model::index_of(b.field);
  });
  return columns;
}

// The sources of rows by path.
class Sources {
 public:
  const std::shared_ptr<const model::Source>& of(std::string_view path) {
    auto& source = sources_[std::string(path)];
    if (!source) source = std::make_shared<model::Source>(model::Source{std::string(path)});
    return source;
  }

 private:
  std::unordered_map<std::string, std::shared_ptr<const model::Source>> sources_;
};

}  // namespace

base::Result<std::shared_ptr<const model::EventBatch>> rows_of(Block& block) {
  TRY_ASSIGN(const auto times, block.times());
  TRY_ASSIGN(const auto sequences, block.sequences());
  Sources sources;
  std::string last_path;
  if (block.rows() > 0) {
    TRY_ASSIGN(const RowHead first, block.head(0));
    last_path = first.source_path;
  }
  model::BatchBuilder builder(sources.of(last_path));
  TRY_ASSIGN(const std::vector<FieldColumn> columns, columns_of(block, builder.arena()));
  for (std::uint32_t row = 0; row < block.rows(); ++row) {
    TRY_ASSIGN(const RowHead head, block.head(row));
    if (head.source_path != last_path) {
      last_path = head.source_path;
      builder.set_source(sources.of(last_path));
    }
    builder.begin_row(head.position);
    builder.set_time(times[row]);
    builder.set_sequence(sequences[row]);
    for (const FieldColumn& from : columns) {
      const Column& column = *from.column;
      if (!column.has(row)) continue;
      if (column.form == Column::Form::dictionary) {
        builder.add(from.field, from.dictionary[column.codes.empty() ? 0 : column.codes[row]]);
      } else {
        builder.add(from.field, copy_value(column.at(row), builder.arena()));
      }
    }
    builder.end_row();
  }
  return builder.finish();
}

}  // namespace vedette::store
