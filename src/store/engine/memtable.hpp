// The rows that were appended and are not yet sealed. Internal to the store.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "memory_segment.hpp"

namespace vedette::store {

// Batches that do not change any more; sorted when a search first asks. Thread safe.
class MemoryChunk {
 public:
  MemoryChunk(std::vector<std::shared_ptr<const model::EventBatch>> batches, std::uint32_t block_rows)
      : batches_(std::move(batches)), block_rows_(block_rows) {}
  const std::vector<std::shared_ptr<const model::EventBatch>>& batches() const { return batches_; }
  std::shared_ptr<const Segment> segment() const {
    std::call_once(once_, [&] { segment_ = make_memory_segment("memory", batches_, block_rows_); });
    return segment_;
  }

 private:
  const std::vector<std::shared_ptr<const model::EventBatch>> batches_;
  const std::uint32_t block_rows_;
  mutable std::once_flag once_;
  mutable std::shared_ptr<const Segment> segment_;
};

// One thread at a time; what chunks() gives may be used by any.
class Memtable {
 public:
  explicit Memtable(std::uint32_t block_rows) : block_rows_(block_rows) {}

  void add(std::shared_ptr<const model::EventBatch> batch, std::uint64_t bytes);
  // All rows. Only the newest chunk is new after an add.
  std::vector<std::shared_ptr<const MemoryChunk>> chunks();
  std::uint64_t rows() const { return rows_; }
  std::uint64_t bytes() const { return bytes_; }
  void clear();

 private:
  static constexpr std::uint64_t kChunkRows = 8192;
  static constexpr std::size_t kTailBatches = 512;
  void freeze_tail();

  const std::uint32_t block_rows_;
  std::vector<std::shared_ptr<const MemoryChunk>> chunks_;
  std::vector<std::shared_ptr<const model::EventBatch>> tail_;
  std::shared_ptr<const MemoryChunk> tail_chunk_;  // of tail_ as it is, or nullptr
  std::uint64_t tail_rows_ = 0, rows_ = 0, bytes_ = 0;
};

// The rows of the batch for which `keep` holds, sharing its values; nullptr if there are none.
std::shared_ptr<const model::EventBatch> select_rows(const std::shared_ptr<const model::EventBatch>& batch,
                                                     const std::vector<bool>& keep);
// Memory that a batch takes, about.
std::uint64_t bytes_of(const model::EventBatch& batch);

}  // namespace vedette::store
