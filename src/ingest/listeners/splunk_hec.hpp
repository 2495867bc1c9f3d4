// The Splunk HTTP Event Collector without its sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "listeners/http_endpoint.hpp"
#include "vedette/model/raw_batch.hpp"

namespace vedette::ingest {

// Codes and texts of Splunk's answers.
struct HecCode {
  int code;
  int status;
  std::string_view text;
};
namespace hec {
inline constexpr HecCode kSuccess{0, 200, "Success"};
inline constexpr HecCode kTokenRequired{2, 401, "Token is required"};
inline constexpr HecCode kInvalidAuthorization{3, 401, "Invalid authorization"};
inline constexpr HecCode kInvalidToken{4, 403, "Invalid token"};
inline constexpr HecCode kNoData{5, 400, "No data"};
inline constexpr HecCode kInvalidFormat{6, 400, "Invalid data format"};
inline constexpr HecCode kInternalError{8, 500, "Internal server error"};
inline constexpr HecCode kBusy{9, 503, "Server is busy"};
inline constexpr HecCode kChannelMissing{10, 400, "Data channel is missing"};
inline constexpr HecCode kInvalidChannel{11, 400, "Invalid data channel"};
inline constexpr HecCode kEventRequired{12, 400, "Event field is required"};
inline constexpr HecCode kEventBlank{13, 400, "Event field cannot be blank"};
inline constexpr HecCode kAckDisabled{14, 400, "ACK is disabled"};
inline constexpr HecCode kIndexedFields{15, 400, "Error in handling indexed fields"};
inline constexpr HecCode kQueryToken{16, 400, "Query string authorization is not enabled"};
inline constexpr HecCode kHealthy{17, 200, "HEC is healthy"};
inline constexpr HecCode kUnhealthy{18, 503, "HEC is unhealthy, queues are full"};
inline constexpr HecCode kShuttingDown{23, 503, "Server is shutting down"};
}  // namespace hec

// What an event's envelope says, or the query of a request for all its events.
struct HecEnvelope {
  std::string host, source, sourcetype, index;
  base::TimeNs time = 0;
  bool operator==(const HecEnvelope&) const = default;
};

// An event that was not taken; `bytes` are in the body.
struct HecFault {
  HecCode code = hec::kInvalidFormat;
  std::size_t event_number = 0;  // from 0
  std::string_view bytes;
  std::string_view label = "invalid";
};

struct HecParsed {
  std::vector<HecFault> faults;  // at most kMaxFaults; further ones are counted only
  std::size_t fault_count = 0;
  static constexpr std::size_t kMaxFaults = 1000;
};

inline constexpr std::size_t kMaxHecEvents = 250'000;  // of one request

// Seconds since the epoch with a fraction to the nanosecond; milliseconds and finer are told by magnitude.
std::optional<base::TimeNs> parse_hec_time(std::string_view text);

// JSON objects one after the other, with or without white space between. `body` has kJsonPadding bytes behind
// its end; texts of events are unescaped in place. What follows a syntax error is one fault.
HecParsed parse_hec_events(std::string& body, const HecEnvelope& defaults, std::uint64_t max_event_bytes,
                           model::RawBatch& batch);
// One event a line.
HecParsed parse_hec_raw(std::string_view body, const HecEnvelope& defaults, std::uint64_t max_event_bytes,
                        model::RawBatch& batch);

struct SplunkHecOptions {
  std::string tokens;  // by commas; empty: anyone may send
  bool acknowledgements = false;
};
std::shared_ptr<HttpEndpoint> make_splunk_hec_endpoint(std::shared_ptr<HttpDoor> door,
                                                       SplunkHecOptions options);

}  // namespace vedette::ingest
