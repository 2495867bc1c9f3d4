// Distinct values. Internal to the store.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vedette/model/value.hpp"

namespace vedette::store::format {

// By kind and content; reals by their bits.
std::uint64_t hash_value(const model::Value& value);
bool same_value(const model::Value& a, const model::Value& b);

// Values in order of arrival with a count each. Does not own what values point to. Cheap to clear and to use
// again.
class ValueTable {
 public:
  // The number of the value; it is added if it is new.
  std::uint32_t add(const model::Value& value, std::uint64_t hash, std::uint64_t count);
  void clear();
  std::size_t size() const { return values_.size(); }
  std::span<const model::Value> values() const { return values_; }
  std::span<const std::uint64_t> counts() const { return counts_; }
  // Lets the newest value point to other bytes of the same content.
  void replace_last(const model::Value& value) { values_.back() = value; }

 private:
  void grow();
  std::vector<std::uint32_t> slots_;  // number + 1, or 0
  std::vector<model::Value> values_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace vedette::store::format
