#include "json_rows.hpp"

#include <algorithm>

#include "vedette/base/time.hpp"

namespace vedette::cli {
namespace {

using model::Value;
using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr int kMaxDepth = 64;

Value scalar_of(model::BatchBuilder& builder, const element& item) {
  std::string_view text;
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  switch (item.type()) {
    case element_type::STRING:
      return item.get(text) == simdjson::SUCCESS ? Value::string(builder.arena().copy(text)) : Value::null();
    case element_type::INT64:
      return item.get(integer) == simdjson::SUCCESS ? Value::integer(integer) : Value::null();
    case element_type::DOUBLE:
      return item.get(real) == simdjson::SUCCESS ? Value::real(real) : Value::null();
    case element_type::BOOL:
      return item.get(boolean) == simdjson::SUCCESS ? Value::boolean(boolean) : Value::null();
    case element_type::UINT64:
    case element_type::OBJECT:
      return Value::string(builder.arena().copy(simdjson::minify(item)));
    default:
      return Value::null();
  }
}

void flatten(model::BatchBuilder& builder, const element& item, std::vector<Value>& out, int depth) {
  simdjson::dom::array array;
  if (item.get(array) != simdjson::SUCCESS) {
    out.push_back(scalar_of(builder, item));
  } else if (depth < kMaxDepth) {
    for (const element one : array) flatten(builder, one, out, depth + 1);
  }
}

Value value_of(model::BatchBuilder& builder, const element& item) {
  if (!item.is_array()) return scalar_of(builder, item);
  std::vector<Value> items;
  flatten(builder, item, items, 0);
  const auto list = builder.arena().allocate_array<Value>(items.size());
  std::copy(items.begin(), items.end(), list.begin());
  return Value::list(list);
}

}  // namespace

JsonRows::JsonRows()
    : builder_(std::make_unique<model::BatchBuilder>(std::make_shared<model::Source>(model::Source{"-"}))) {}

void JsonRows::add(const JsonView& row, const std::vector<std::string>& columns) {
  simdjson::dom::object object;
  if (!row.is_object() || row.element().get(object) != simdjson::SUCCESS) return;
  builder_->begin_row(builder_->rows() + 1);
  for (const auto& [key, item] : object) {
    if (key == "@timestamp") {
      std::string_view text;
      const auto time = item.get(text) == simdjson::SUCCESS ? base::parse_iso8601(text) : std::nullopt;
      if (time) builder_->set_time(*time);
      if (time && columns.empty()) continue;
    }
    builder_->add(model::intern(key), value_of(*builder_, item));
  }
  builder_->end_row();
}

std::shared_ptr<const model::EventBatch> JsonRows::take() {
  auto batch = builder_->finish();
  *this = JsonRows();
  return batch;
}

}  // namespace vedette::cli
