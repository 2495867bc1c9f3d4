// ParallelReader: inputs to batches of events, parsed on several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "vedette/base/cancellation.hpp"
#include "vedette/model/event.hpp"
#include "vedette/node/scan.hpp"

namespace vedette::node {

using BatchPtr = std::shared_ptr<const model::EventBatch>;

int thread_count(int wanted);  // 0: one a core

struct BatchHandler {
  // Called from the worker's own thread. Groups of batches are numbered from 0 in the order of the inputs,
  // without gaps; a group may be empty.
  std::function<void(int worker, std::uint64_t number, std::span<const BatchPtr> batches)> on_batches;
  // From the reading thread, not under any lock: bytes of the inputs read so far, and in all. May be null.
  std::function<void(std::uint64_t bytes, std::uint64_t total_bytes)> on_progress;
};

// Reads all inputs of `options` with `threads` workers (one: in the calling thread) and returns the totals of
// files, bytes, formats, troubles, seconds and threads. Nothing is read ahead beyond a bounded queue, so a
// slow handler slows the reading.
report::ScanTotals read_batches(const ScanOptions& options, int threads, const BatchHandler& handler,
                                const base::CancellationToken& cancellation);

}  // namespace vedette::node
