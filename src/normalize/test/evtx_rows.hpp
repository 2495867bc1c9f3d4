// Reads EVTX chunks to a batch, for the tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "evtx/chunk.hpp"

namespace vedette::normalize::test {

class BatchSink final : public EvtxSink {
 public:
  BatchSink() : builder_(std::make_shared<model::Source>()), row_(builder_, names_) {}

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

struct ChunkRows {
  EvtxChunkResult result;
  std::shared_ptr<const model::EventBatch> batch;
};

inline ChunkRows read_chunk(std::string_view chunk) {
  BatchSink sink;
  EvtxChunkResult result = parse_evtx_chunk(chunk, sink);
  return {std::move(result), sink.finish()};
}

inline std::string field_text(const model::Event& event, std::string_view name) {
  model::FieldId id{};
  if (!model::FieldTable::instance().find(name, id)) return "<no such field>";
  const model::Value* value = event.find(id);
  if (!value) return "<none>";
  if (value->is_list()) {
    std::string json;
    model::append_json(json, *value);
    return json;
  }
  model::TextBuffer buffer;
  return std::string(model::text_of(*value, buffer));
}

inline std::string data_text(const model::Event& event, std::string_view name) {
  return field_text(event, "winlog.event_data." + std::string(name));
}

}  // namespace vedette::normalize::test
