#include "search/local_keys.hpp"

#include <algorithm>
#include <cmath>

#include "search/field_reader.hpp"
#include "search/time_bucket.hpp"

namespace vedette::store::search {

using model::GroupKey;
using model::Value;
using model::ValueKind;

namespace {

std::optional<base::TimeNs> time_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::string:
      return base::parse_iso8601(value.as_string());
    case ValueKind::integer:
      return base::from_epoch_number(value.as_integer());
    case ValueKind::real:
      return base::from_epoch_number(value.as_real());
    default:
      return std::nullopt;
  }
}

bool same_bucket(const KeyValue& a, const KeyValue& b) {
  return compare_values(a.value, b.value) == 0;
}

}  // namespace

base::Result<LocalKeys> LocalKeys::read(Block& block, const GroupPlan::Key& key, const Bitmap& selected,
                                        std::span<const std::uint32_t> rows, expr::Scratch& scratch) {
  LocalKeys keys(key);
  if (key.asked->kind == GroupKey::Kind::filters) {
    TRY(keys.read_filters(block, selected, rows, scratch));
    return keys;
  }
  TRY_ASSIGN(FieldReader reader, FieldReader::open(block, key.field));
  switch (reader.kind()) {
    case FieldReader::Kind::absent:
      keys.ids_.assign(rows.size(), keys.missing());
      keys.repeats_ = true;
      return keys;
    case FieldReader::Kind::time:
      keys.read_times(reader.times(), rows);
      return keys;
    case FieldReader::Kind::column:
      if (reader.column()->form == Column::Form::dictionary) {
        keys.read_dictionary(*reader.column(), rows);
        return keys;
      }
      break;
    case FieldReader::Kind::id:
      keys.made_.reserve(rows.size());
      break;
  }
  keys.ids_.reserve(rows.size());
  keys.values_.reserve(rows.size());
  std::vector<KeyValue> found;
  for (const std::uint32_t row : rows) {
    found.clear();
    const Value* value = reader.find(row);
    Value kept;
    if (value && reader.kind() == FieldReader::Kind::id && value->is_string()) {
      keys.made_.emplace_back(value->as_string());
      kept = Value::string(keys.made_.back());
      value = &kept;
    }
    if (value) keys.append_values(*value, found);
    keys.add_row(found);
  }
  return keys;
}

std::uint32_t LocalKeys::missing() {
  if (key_->asked->keep_missing && missing_ == kNone) {
    missing_ = static_cast<std::uint32_t>(values_.size());
    values_.emplace_back();
  }
  return missing_;
}

void LocalKeys::append_values(const Value& value, std::vector<KeyValue>& out) const {
  if (key_->asked->kind != GroupKey::Kind::value) return append_buckets(value, out);
  if (!value.is_list()) {
    if (!value.is_null()) out.push_back({KeyValue::Tag::value, value});
    return;
  }
  std::vector<Value> distinct;
  append_distinct(value, distinct);
  for (const Value& element : distinct) out.push_back({KeyValue::Tag::value, element});
}

void LocalKeys::append_buckets(const Value& value, std::vector<KeyValue>& out) const {
  const std::size_t first = out.size();
  const GroupKey& key = *key_->asked;
  for (const Value& element : value.elements()) {
    if (key.kind == GroupKey::Kind::time_bucket) {
      if (const auto time = time_of(element)) {
        out.push_back({KeyValue::Tag::time, Value::integer(time_bucket_of(key, *time).start)});
      }
      continue;
    }
    double number = 0;
    if (!number_of(element, number)) continue;
    const double start = std::floor((number - key.number_offset) / key.width) * key.width + key.number_offset;
    if (std::isfinite(start)) out.push_back({KeyValue::Tag::number, Value::real(start == 0 ? 0.0 : start)});
  }
  if (out.size() - first < 2) return;
  const auto begin = out.begin() + static_cast<std::ptrdiff_t>(first);
  std::stable_sort(begin, out.end(),
                   [](const KeyValue& a, const KeyValue& b) { return compare_values(a.value, b.value) < 0; });
  out.erase(std::unique(begin, out.end(), same_bucket), out.end());
}

