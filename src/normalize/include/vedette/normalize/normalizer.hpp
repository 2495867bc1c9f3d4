// Normalizer: chunks of raw records in, batches of ECS events out.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "vedette/base/diagnostic.hpp"
#include "vedette/model/event.hpp"
#include "vedette/normalize/format.hpp"
#include "vedette/normalize/framer.hpp"

namespace vedette::normalize {

class MappingSet;  // compiled content/mappings, see mapping.hpp

// Counts per format name. Failures are records that a format called broken; unknown are lines nobody
// understood (format "plain").
struct FormatCounts {
  std::uint64_t events = 0;
  std::uint64_t failures = 0;
};
using ParseCounts = std::map<std::string, FormatCounts, std::less<>>;

// What the first bytes of a stream say about it.
struct Detected {
  const Format* format = nullptr;  // the format of most of the first records; never null ("plain" at worst)
  Framing framing = Framing::lines;
  bool sequential = false;  // chunks must be parsed in order by one Normalizer
};
// `forced` names a format ("" or "auto" detects). Unknown names are an error that lists the near ones.
base::Result<Detected> detect_format(std::string_view first_bytes, std::string_view path,
                                     std::string_view forced);

struct StreamOptions {
  Detected detected;
  bool forced = false;  // no per-line fallback to other formats
  int default_year = 1970;
  int default_month = 12;
  int utc_offset_seconds = 0;
};

// Parses the chunks of one stream, each to one batch. Not thread safe; for streams that are not sequential
// several may work on the same stream. A line that the detected format does not own is offered to the others,
// and kept as "plain" if nobody takes it: no record is ever lost.
class Normalizer {
 public:
  Normalizer(const MappingSet& mappings, std::shared_ptr<const model::Source> source,
             const StreamOptions& options);
  ~Normalizer();

  // Never fails: what cannot be parsed becomes an event that says so. May be empty while events are held.
  std::shared_ptr<const model::EventBatch> parse(const Chunk& chunk);
  // Events still held at the end of the stream.
  std::shared_ptr<const model::EventBatch> finish();

  const ParseCounts& counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::normalize
