// OTLP logs (opentelemetry-proto 1.x, logs/v1) as records: what the listeners over HTTP and gRPC share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "listeners/http_endpoint.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/raw_batch.hpp"

namespace vedette::ingest {

struct OtlpLimits {
  std::uint64_t max_event_bytes = 1u << 20;
  std::size_t max_records = 250'000;
  // Attributes of a resource are copied to each of its records: this bounds all copies together.
  std::size_t max_extra_bytes = std::size_t{64} << 20;
  std::size_t max_json_bytes = std::size_t{32} << 20;  // a tree of JSON takes several times its bytes
};
inline constexpr int kMaxOtlpDepth = 32;              // of nested values
inline constexpr std::size_t kMaxOtlpNodes = 20'000;  // values of one record, resource or scope

// AnyValue. Views point into the request.
struct OtlpMember;
struct OtlpValue {
  enum class Kind : std::uint8_t { none, text, bytes, boolean, integer, real, array, object };
  Kind kind = Kind::none;
  std::string_view text;  // of text and bytes
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::vector<OtlpMember> members;  // of object; of array with empty names
};
struct OtlpMember {
  std::string_view name;
  OtlpValue value;
};
using OtlpAttributes = std::vector<OtlpMember>;

struct OtlpRecord {
  std::uint64_t time = 0, observed = 0;  // ns since the epoch; 0: none
  std::int64_t severity_number = 0;
  std::string_view severity_text, event_name;
  OtlpValue body;
  OtlpAttributes attributes;
  std::string trace_id, span_id;  // lower-case hex
  std::uint32_t flags = 0;
};

// What a request came to.
struct OtlpTaken {
  std::string text;  // RawBatch::bytes
  std::vector<model::RawRecord> records;
  std::vector<std::pair<std::string, std::string>> extras;
  std::uint64_t rejected = 0;
  std::string reason;  // of the first that was rejected
};

// Turns records into RawRecords: the body is the record's text, all else becomes extras under ECS names.
class OtlpBuilder {
 public:
  OtlpBuilder(const OtlpLimits& limits, OtlpTaken& taken) : limits_(limits), taken_(taken) {}
  void set_resource(const OtlpAttributes& attributes);
  void set_scope(std::string_view name, std::string_view version, const OtlpAttributes& attributes);
  void add(const OtlpRecord& record);
  // A record that could not be read.
  void reject(std::string_view reason);

 private:
  using Extras = std::vector<std::pair<std::string, std::string>>;
  void append_body(const OtlpRecord& record);

  const OtlpLimits& limits_;
  OtlpTaken& taken_;
  Extras resource_, scope_;
  std::size_t extra_bytes_ = 0;
};

// ExportLogsServiceRequest. An error (corrupt) refuses all of it.
base::Status decode_otlp_protobuf(std::string_view request, const OtlpLimits& limits, OtlpTaken& taken);
// ErrorCode::limit: too large.
base::Status decode_otlp_json(std::string_view request, const OtlpLimits& limits, OtlpTaken& taken);

// ExportLogsServiceResponse; `message` is a warning if nothing was rejected.
std::string otlp_response(bool json, std::uint64_t rejected, std::string_view message);
// google.rpc.Status; with `retry_after` a google.rpc.RetryInfo in its details (protobuf only).
std::string otlp_status(bool json, int grpc_code, std::string_view message,
                        std::chrono::seconds retry_after = std::chrono::seconds(0));
// For a batch of which some records were not parsed.
std::string otlp_warning(const std::vector<model::RecordOutcome>& outcomes);
// Codes of gRPC.
int otlp_code_of(HttpRefusal::Kind kind);

struct OtlpOptions {
  std::string tokens;  // by commas; empty: anyone may send
};
std::shared_ptr<HttpEndpoint> make_otlp_endpoint(std::shared_ptr<HttpDoor> door, OtlpOptions options);

}  // namespace vedette::ingest