void LocalKeys::to_offsets() {
  if (!offsets_.empty()) return;
  // Until now each row had one id; rows without a value now have none.
  std::vector<std::uint32_t> ids;
  offsets_.push_back(0);
  for (const std::uint32_t id : ids_) {
    if (id != kNone) ids.push_back(id);
    offsets_.push_back(static_cast<std::uint32_t>(ids.size()));
  }
  ids_ = std::move(ids);
}

void LocalKeys::add_row(std::span<const KeyValue> values) {
  if (values.size() > 1) to_offsets();
  if (values.empty()) {
    const std::uint32_t id = missing();
    if (offsets_.empty() || id != kNone) ids_.push_back(id);
  }
  for (const KeyValue& value : values) {
    ids_.push_back(static_cast<std::uint32_t>(values_.size()));
    values_.push_back(value);
  }
  if (!offsets_.empty()) offsets_.push_back(static_cast<std::uint32_t>(ids_.size()));
}

void LocalKeys::read_dictionary(const Column& column, std::span<const std::uint32_t> rows) {
  repeats_ = true;
  std::vector<std::uint32_t> first{0};
  std::vector<KeyValue> found;
  bool single = true;
  for (const Value& value : column.dictionary) {
    append_values(value, found);
    single = single && found.size() - first.back() <= 1;
    first.push_back(static_cast<std::uint32_t>(found.size()));
  }
  values_ = std::move(found);
  const std::uint32_t none = missing();
  if (!single) offsets_.push_back(0);
  ids_.reserve(rows.size());
  for (const std::uint32_t row : rows) {
    const std::uint16_t code = column.codes.empty() ? std::uint16_t{0} : column.codes[row];
    const std::uint32_t begin = code == Column::kAbsent ? 0 : first[code];
    const std::uint32_t end = code == Column::kAbsent ? 0 : first[code + 1u];
    if (begin == end && (single || none != kNone)) ids_.push_back(none);
    for (std::uint32_t id = begin; id < end; ++id) ids_.push_back(id);
    if (!single) offsets_.push_back(static_cast<std::uint32_t>(ids_.size()));
  }
}

void LocalKeys::read_times(std::span<const base::TimeNs> times, std::span<const std::uint32_t> rows) {
  const GroupKey& key = *key_->asked;
  ids_.reserve(rows.size());
  if (key.kind == GroupKey::Kind::number_bucket) {  // the text of a time is no number
    ids_.assign(rows.size(), missing());
    return;
  }
  repeats_ = key.kind == GroupKey::Kind::time_bucket;
  TimeBucket bucket;  // rows come in order of time: most lie in the bucket of the one before
  std::uint32_t id = kNone;
  for (const std::uint32_t row : rows) {
    const base::TimeNs time = times[row];
    if (time == 0) {
      ids_.push_back(missing());
      continue;
    }
    if (id == kNone || time < bucket.start || time >= bucket.end) {
      bucket = repeats_ ? time_bucket_of(key, time) : TimeBucket{time, time + (time < INT64_MAX)};
      id = static_cast<std::uint32_t>(values_.size());
      values_.push_back({KeyValue::Tag::time, Value::integer(bucket.start)});
    }
    ids_.push_back(id);
  }
}

base::Status LocalKeys::read_filters(Block& block, const Bitmap& selected,
                                     std::span<const std::uint32_t> rows, expr::Scratch& scratch) {
  repeats_ = true;
  std::vector<Bitmap> passed;
  for (std::size_t i = 0; i < key_->filters.size(); ++i) {
    TRY_ASSIGN(Bitmap rows_of_filter, key_->filters[i].evaluate(block, selected, scratch));
    passed.push_back(std::move(rows_of_filter));
    values_.push_back({KeyValue::Tag::filter, Value::integer(static_cast<std::int64_t>(i))});
  }
  const std::uint32_t none = missing();
  offsets_.push_back(0);
  for (const std::uint32_t row : rows) {
    const std::size_t before = ids_.size();
    for (std::uint32_t i = 0; i < passed.size(); ++i) {
      if (passed[i].test(row)) ids_.push_back(i);
    }
    if (ids_.size() == before && none != kNone) ids_.push_back(none);
    offsets_.push_back(static_cast<std::uint32_t>(ids_.size()));
  }
  return base::ok_status();
}

}  // namespace vedette::store::search
