#include "format/value_table.hpp"

#include <algorithm>
#include <bit>

#include "vedette/base/hash.hpp"

namespace vedette::store::format {

using model::Value;
using model::ValueKind;

namespace {

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ULL;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ULL;
  return x ^ (x >> 32);
}

}  // namespace

std::uint64_t hash_value(const Value& value) {
  const auto kind = static_cast<std::uint64_t>(value.kind());
  switch (value.kind()) {
    case ValueKind::string:
      return base::hash64(value.as_string());
    case ValueKind::integer:
      return mix(static_cast<std::uint64_t>(value.as_integer()) + kind);
    case ValueKind::boolean:
      return mix(kind + (value.as_boolean() ? 1000 : 2000));
    case ValueKind::real:
      return mix(std::bit_cast<std::uint64_t>(value.as_real()) ^ 0x5bd1e995ULL);
    case ValueKind::null:
      return mix(77);
    case ValueKind::list:
      break;
  }
  std::uint64_t hash = mix(value.as_list().size() + 3000);
  for (const Value& item : value.as_list()) hash = mix(hash * 31 + hash_value(item));
  return hash;
}

bool same_value(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case ValueKind::null:
      return true;
    case ValueKind::boolean:
      return a.as_boolean() == b.as_boolean();
    case ValueKind::integer:
      return a.as_integer() == b.as_integer();
    case ValueKind::real:
      return std::bit_cast<std::uint64_t>(a.as_real()) == std::bit_cast<std::uint64_t>(b.as_real());
    case ValueKind::string:
      return a.as_string() == b.as_string();
    case ValueKind::list:
      return std::equal(a.as_list().begin(), a.as_list().end(), b.as_list().begin(), b.as_list().end(),
                        same_value);
  }
  return false;
}

std::uint32_t ValueTable::add(const Value& value, std::uint64_t hash, std::uint64_t count) {
  if (values_.size() * 2 >= slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    if (slots_[at] == 0) {
      values_.push_back(value);
      hashes_.push_back(hash);
      counts_.push_back(count);
      slots_[at] = static_cast<std::uint32_t>(values_.size());
      return slots_[at] - 1;
    }
    const std::uint32_t number = slots_[at] - 1;
    if (hashes_[number] == hash && same_value(values_[number], value)) {
      counts_[number] += count;
      return number;
    }
  }
}

void ValueTable::clear() {
  const std::size_t mask = slots_.size() - 1;
  if (values_.size() * 16 < slots_.size()) {
    // The newest first, so that no search passes over an emptied slot.
    for (std::size_t i = values_.size(); i-- > 0;) {
      std::size_t at = hashes_[i] & mask;
      while (slots_[at] != i + 1) at = (at + 1) & mask;
      slots_[at] = 0;
    }
  } else {
    std::fill(slots_.begin(), slots_.end(), 0);
  }
  values_.clear();
  hashes_.clear();
  counts_.clear();
}

void ValueTable::grow() {
  slots_.assign(std::max<std::size_t>(16, slots_.size() * 2), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    std::size_t at = hashes_[i] & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

}  // namespace vedette::store::format
