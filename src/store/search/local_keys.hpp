// The values of one group key in the rows of one block, numbered within the block.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "search/group_plan.hpp"
#include "segment.hpp"

namespace vedette::store::search {

// Row i of those given has the values ids[begin(i)] .. ids[end(i)-1], each an index into values.
class LocalKeys {
 public:
  static base::Result<LocalKeys> read(Block& block, const GroupPlan::Key& key, const Bitmap& selected,
                                      std::span<const std::uint32_t> rows, expr::Scratch& scratch);

  std::size_t begin(std::size_t i) const { return offsets_.empty() ? i : offsets_[i]; }
  std::size_t end(std::size_t i) const { return offsets_.empty() ? i + 1 : offsets_[i + 1]; }
  std::uint32_t id(std::size_t at) const { return ids_[at]; }
  const KeyValue& value(std::uint32_t id) const { return values_[id]; }
  std::size_t size() const { return values_.size(); }
  // Values repeat, so that it pays to remember what became of them.
  bool repeats() const { return repeats_; }

  // Where a row has exactly one value or none (offsets not needed) none is this id.
  static constexpr std::uint32_t kNone = 0xffff'ffff;

 private:
  explicit LocalKeys(const GroupPlan::Key& key) : key_(&key) {}
  void read_dictionary(const Column& column, std::span<const std::uint32_t> rows);
  void read_times(std::span<const base::TimeNs> times, std::span<const std::uint32_t> rows);
  base::Status read_filters(Block& block, const Bitmap& selected, std::span<const std::uint32_t> rows,
                            expr::Scratch& scratch);
  void append_values(const model::Value& value, std::vector<KeyValue>& out) const;
  void append_buckets(const model::Value& value, std::vector<KeyValue>& out) const;
  void add_row(std::span<const KeyValue> values);
  std::uint32_t missing();
  void to_offsets();

  const GroupPlan::Key* key_;
  std::vector<std::uint32_t> ids_;
  std::vector<std::uint32_t> offsets_;
  std::vector<KeyValue> values_;
  std::vector<std::string> made_;  // texts that values point to
  std::uint32_t missing_ = kNone;
  bool repeats_ = false;
};

}  // namespace vedette::store::search
