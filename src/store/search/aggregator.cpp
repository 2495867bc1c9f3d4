#include "search/aggregator.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace vedette::store::search {

using model::Value;
using model::ValueKind;

namespace {

constexpr std::size_t kFlushPairs = 64 * 1024;
constexpr std::size_t kMaxRemembered = 1 << 16;
constexpr std::uint32_t kUnknown = 0xffff'fffe;

// A key is written as its tag, then (but for the last) the length of what follows, then the bytes.
void encode(const KeyValue& key, bool last, std::string& out, std::uint8_t& kind) {
  out += static_cast<char>(key.tag);
  char raw[8];
  std::string_view bytes;
  model::TextBuffer buffer;
  kind = static_cast<std::uint8_t>(key.value.kind());
  if (key.tag == KeyValue::Tag::value) {
    bytes = text_of(key.value, buffer);
  } else if (key.tag == KeyValue::Tag::number) {
    const double number = key.value.as_real();
    std::memcpy(raw, &number, sizeof(raw));
    bytes = {raw, sizeof(raw)};
  } else if (key.tag != KeyValue::Tag::missing) {
    const std::int64_t number = key.value.as_integer();
    std::memcpy(raw, &number, sizeof(raw));
    bytes = {raw, sizeof(raw)};
  }
  if (!last) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof(size));
  }
  out += bytes;
}

Value value_from(std::string_view text, ValueKind kind) {
  switch (kind) {
    case ValueKind::boolean:
      return Value::boolean(text == "true");
    case ValueKind::integer: {
      std::int64_t number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      return Value::integer(number);
    }
    case ValueKind::real: {
      double number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      return Value::real(number);
    }
    default:
      return Value::string(text);
  }
}

KeyValue decode(KeyValue::Tag tag, std::string_view bytes, ValueKind kind) {
  if (tag == KeyValue::Tag::missing) return {};
  if (tag == KeyValue::Tag::value) return {tag, value_from(bytes, kind)};
  if (tag == KeyValue::Tag::number) {
    double number = 0;
    std::memcpy(&number, bytes.data(), sizeof(number));
    return {tag, Value::real(number)};
  }
  std::int64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof(number));
  return {tag, Value::integer(number)};
}

}  // namespace

Aggregator::Aggregator(const GroupPlan& plan, Governor& governor) : plan_(plan), governor_(governor) {
  for (const GroupPlan::Measure& measure : plan.measures) metrics_.push_back(make_metric(measure));
  encoded_kinds_.resize(plan.keys.size());
  if (!plan.keys.empty()) return;
  groups_ = 1;
  for (const auto& metric : metrics_) metric->resize(1);
}

base::Status Aggregator::open(Block& block, std::uint32_t block_number, const Bitmap& selected,
                              std::span<const std::uint32_t> rows, expr::Scratch& scratch) {
  keys_.clear();
  std::uint64_t combinations = 1;
  remember_ = true;
  for (const GroupPlan::Key& key : plan_.keys) {
    TRY_ASSIGN(LocalKeys local, LocalKeys::read(block, key, selected, rows, scratch));
    remember_ = remember_ && local.repeats();
    combinations = std::min<std::uint64_t>(combinations * (local.size() + 1), kMaxRemembered + 1);
    keys_.push_back(std::move(local));
  }
  for (const auto& metric : metrics_) TRY(metric->open(block, block_number));
  remember_ = remember_ && combinations <= kMaxRemembered;
  known_.assign(remember_ ? combinations : 0, kUnknown);
  return base::ok_status();
}

void Aggregator::add(std::span<const std::uint32_t> rows) {
  if (keys_.empty()) {
    rows_ += rows.size();
    pair_groups_.assign(rows.size(), 0);
    for (const auto& metric : metrics_) metric->add(rows, pair_groups_);
    pair_groups_.clear();
    return;
  }
  if (keys_.size() == 1) {
    add_single(rows);
  } else {
    add_combined(rows);
  }
  flush();
  keys_.clear();
}

