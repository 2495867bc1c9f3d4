// Cuts a byte stream into chunks of whole records that can be parsed apart from each other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/normalize/format.hpp"

namespace vedette::normalize {

// Reads up to `capacity` bytes to `to`; 0 at the end.
using ReadFn = std::function<base::Result<std::size_t>(char* to, std::size_t capacity)>;

struct FramerOptions {
  std::size_t chunk_bytes = 1 << 20;        // aimed at; a chunk holds at least one record
  std::size_t max_record_bytes = 16 << 20;  // a longer record is cut to this and flagged
};

// The place of a record in the bytes of its chunk.
struct RecordSpan {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

// A run of whole records. `bytes` is shared so that events may point into it.
struct Chunk {
  std::shared_ptr<const std::string> bytes;
  std::uint64_t first_position = 1;  // line number, record ordinal, or EVTX chunk number of its first record
  bool truncated_record = false;  // the (only) record was longer than max_record_bytes; its tail was skipped
  std::uint64_t truncated_bytes = 0;  // how long it was
  bool malformed = false;             // JSON or XML that never closed: the rest of the stream
  std::vector<RecordSpan>
      records;  // json, xml: where the framer found them (empty: they are looked for again)
};

// Not thread safe. Holds at most one record plus one read buffer.
class Framer {
 public:
  virtual ~Framer() = default;
  // The next chunk; a null `bytes` at the end of the stream.
  virtual base::Result<Chunk> next() = 0;
};

std::unique_ptr<Framer> make_framer(Framing framing, ReadFn read, const FramerOptions& options);

// Calls `each(record, position)` for every record of a chunk of that framing (lines, json or xml).
void for_each_record(Framing framing, const Chunk& chunk,
                     const std::function<void(std::string_view record, std::uint64_t position)>& each);

}  // namespace vedette::normalize
