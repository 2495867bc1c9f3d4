// RawBatch: what a listener took from the outside, on its way to be parsed (design section 3).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/event.hpp"

namespace vedette::model {

// One event as it came: a document, a line, a message.
struct RawRecord {
  std::uint32_t offset = 0, size = 0;  // in RawBatch::bytes
  // What the envelope said beside the record's own text (HEC host, OTLP attributes, the sender's address):
  // texts under ECS or other names, RawBatch::extras[first_extra, first_extra + extras). They never replace
  // a field that the record has itself.
  std::uint32_t first_extra = 0, extras = 0;
  base::TimeNs time = 0;        // the envelope's event time, used if the record has none; 0: none
  std::string id;               // the sender's id ("_id"), or empty
  bool id_tells_bytes = false;  // no two records with other bytes have the same id
  bool must_be_new = false;     // the id must not have been taken before (_create)
  std::string dataset;          // data stream or index the sender named, or empty: data_stream.dataset
};

// What became of a record.
struct RecordOutcome {
  enum class Kind : std::uint8_t {
    stored,
    duplicate,  // the same id and bytes came before: nothing was stored, which is well
    conflict,   // must_be_new, and the id is taken
    unparsed,   // could not be parsed: it is in the dead letters with its bytes and the reason
  };
  Kind kind = Kind::stored;
  std::string reason;          // of conflict and unparsed: a sentence
  std::uint64_t sequence = 0;  // of stored, its place in the log
};

// Answer to a whole batch: outcomes parallel to its records once everything that is to be kept is durable, or
// the error for which nothing of it was acknowledged: no_space, io, cancelled (closing), busy.
using IntakeAnswer = base::Result<std::vector<RecordOutcome>>;

struct RawBatch {
  std::string listener;                  // "elasticsearch", "syslog", ...: names the counters
  std::string tenant;                    // empty: the default tenant
  std::shared_ptr<const Source> source;  // Source::path: "syslog://192.0.2.7", "/var/log/auth.log"
  // A format of normalize ("syslog", "json"), or "auto": recognised record by record.
  std::string format = "auto";
  std::shared_ptr<const std::string> bytes;
  std::vector<RawRecord> records;
  std::vector<std::pair<std::string, std::string>> extras;
  base::TimeNs received = 0;
  // Event::position of the first record, those after it count on; 0: the intake gives numbers that no other
  // batch of any source has.
  std::uint64_t first_position = 0;
  // Called once, from any thread; must not block. May be null (nobody waits).
  std::function<void(IntakeAnswer)> done;
};

}  // namespace vedette::model
