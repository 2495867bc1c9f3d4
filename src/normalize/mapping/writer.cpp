#include "mapping/writer.hpp"

#include <algorithm>

#include "mapping/convert.hpp"

namespace vedette::normalize {

using model::Value;

void Scratch::begin(std::size_t slots) {
  if (values.size() < slots) {
    read_stamps.resize(slots);
    write_stamps.resize(slots);
    values.resize(slots);
  }
  if (++stamp == 0) {
    std::fill(read_stamps.begin(), read_stamps.end(), 0u);
    std::fill(write_stamps.begin(), write_stamps.end(), 0u);
    stamp = 1;
  }
  related.clear();
  repeated.clear();
  chosen.clear();
}

void TargetWriter::write_ready(const Target& target, const Value& value) {
  if (!wanted(target)) return;
  scratch_.write_stamps[target.slot] = scratch_.stamp;
  builder_.add_derived(target.field, value);
  if (target.related != 0) scratch_.related.push_back({target.related, value});
}

void TargetWriter::write(const Target& target, const Value& value) {
  if (!wanted(target) || value.is_null()) return;
  if (target.field == model::field::timestamp) {
    if (builder_.time() != 0) return;
    if (const auto time = read_time(value.elements().empty() ? Value() : value.elements().front())) {
      builder_.set_time(*time);
    }
    return;
  }
  if (value.is_list()) return write_list(target, value.as_list());
  if (target.type == EcsType::text && value.is_string() && !target.array) return write_ready(target, value);
  Value converted;
  if (!to_ecs_type(target.type, value, arena(), converted)) return;
  if (target.array) {
    const std::span<Value> one = arena().allocate_array<Value>(1);
    one[0] = converted;
    converted = Value::list(one);
  }
  write_ready(target, converted);
}

void TargetWriter::write_list(const Target& target, std::span<const Value> values) {
  if (!wanted(target) || values.empty()) return;
  const std::span<Value> list = arena().allocate_array<Value>(values.size());
  std::size_t count = 0;
  for (const Value& value : values) {
    if (!value.is_null() && to_ecs_type(target.type, value, arena(), list[count])) ++count;
  }
  if (count == 0) return;
  write_ready(target, Value::list(list.first(count)));
}

}  // namespace vedette::normalize
