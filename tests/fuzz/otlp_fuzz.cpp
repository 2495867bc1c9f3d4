// Any bytes as an OTLP request, in protobuf and in JSON: what is read stays within its bounds.
#include <cstddef>
#include <cstdint>
#include <string>

#include "listeners/otlp.hpp"
#include "vedette/base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::ingest;
  std::string request(reinterpret_cast<const char*>(data), size);
  request.reserve(size + kJsonPadding);
  OtlpLimits limits;
  limits.max_event_bytes = 1024;
  limits.max_records = 100;
  limits.max_extra_bytes = 64u << 10;
  for (const bool json : {false, true}) {
    OtlpTaken taken;
    const base::Status status =
        json ? decode_otlp_json(request, limits, taken) : decode_otlp_protobuf(request, limits, taken);
    CHECK(taken.records.size() <= limits.max_records);
    CHECK(taken.rejected == 0 || !taken.reason.empty());
    std::size_t extras = 0;
    for (const auto& record : taken.records) {
      CHECK(record.size <= limits.max_event_bytes && record.offset + record.size <= taken.text.size());
      CHECK(record.first_extra + record.extras <= taken.extras.size());
    }
    for (const auto& [name, value] : taken.extras) extras += name.size() + value.size();
    CHECK(extras <= limits.max_extra_bytes);
    if (!status.ok()) CHECK(!status.error().message.empty());
  }
  return 0;
}
