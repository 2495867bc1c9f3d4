// The bytes of one EVTX chunk.
#include <cstdint>
#include <string>
#include <string_view>

#include "evtx/chunk.hpp"

namespace {

using namespace vedette;
using namespace vedette::normalize;

class CollectingSink final : public EvtxSink {
 public:
  CollectingSink() : builder_(std::make_shared<model::Source>()), row_(builder_, names_) {}
  Row& begin_record(std::uint64_t record_id) override {
    builder_.begin_row(record_id);
    row_.restart();
    return row_;
  }
  void end_record() override { builder_.end_row(); }
  std::shared_ptr<const model::EventBatch> finish() { return builder_.finish(); }

 private:
  model::FieldCache names_;
  model::BatchBuilder builder_;
  Row row_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view chunk(reinterpret_cast<const char*>(data), size);
  CollectingSink sink;
  parse_evtx_chunk(chunk, sink);
  const auto batch = sink.finish();
  std::string json;
  for (std::size_t i = 0; i < batch->size(); ++i) model::append_json(json, (*batch)[i]);
  return 0;
}
