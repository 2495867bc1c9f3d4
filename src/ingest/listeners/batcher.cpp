#include "listeners/batcher.hpp"

#include <algorithm>

namespace vedette::ingest {

model::RawRecord& BatchWriter::add(std::string_view bytes, std::span<const Extra> extras) {
  model::RawRecord& record = batch_.records.emplace_back();
  record.offset = static_cast<std::uint32_t>(bytes_.size());
  record.size = static_cast<std::uint32_t>(bytes.size());
  bytes_.append(bytes);
  auto& all = batch_.extras;
  const bool same =
      last_count_ == extras.size() &&
      std::equal(extras.begin(), extras.end(), all.begin() + static_cast<std::ptrdiff_t>(last_first_));
  if (!same) {
    last_first_ = static_cast<std::uint32_t>(all.size());
    last_count_ = static_cast<std::uint32_t>(extras.size());
    all.insert(all.end(), extras.begin(), extras.end());
  }
  record.first_extra = last_first_;
  record.extras = last_count_;
  return record;
}

model::RawBatch BatchWriter::take() {
  model::RawBatch batch = std::move(batch_);
  batch.bytes = std::make_shared<const std::string>(std::move(bytes_));
  batch.received = wall_clock_ns();
  batch_ = {};
  bytes_ = {};
  last_first_ = last_count_ = 0;
  return batch;
}

Batcher::Batcher(std::shared_ptr<Outbox> outbox, RunAfter run_after, BatcherOptions options)
    : outbox_(std::move(outbox)), run_after_(std::move(run_after)), options_(std::move(options)) {}

void Batcher::add(const SourcePtr& source, std::string_view bytes, std::span<const Extra> extras,
                  base::TimeNs time) {
  bool arm = false;
  bool all = false;
  {
    const std::lock_guard lock(mutex_);
    Open& open = open_[source->path];
    open.source = source;
    if (!open.writer.empty() && open.writer.bytes() + bytes.size() > options_.max_bytes)
      outbox_->send(finish(open));
    open.writer.add(bytes, extras).time = time;
    bytes_.fetch_add(bytes.size(), std::memory_order_relaxed);
    if (open.writer.size() >= options_.max_records || open.writer.bytes() >= options_.max_bytes) {
      outbox_->send(finish(open));
    }
    all = open_.size() > options_.max_sources;
    arm = !timer_;
    timer_ = true;
  }
  if (all) flush();
  if (arm) {
    run_after_(options_.max_wait, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->flush();
    });
  }
}

model::RawBatch Batcher::finish(Open& open) {
  bytes_.fetch_sub(open.writer.bytes(), std::memory_order_relaxed);
  model::RawBatch batch = open.writer.take();
  batch.listener = options_.listener;
  batch.format = options_.format;
  batch.source = open.source;
  return batch;
}

void Batcher::flush() {
  const std::lock_guard lock(mutex_);
  timer_ = false;
  for (auto& [path, open] : open_) {
    if (!open.writer.empty()) outbox_->send(finish(open));
  }
  open_.clear();
}

SourcePtr PeerSources::of(const base::IpAddress& address) {
  const std::lock_guard lock(mutex_);
  const auto found = sources_.find(address);
  if (found != sources_.end()) return found->second;
  if (sources_.size() >= kMost) sources_.clear();
  auto source = std::make_shared<model::Source>();
  source->path = scheme_ + "://" + address.to_string();
  return sources_[address] = std::move(source);
}

}  // namespace vedette::ingest
