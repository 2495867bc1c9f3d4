// StreamReader: opens inputs and cuts them into chunks, for whoever parses them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/ingest/inputs.hpp"
#include "vedette/node/scan.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::node {

// One stream of an input (a file, or a member of an archive) and how it is read.
struct OpenStream {
  std::uint64_t id = 0;
  std::shared_ptr<const model::Source> source;
  normalize::StreamOptions options;
};

using StreamPtr = std::shared_ptr<const OpenStream>;

struct StreamHandler {
  std::function<void(const StreamPtr&)> on_open;
  std::function<void(const StreamPtr&, normalize::Chunk)> on_chunk;
  std::function<void(const StreamPtr&)> on_close;
  std::function<void(std::uint64_t)> on_consumed;  // bytes on disk read so far, over all inputs
};

struct ReadTotals {
  std::uint64_t files = 0, bytes = 0;
  std::vector<report::InputTrouble> troubles;
};

// Reads all inputs one after the other in the calling thread. Total bytes on disk are told before by `plan`.
class StreamReader {
 public:
  StreamReader(const ScanOptions& options, const base::CancellationToken& cancellation);

  std::uint64_t total_bytes() const { return total_bytes_; }
  ReadTotals read(const StreamHandler& handler);

 private:
  void read_stream(const ingest::InputInfo& info, ingest::InputStream& stream, const StreamHandler& handler);

  const ScanOptions& options_;
  const base::CancellationToken& cancellation_;
  ingest::InputLimits limits_;
  std::vector<ingest::PlannedInput> inputs_;
  std::vector<ingest::InputProblem> problems_;
  std::uint64_t total_bytes_ = 0, next_id_ = 0;
  ReadTotals totals_;
};

}  // namespace vedette::node
