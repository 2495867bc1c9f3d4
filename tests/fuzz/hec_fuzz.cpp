// Any bytes as a body of the Splunk event collector: records and what was refused lie within it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "listeners/splunk_hec.hpp"
#include "vedette/base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::ingest;
  std::string body(reinterpret_cast<const char*>(data), size);
  body.reserve(size + kJsonPadding);
  HecEnvelope defaults;
  defaults.host = "h";
  for (const bool raw : {true, false}) {
    model::RawBatch batch;
    const HecParsed parsed =
        raw ? parse_hec_raw(body, defaults, 256, batch) : parse_hec_events(body, defaults, 256, batch);
    CHECK(body.size() == size);
    CHECK(parsed.faults.size() <= parsed.fault_count);
    for (const HecFault& fault : parsed.faults) {
      CHECK(fault.bytes.data() >= body.data() &&
            fault.bytes.data() + fault.bytes.size() <= body.data() + size);
    }
    for (const auto& record : batch.records) {
      CHECK(record.size <= 256 && record.offset + record.size <= size);
      CHECK(record.first_extra + record.extras <= batch.extras.size());
    }
  }
  return 0;
}
