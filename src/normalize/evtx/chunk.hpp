// Reads the event records of EVTX chunks (64 KiB each, "ElfChnk").
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "vedette/normalize/row.hpp"

namespace vedette::normalize {

inline constexpr std::size_t kEvtxChunkBytes = 65'536;

// Where the records go. All records of one chunk must go to rows of the same batch.
class EvtxSink {
 public:
  virtual ~EvtxSink() = default;
  // Opens a row. `record_id` is 0 for damaged bytes in which no record could be made out.
  virtual Row& begin_record(std::uint64_t record_id) = 0;
  // The row is complete: complete_windows_event() has been called. If it is damaged, Row::fail has been
  // called and event.original holds the bytes of the record in Base64; what could be read of it is in the
  // row, too.
  virtual void end_record() = 0;
};

struct EvtxChunkResult {
  std::uint64_t records = 0;  // read whole
  std::uint64_t damaged = 0;  // rows that tell of a damaged record or of damaged bytes between records
  std::string problem;  // what is wrong with the chunk itself, or empty; its records are read all the same
};

// Reads chunk after chunk; keeps its memory. Not thread safe.
class EvtxChunkReader {
 public:
  EvtxChunkReader();
  ~EvtxChunkReader();
  // `chunk` may be shorter than 64 KiB (the file ends in it) and may hold anything. Linear in its size. The
  // bytes must live as long as the batch.
  EvtxChunkResult read(std::string_view chunk, EvtxSink& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same for a single chunk.
EvtxChunkResult parse_evtx_chunk(std::string_view chunk, EvtxSink& sink);

}  // namespace vedette::normalize
