#include "memtable.hpp"

#include <algorithm>

namespace vedette::store {

void Memtable::add(std::shared_ptr<const model::EventBatch> batch, std::uint64_t bytes) {
  tail_rows_ += batch->size();
  rows_ += batch->size();
  bytes_ += bytes;
  tail_.push_back(std::move(batch));
  tail_chunk_ = nullptr;
  if (tail_rows_ >= kChunkRows || tail_.size() >= kTailBatches) freeze_tail();
}

void Memtable::freeze_tail() {
  chunks_.push_back(tail_chunk_ ? tail_chunk_ : std::make_shared<MemoryChunk>(std::move(tail_), block_rows_));
  tail_.clear();
  tail_chunk_ = nullptr;
  tail_rows_ = 0;
}

std::vector<std::shared_ptr<const MemoryChunk>> Memtable::chunks() {
  if (!tail_.empty() && !tail_chunk_) tail_chunk_ = std::make_shared<MemoryChunk>(tail_, block_rows_);
  auto all = chunks_;
  if (tail_chunk_) all.push_back(tail_chunk_);
  return all;
}

void Memtable::clear() {
  chunks_.clear();
  tail_.clear();
  tail_chunk_ = nullptr;
  tail_rows_ = rows_ = bytes_ = 0;
}

std::shared_ptr<const model::EventBatch> select_rows(const std::shared_ptr<const model::EventBatch>& batch,
                                                     const std::vector<bool>& keep) {
  if (std::find(keep.begin(), keep.end(), true) == keep.end()) return nullptr;
  const auto source_of = [&](const model::Event& event) {
    return std::shared_ptr<const model::Source>(batch, &event.source());
  };
  model::BatchBuilder builder(source_of((*batch)[0]));
  builder.hold(batch);
  const model::Source* source = nullptr;
  for (std::size_t row = 0; row < batch->size(); ++row) {
    if (!keep[row]) continue;
    const model::Event event = (*batch)[row];
    if (&event.source() != source) builder.set_source(source_of(event));
    source = &event.source();
    builder.begin_row(event.position());
    for (const model::Cell& cell : event.cells()) builder.add(cell.field, cell.value);
    builder.set_time(event.time());
    builder.set_sequence(event.sequence());
    builder.end_row();
  }
  return builder.finish();
}

std::uint64_t bytes_of(const model::EventBatch& batch) {
  std::uint64_t bytes = 0;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    bytes += 48;
    for (const model::Cell& cell : batch[row].cells()) {
      bytes += sizeof(model::Cell);
      for (const model::Value& value : cell.value.elements()) {
        bytes += (value.is_string() ? value.as_string().size() : 0) + (cell.value.is_list() ? 16 : 0);
      }
    }
  }
  return bytes;
}

}  // namespace vedette::store