void Aggregator::add_single(std::span<const std::uint32_t> rows) {
  const LocalKeys& key = keys_[0];
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bool took_part = false;
    for (std::size_t at = key.begin(i); at < key.end(i); ++at) {
      const std::uint32_t id = key.id(at);
      if (id == LocalKeys::kNone) continue;
      std::uint32_t group = kUnknown;
      if (remember_) {
        group = known_[id];
        if (group == kUnknown) group = known_[id] = resolve({&id, 1});
      } else {
        group = resolve({&id, 1});
      }
      if (group == kNoGroup) return;
      pair(rows[i], group);
      took_part = true;
    }
    rows_ += took_part;
  }
}

void Aggregator::add_combined(std::span<const std::uint32_t> rows) {
  const std::size_t count = keys_.size();
  std::vector<std::size_t> at(count);
  std::vector<std::uint32_t> ids(count);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bool complete = true;
    for (std::size_t k = 0; k < count; ++k) {
      at[k] = keys_[k].begin(i);
      complete = complete && at[k] < keys_[k].end(i) && keys_[k].id(at[k]) != LocalKeys::kNone;
    }
    if (!complete) continue;
    ++rows_;
    for (bool more = true; more;) {
      for (std::size_t k = 0; k < count; ++k) ids[k] = keys_[k].id(at[k]);
      const std::uint32_t group = combined(ids);
      if (group == kNoGroup || governor_.stopped()) return;
      pair(rows[i], group);
      std::size_t k = count;
      for (more = false; k-- > 0;) {
        if (++at[k] < keys_[k].end(i)) {
          more = true;
          break;
        }
        at[k] = keys_[k].begin(i);
      }
    }
  }
}

std::uint32_t Aggregator::combined(std::span<const std::uint32_t> ids) {
  if (!remember_) return resolve(ids);
  std::size_t place = 0;
  for (std::size_t k = 0; k < ids.size(); ++k) place = place * (keys_[k].size() + 1) + ids[k];
  std::uint32_t& group = known_[place];
  if (group == kUnknown) group = resolve(ids);
  return group;
}

std::uint32_t Aggregator::resolve(std::span<const std::uint32_t> ids) {
  if (ids.size() == 1) {
    const KeyValue key = keys_[0].value(ids[0]);
    if (key.tag == KeyValue::Tag::value && key.value.kind() == ValueKind::integer) {
      return integer_group(key.value.as_integer(), ids);
    }
  }
  return resolve_text(ids);
}

// Integers found lately need neither text nor the table.
std::uint32_t Aggregator::integer_group(std::int64_t value, std::span<const std::uint32_t> ids) {
  if (recent_.empty()) recent_.resize(kRecentIntegers);
  const std::uint64_t mixed = static_cast<std::uint64_t>(value) * 0x9e37'79b9'7f4a'7c15ULL;
  RecentInteger& recent = recent_[mixed >> (64 - kRecentBits)];
  if (recent.group == kNoGroup || recent.value != value) recent = {value, resolve_text(ids)};
  return recent.group;
}

std::uint32_t Aggregator::resolve_text(std::span<const std::uint32_t> ids) {
  encoded_.clear();
  for (std::size_t k = 0; k < ids.size(); ++k) {
    encode(keys_[k].value(ids[k]), k + 1 == ids.size(), encoded_, encoded_kinds_[k]);
  }
  return group_of(encoded_, base::hash64(encoded_), encoded_kinds_.data());
}

