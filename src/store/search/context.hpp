// What the pieces of one search share.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "search/filter.hpp"
#include "search/governor.hpp"
#include "search/masked_segment.hpp"
#include "search/projection.hpp"
#include "search/worker_pool.hpp"
#include "segment.hpp"
#include "vedette/model/search.hpp"

namespace vedette::store::search {

// A block that may hold rows of the answer.
struct BlockRef {
  std::uint32_t segment = 0, block = 0;
  BlockInfo info;
  bool whole = false;  // every row is in the time range and below the sequence number
};

// A block opened, and the rows of it that match.
struct Selection {
  std::unique_ptr<Block> block;
  Bitmap rows;
};

class Context {
 public:
  Context(const std::vector<std::shared_ptr<const Segment>>& segments, const model::SearchRequest& request,
          const base::CancellationToken& cancellation, Filter filter, Filter scope, std::size_t threads);

  // Chooses the blocks by time and filter.
  void choose_blocks();
  const std::vector<BlockRef>& blocks() const { return blocks_; }

  // The rows of a block that match; nullopt if the search must stop or the block cannot be read (which is
  // noted). Counts the rows looked at.
  std::optional<Selection> select(const BlockRef& ref, expr::Scratch& scratch);
  // Whether the scope lets every row of the segment through, without a look at rows.
  bool scope_is_whole(std::size_t segment) const { return scope_is_whole_[segment]; }
  // How many rows match, without reading them; nullopt if they must be read.
  std::optional<std::uint64_t> count_without_reading(const BlockRef& ref) const;
  // Rows of a block as events; nullptr if they cannot be read (which is noted) or do not fit the memory.
  std::shared_ptr<const model::EventBatch> read_rows(const BlockRef& ref, std::span<const std::uint32_t> rows,
                                                     const Projection& projection);
  // Notes that a block is left out. Thread safe.
  void leave_out(const BlockRef& ref, const base::Error& error);
  // Adds up what was read of a block that is done with.
  void finish(const Block& block) { bytes_read += block.bytes_read(); }

  void add_warnings(model::SearchResult& result) const;
  bool left_something_out() const;

  // Before `segments`, which is made with it.
 private:
  const HiddenFieldsPtr hidden_;  // null: none

 public:
  const std::vector<std::shared_ptr<const Segment>> segments;  // without hidden fields
  const model::SearchRequest& request;
  const Filter filter;
  Governor governor;
  WorkerPool pool;
  std::atomic<std::uint64_t> bytes_read{0}, blocks_from_header{0};
  model::SearchStats stats;  // of choose_blocks; the calling thread's

 private:
  bool may_hold_sequence(const BlockInfo& info) const;
  base::Result<Bitmap> rows_in_range(Block& block, const BlockRef& ref) const;

  const std::vector<std::shared_ptr<const Segment>>& stored_;  // with hidden fields, for scope_ alone
  const Filter scope_;
  std::vector<bool> scope_is_whole_;      // by segment
  std::vector<std::uint64_t> sequences_;  // of the request, ascending
  struct LeftOut {
    std::uint64_t blocks = 0;
    std::string first;  // what was wrong with the first
  };
  std::vector<BlockRef> blocks_;
  mutable std::mutex mutex_;  // guards left_out_
  std::map<std::uint32_t, LeftOut> left_out_;
};

}  // namespace vedette::store::search
