// Collects many small messages to batches, one source each, bounded by size, count and time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "listeners/flow.hpp"

namespace vedette::ingest {

using Extra = std::pair<std::string, std::string>;
using SourcePtr = std::shared_ptr<const model::Source>;

// Appends records to one batch. Not thread safe.
class BatchWriter {
 public:
  // `extras` equal to those of the record before are stored once.
  model::RawRecord& add(std::string_view bytes, std::span<const Extra> extras = {});
  std::size_t size() const { return batch_.records.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  bool empty() const { return batch_.records.empty(); }
  // The batch so far; this one is empty afterwards. The caller sets listener, source, format and done.
  model::RawBatch take();

 private:
  std::string bytes_;
  model::RawBatch batch_;
  std::uint32_t last_first_ = 0, last_count_ = 0;
};

struct BatcherOptions {
  std::string listener;
  std::string format = "auto";
  std::size_t max_bytes = 1u << 20;
  std::size_t max_records = 1024;
  std::chrono::milliseconds max_wait{50};
  std::size_t max_sources = 4096;  // with a batch under way; beyond it all are handed over
};

// Thread safe; owned by shared_ptr because timers call it.
class Batcher : public std::enable_shared_from_this<Batcher> {
 public:
  Batcher(std::shared_ptr<Outbox> outbox, RunAfter run_after, BatcherOptions options);

  // `time` is the envelope's event time, 0: none.
  void add(const SourcePtr& source, std::string_view bytes, std::span<const Extra> extras = {},
           base::TimeNs time = 0);
  // Bytes that are collected, not yet handed to the outbox.
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  void flush();
  const std::shared_ptr<Outbox>& outbox() const { return outbox_; }

 private:
  struct Open {
    SourcePtr source;
    BatchWriter writer;
  };
  model::RawBatch finish(Open& open);

  const std::shared_ptr<Outbox> outbox_;
  const RunAfter run_after_;
  const BatcherOptions options_;
  std::atomic<std::size_t> bytes_{0};
  std::mutex mutex_;  // guards what follows; held while sending, so that a source's order is kept
  std::map<std::string, Open, std::less<>> open_;
  bool timer_ = false;
};

// The sources of peers, by address: "syslog://192.0.2.7". Thread safe.
class PeerSources {
 public:
  explicit PeerSources(std::string scheme) : scheme_(std::move(scheme)) {}
  SourcePtr of(const base::IpAddress& address);

 private:
  static constexpr std::size_t kMost = 65'536;  // then it begins anew
  const std::string scheme_;
  std::mutex mutex_;  // guards the map
  std::map<base::IpAddress, SourcePtr> sources_;
};

}  // namespace vedette::ingest
