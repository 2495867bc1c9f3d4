#include "support/json_events.hpp"

#include <stdexcept>
#include <vector>

#include <simdjson.h>

#include "vedette/base/time.hpp"

namespace vedette::test {
namespace {

using model::Value;

Value value_of(model::BatchBuilder& builder, simdjson::dom::element element) {
  using Type = simdjson::dom::element_type;
  switch (element.type()) {
    case Type::STRING:
      return Value::string(builder.arena().copy(std::string_view(element)));
    case Type::INT64:
      return Value::integer(std::int64_t(element));
    case Type::UINT64:
      return Value::string(builder.arena().copy(std::to_string(std::uint64_t(element))));
    case Type::DOUBLE:
      return Value::real(double(element));
    case Type::BOOL:
      return Value::boolean(bool(element));
    case Type::ARRAY: {
      std::vector<Value> items;
      for (const auto item : simdjson::dom::array(element)) items.push_back(value_of(builder, item));
      auto list = builder.arena().allocate_array<Value>(items.size());
      std::copy(items.begin(), items.end(), list.begin());
      return Value::list(list);
    }
    case Type::NULL_VALUE:
    case Type::OBJECT:
      break;
  }
  return Value::null();
}

void add_members(model::BatchBuilder& builder, const std::string& prefix, simdjson::dom::object object) {
  for (const auto [key, element] : object) {
    const std::string name = prefix + std::string(key);
    if (name == "@timestamp") {
      const auto time = base::parse_iso8601(std::string_view(element));
      if (!time) throw std::runtime_error("no time: " + std::string(std::string_view(element)));
      builder.set_time(*time);
    } else if (element.is_object()) {
      add_members(builder, name + ".", simdjson::dom::object(element));
    } else {
      builder.add(model::intern(name), value_of(builder, element));
    }
  }
}

}  // namespace

std::shared_ptr<const model::EventBatch> events_of_json(std::string_view ndjson, const std::string& source) {
  model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{source}));
  simdjson::dom::parser parser;
  std::uint64_t position = 0;
  for (std::size_t at = 0; at < ndjson.size();) {
    const std::size_t end = std::min(ndjson.find('\n', at), ndjson.size());
    const std::string line(ndjson.substr(at, end - at));
    at = end + 1;
    ++position;
    if (line.empty()) continue;
    builder.begin_row(position);
    add_members(builder, "", simdjson::dom::object(parser.parse(line)));
    builder.end_row();
  }
  return builder.finish();
}

}  // namespace vedette::test
