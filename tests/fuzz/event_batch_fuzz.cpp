// Any bytes as an event batch: refused, or a batch that encodes and decodes to itself.
#include <cstdint>
#include <memory>
#include <string>

#include "vedette/base/check.hpp"
#include "vedette/model/event_codec.hpp"

namespace {

using namespace vedette;

std::string json_of(const model::EventBatch& batch) {
  std::string json;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    CHECK(batch[i].sequence() == 7 + i);
    json += batch[i].source().path;
    json += std::to_string(batch[i].position());
    model::append_json(json, batch[i]);
  }
  return json;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  const auto batch = model::decode_batch(bytes, 7);
  if (!batch.ok()) {
    CHECK(batch.error().code == base::ErrorCode::corrupt);
    return 0;
  }
  auto again = std::make_shared<std::string>();
  model::encode_batch(*again, **batch);
  const auto decoded = model::decode_batch(again, 7);
  CHECK(decoded.ok());
  CHECK(json_of(**decoded) == json_of(**batch));
  return 0;
}
