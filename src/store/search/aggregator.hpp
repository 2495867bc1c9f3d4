// The groups of one GroupBy, and their metrics.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "search/governor.hpp"
#include "search/group_plan.hpp"
#include "search/local_keys.hpp"
#include "search/metric.hpp"
#include "search/text_table.hpp"
#include "segment.hpp"

namespace vedette::store::search {

// One thread. `plan` and `governor` must outlive it.
class Aggregator {
 public:
  Aggregator(const GroupPlan& plan, Governor& governor);

  // Reads what add needs of a block; nothing is added if it fails.
  base::Status open(Block& block, std::uint32_t block_number, const Bitmap& selected,
                    std::span<const std::uint32_t> rows, expr::Scratch& scratch);
  void add(std::span<const std::uint32_t> rows);
  // Rows of a group that need not be looked at; only for plans that only count.
  void add_count(const KeyValue& key, std::uint64_t rows);
  void add_count_of_all(std::uint64_t rows);  // no keys
  void add_rows(std::uint64_t rows) { rows_ += rows; }
  void merge(Aggregator& later);

  std::size_t groups() const { return groups_; }
  std::uint64_t rows() const { return rows_; }
  std::uint64_t bytes() const;
  // Tells the governor how the memory has grown.
  void charge();
  std::uint64_t charged() const { return charged_; }
  KeyValue key(std::size_t group, std::size_t at) const;
  MetricStates& metric(std::size_t at) const { return *metrics_[at]; }
  bool approximate() const;

 private:
  static constexpr std::uint32_t kNoGroup = 0xffff'ffff;
  static constexpr unsigned kRecentBits = 16;
  static constexpr std::size_t kRecentIntegers = std::size_t{1} << kRecentBits;
  struct RecentInteger {
    std::int64_t value = 0;
    std::uint32_t group = kNoGroup;
  };

  void add_single(std::span<const std::uint32_t> rows);
  void add_combined(std::span<const std::uint32_t> rows);
  std::uint32_t combined(std::span<const std::uint32_t> ids);
  std::uint32_t resolve(std::span<const std::uint32_t> ids);
  std::uint32_t resolve_text(std::span<const std::uint32_t> ids);
  std::uint32_t integer_group(std::int64_t value, std::span<const std::uint32_t> ids);
  std::uint32_t group_of(std::string_view bytes, std::uint64_t hash, const std::uint8_t* kinds);
  void pair(std::uint32_t row, std::uint32_t group);
  void flush();

  const GroupPlan& plan_;
  Governor& governor_;
  std::vector<std::unique_ptr<MetricStates>> metrics_;
  base::Arena arena_;
  TextTable table_;
  std::vector<std::uint8_t> kinds_;  // of each key of each group: the least kind of the values with its text
  std::size_t groups_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t charged_ = 0;

  std::vector<RecentInteger> recent_;  // by hash; empty until an integer is a key

  // Of the open block.
  std::vector<LocalKeys> keys_;
  std::vector<std::uint32_t> known_;  // group of a combination of local values
  bool remember_ = false;
  std::vector<std::uint32_t> pair_rows_, pair_groups_;
  std::string encoded_;
  std::vector<std::uint8_t> encoded_kinds_;
};

}  // namespace vedette::store::search