std::uint32_t Aggregator::group_of(std::string_view bytes, std::uint64_t hash, const std::uint8_t* kinds) {
  std::uint32_t group = table_.find(bytes, hash);
  if (group != TextTable::kNone) {
    std::uint8_t* known = &kinds_[group * plan_.keys.size()];
    for (std::size_t k = 0; k < plan_.keys.size(); ++k) {
      if (kinds[k] < known[k]) known[k] = kinds[k];
    }
    return group;
  }
  if (groups_ >= governor_.limits().max_groups) {
    governor_.cut(model::Cut::groups, fmt::format("A grouping has more groups than the limit of {}.",
                                                  governor_.limits().max_groups));
    return kNoGroup;
  }
  group = table_.insert_new(bytes, hash, arena_);
  kinds_.insert(kinds_.end(), kinds, kinds + plan_.keys.size());
  ++groups_;
  return group;
}

void Aggregator::pair(std::uint32_t row, std::uint32_t group) {
  pair_rows_.push_back(row);
  pair_groups_.push_back(group);
  if (pair_rows_.size() >= kFlushPairs) {
    flush();
    charge();
    governor_.proceed();
  }
}

void Aggregator::flush() {
  for (const auto& metric : metrics_) {
    metric->resize(groups_);
    metric->add(pair_rows_, pair_groups_);
  }
  pair_rows_.clear();
  pair_groups_.clear();
}

void Aggregator::add_count(const KeyValue& key, std::uint64_t rows) {
  encoded_.clear();
  encode(key, true, encoded_, encoded_kinds_[0]);
  const std::uint32_t group = group_of(encoded_, base::hash64(encoded_), encoded_kinds_.data());
  if (group == kNoGroup) return;
  for (const auto& metric : metrics_) {
    metric->resize(groups_);
    metric->add_count(group, rows);
  }
}

void Aggregator::add_count_of_all(std::uint64_t rows) {
  for (const auto& metric : metrics_) metric->add_count(0, rows);
  rows_ += rows;
}

void Aggregator::merge(Aggregator& later) {
  std::vector<std::uint32_t> groups;
  if (plan_.keys.empty()) groups.push_back(0);
  for (std::size_t i = 0; i < later.table_.size(); ++i) {
    const TextTable::Entry& entry = later.table_[i];
    const std::uint32_t group = group_of(entry.text, entry.hash, &later.kinds_[i * plan_.keys.size()]);
    if (group == kNoGroup) break;
    groups.push_back(group);
  }
  rows_ += later.rows_;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    metrics_[i]->resize(groups_);
    later.metrics_[i]->resize(later.groups_);
    metrics_[i]->merge(*later.metrics_[i], groups);
  }
}

std::uint64_t Aggregator::bytes() const {
  std::uint64_t total = arena_.bytes_reserved() + table_.bytes() + kinds_.capacity() +
                        (pair_rows_.capacity() + pair_groups_.capacity()) * 4;
  for (const auto& metric : metrics_) total += metric->bytes();
  return total;
}

void Aggregator::charge() {
  const std::uint64_t now = bytes();
  governor_.charge(static_cast<std::int64_t>(now) - static_cast<std::int64_t>(charged_));
  charged_ = now;
}

KeyValue Aggregator::key(std::size_t group, std::size_t at) const {
  std::string_view bytes = table_[group].text;
  const std::size_t count = plan_.keys.size();
  for (std::size_t k = 0;; ++k) {
    const auto tag = static_cast<KeyValue::Tag>(bytes[0]);
    bytes.remove_prefix(1);
    std::size_t size = bytes.size();
    if (k + 1 < count) {
      std::uint32_t written = 0;
      std::memcpy(&written, bytes.data(), sizeof(written));
      bytes.remove_prefix(sizeof(written));
      size = written;
    }
    if (k == at) {
      return decode(tag, bytes.substr(0, size), static_cast<ValueKind>(kinds_[group * count + k]));
    }
    bytes.remove_prefix(size);
  }
}

bool Aggregator::approximate() const {
  return std::any_of(metrics_.begin(), metrics_.end(),
                     [](const auto& metric) { return metric->approximate(); });
}

}  // namespace vedette::store::search
