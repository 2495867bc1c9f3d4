#include "vedette/normalize/normalizer.hpp"

#include "framer_visit.hpp"
#include "record_parser.hpp"

namespace vedette::normalize {

struct Normalizer::State {
  RecordParser parser;
  std::shared_ptr<const model::Source> source;
  Framing framing;
};

Normalizer::Normalizer(const MappingSet& mappings, std::shared_ptr<const model::Source> source,
                       const StreamOptions& options)
    : state_(new State{{mappings, options}, std::move(source), options.detected.framing}) {}

Normalizer::~Normalizer() = default;

std::shared_ptr<const model::EventBatch> Normalizer::parse(const Chunk& chunk) {
  RecordParser& parser = state_->parser;
  parser.open(state_->source, chunk.bytes);
  if (state_->framing == Framing::evtx) parser.read_evtx(*chunk.bytes, chunk.first_position);
  visit_records(state_->framing, chunk,
                [&](std::string_view text, std::uint64_t position) { parser.record(text, position, chunk); });
  return parser.close();
}

std::shared_ptr<const model::EventBatch> Normalizer::finish() {
  state_->parser.open(state_->source, nullptr);
  state_->parser.drain_all(true);
  return state_->parser.close();
}

const ParseCounts& Normalizer::counts() const {
  return state_->parser.counts();
}

}  // namespace vedette::normalize
