// Parts: immutable files of sorted rows in columns. Format: docs/formats/part.md. Internal to the store.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "segment.hpp"
#include "vedette/base/cancellation.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/model/event.hpp"

namespace vedette::store {

inline constexpr std::uint32_t kMaxPartRows = 128 * kBlockRows;

struct PartOptions {
  std::uint32_t block_rows = kBlockRows;  // tests use 8
};

struct PartSummary {
  std::string path;
  std::uint64_t bytes = 0, rows = 0;
  base::TimeNs min_time = 0, max_time = 0;
  std::uint64_t min_sequence = 0, max_sequence = 0;
  std::uint64_t raw_bytes = 0;  // of the rows as JSON, estimated
};

// Builds one part in memory, then writes it. One thread. Rows come in order of (time, sequence), at most
// kMaxPartRows of them. Everything an event has is kept: kinds of values, nulls, lists, invalid UTF-8, 1 MB
// values, thousands of fields, source path, position, sequence.
class PartWriter {
 public:
  explicit PartWriter(const PartOptions& options);
  ~PartWriter();
  // The batch must live until the block that the row belongs to is encoded, so the writer shares it.
  void add(const std::shared_ptr<const model::EventBatch>& batch, std::uint32_t row);
  std::uint64_t rows() const;
  std::uint64_t bytes() const;  // encoded so far

  // Writes the file and syncs it; not its folder. A file that could not be written whole is removed.
  base::Result<PartSummary> finish(base::FileSystem& files, const std::string& path);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// An open part. Reads the trailer and the directory at open, the rest as needed; a checksum guards every
// piece that is read. Thread safe. `path` may be unlinked while it is open.
class PartReader : public Segment {
 public:
  // Errors: corrupt (with the piece that is), io, not_found, unsupported (a newer version).
  static base::Result<std::shared_ptr<const PartReader>> open(base::FileSystem& files,
                                                              const std::string& path);

  virtual const PartSummary& summary() const = 0;
  // Reads everything and checks every checksum and every bound.
  virtual base::Status verify(const base::CancellationToken& cancellation) const = 0;
};

// The rows of a block as events, all fields; for merges, exports and verification.
base::Result<std::shared_ptr<const model::EventBatch>> rows_of(Block& block);

}  // namespace vedette::store
