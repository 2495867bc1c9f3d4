#include "vedette/normalize/normalizer.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "evtx/chunk.hpp"
#include "format_scores.hpp"
#include "formats/formats.hpp"
#include "formats/linux_auth.hpp"
#include "framer_visit.hpp"
#include "json/shape.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"
#include "vedette/normalize/mapping.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

constexpr std::size_t kMaxOriginal = 1 << 20;  // of a broken record that is kept
constexpr int kStay = 80;  // the format of the line before needs no comparison with the others from here on
constexpr int kForeign = 80;  // what a format that is not meant for it must score to take a message
constexpr int kHeader = 80;   // what a format with a header must score to take over in the middle of a stream
constexpr std::size_t kNone = ~std::size_t{0};

std::string_view trim_record(std::string_view record) {
  const auto is_filler = [](char c) { return c == '\0' || c == '\r'; };
  while (!record.empty() && is_filler(record.front())) record.remove_prefix(1);
  while (!record.empty() && is_filler(record.back())) record.remove_suffix(1);
  return record;
}

bool is_blank_record(std::string_view record) {
  return std::all_of(record.begin(), record.end(), base::is_space);
}

// The formats that may stand inside a message, each with a parser of its own.
class Payloads final : public PayloadParser {
 public:
  explicit Payloads(ParseContext context) : context_(context), parsers_(all_formats().size()) {
    context_.payloads = nullptr;
  }

  bool parse_payload(std::string_view message, std::string_view program, Row& row) override {
    // Their messages are known by who wrote them, not by how they look.
    if (is_linux_auth_program(program) && parse_linux_auth(program, message, row) == Outcome::parsed)
      return true;
    const auto formats = all_formats();
    if (const Format* json = message.starts_with('{') ? json::best_json_format(message) : nullptr) {
      return try_format(
          static_cast<std::size_t>(std::find(formats.begin(), formats.end(), json) - formats.begin()),
          message, row);
    }
    // The surest first; it may still find that the message is not its own.
    std::array<std::pair<int, std::size_t>, 3> best{};
    for (std::size_t i = 0; i < formats.size(); ++i) {
      const FormatInfo& info = formats[i]->info();
      if (info.framing == Framing::json || info.framing == Framing::evtx || is_envelope(info)) continue;
      if (info.stateful && !info.payload) continue;
      std::pair<int, std::size_t> entry{formats[i]->recognise(message), i};
      if (!info.payload && entry.first < kForeign) continue;
      for (auto& place : best) {
        if (entry.first > place.first) std::swap(entry, place);
      }
    }
    return std::any_of(best.begin(), best.end(), [&](const auto& entry) {
      return entry.first > 0 && try_format(entry.second, message, row);
    });
  }

 private:
  // A message is not looked at for yet another envelope.
  static bool is_envelope(const FormatInfo& info) { return info.name.starts_with("syslog"); }

  bool try_format(std::size_t index, std::string_view message, Row& row) {
    auto& parser = parsers_[index];
    if (!parser) parser = all_formats()[index]->open(context_);
    const Outcome outcome = parser->parse(message, row);
    return outcome == Outcome::parsed;
  }

  ParseContext context_;
  std::vector<std::unique_ptr<FormatParser>> parsers_;
};

ParseContext make_context(const StreamOptions& options, PayloadParser* payloads) {
  ParseContext context;
  context.payloads = payloads;
  context.default_year = options.default_year;
  context.default_month = options.default_month;
  context.utc_offset_seconds = options.utc_offset_seconds;
  return context;
}

std::size_t index_of(const Format* format) {
  const auto formats = all_formats();
  const auto found = std::find(formats.begin(), formats.end(), format);
  return found == formats.end() ? kNone : static_cast<std::size_t>(found - formats.begin());
}

}  // namespace

struct Normalizer::State {
  State(const MappingSet& mapping_set, std::shared_ptr<const model::Source> from, const StreamOptions& stream)
      : mappings(mapping_set),
        source(std::move(from)),
        options(stream),
        payloads(make_context(stream, nullptr)),
        parsers(formats.size()),
        tally(formats.size()),
        scores(formats.size()),
        plain(normalize::index_of(&plain_format())),
        first(normalize::index_of(stream.detected.format)),
        current(first) {
    CHECK(first != kNone);
  }

  void record(std::string_view text, std::uint64_t position, const Chunk& chunk);
  Outcome try_format(std::size_t index, std::string_view text, Row& row);
  std::pair<Outcome, std::size_t> choose(std::string_view text, Row& row);
  std::pair<Outcome, std::size_t> choose_best(std::string_view text, Row& row, std::size_t tried);
  void finish_row(std::size_t index, std::string_view text, const Chunk& chunk, Row& row);
  void keep_original(std::string_view text, std::uint64_t length, Row& row);
  void drain(std::size_t index, bool at_end);
  FormatParser& parser(std::size_t index);
  std::shared_ptr<const model::EventBatch> close();
  void publish_counts();
  void read_evtx(const Chunk& chunk);
  class EvtxRows;

  const MappingSet& mappings;
  std::shared_ptr<const model::Source> source;
  StreamOptions options;
  std::span<const Format* const> formats = all_formats();
  Payloads payloads;
  std::vector<std::unique_ptr<FormatParser>> parsers;
  std::vector<FormatCounts> tally;
  std::vector<int> scores;
  std::size_t plain, first, current;
  model::FieldCache names;
  EvtxChunkReader evtx;
  model::FieldId length_field = model::intern("vedette.record.length");
  std::unique_ptr<model::BatchBuilder> builder;
  ParseCounts counts;
};

FormatParser& Normalizer::State::parser(std::size_t index) {
  if (!parsers[index]) parsers[index] = formats[index]->open(make_context(options, &payloads));
  return *parsers[index];
}

Outcome Normalizer::State::try_format(std::size_t index, std::string_view text, Row& row) {
  return parser(index).parse(text, row);
}

// The format of the record before comes first. JSON formats tell by themselves what is not theirs, and those
// with a header know their records only by it; the others are asked.
std::pair<Outcome, std::size_t> Normalizer::State::choose(std::string_view text, Row& row) {
  const FormatInfo& info = formats[current]->info();
  const bool self_telling = info.framing != Framing::lines || info.stateful;
  if (options.forced || self_telling || formats[current]->recognise(text) >= kStay) {
    const Outcome outcome = try_format(current, text, row);
    if (outcome != Outcome::not_mine) return {outcome, current};
    if (!options.forced) return choose_best(text, row, current);
    // "json" is any JSON: it may be of a shape that has a format of its own.
    if (formats[current] == &json_format()) {
      if (const Format* best = json::best_json_format(text)) {
        const std::size_t index = normalize::index_of(best);
        return {try_format(index, text, row), index};
      }
    }
    return {Outcome::not_mine, current};
  }
  return choose_best(text, row, kNone);
}

std::pair<Outcome, std::size_t> Normalizer::State::choose_best(std::string_view text, Row& row,
                                                               std::size_t tried) {
  score_formats(text, scores);
  if (tried != kNone) scores[tried] = 0;
  for (;;) {
    const auto best =
        static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    const int score = std::exchange(scores[best], 0);
    if (score <= 0) break;
    if (formats[best]->info().stateful && best != first && score < kHeader) continue;
    const Outcome outcome = try_format(best, text, row);
    if (outcome == Outcome::not_mine) continue;
    if (best != plain) current = best;
    return {outcome, best};
  }
  return {try_format(plain, text, row), plain};
}

void Normalizer::State::record(std::string_view text, std::uint64_t position, const Chunk& chunk) {
  text = trim_record(text);
  if (is_blank_record(text)) return;
  builder->begin_row(position);
  Row row(*builder, names);
  const auto [outcome, index] = choose(text, row);
  switch (outcome) {
    case Outcome::parsed:
      finish_row(index, text, chunk, row);
      break;
    case Outcome::not_mine:
      row.fail("not a record of the format " + std::string(formats[index]->info().name));
      finish_row(index, text, chunk, row);
      break;
    case Outcome::held:
    case Outcome::skipped:
      builder->discard_row();
      break;
  }
  if (formats[index]->info().stateful) drain(index, false);
}

void Normalizer::State::keep_original(std::string_view text, std::uint64_t length, Row& row) {
  if (text.empty()) return;
  if (!builder->find_open(field::event_original))
    row.ref(field::event_original, text.substr(0, kMaxOriginal));
  if (length > kMaxOriginal) row.add(length_field, Value::integer(static_cast<std::int64_t>(length)));
}

void Normalizer::State::finish_row(std::size_t index, std::string_view text, const Chunk& chunk, Row& row) {
  FormatCounts& count = tally[index];
  ++count.events;
  if (chunk.truncated_record) {
    row.fail("record of " + std::to_string(chunk.truncated_bytes) + " bytes, cut to " +
             std::to_string(text.size()));
  }
  if (row.failed()) {
    ++count.failures;
    keep_original(text, chunk.truncated_record ? chunk.truncated_bytes : text.size(), row);
  }
  mappings.apply(*builder);
  builder->end_row();
}

void Normalizer::State::drain(std::size_t index, bool at_end) {
  for (;;) {
    builder->begin_row(0);
    Row row(*builder, names);
    if (!parser(index).take_held(row, at_end)) break;
    finish_row(index, {}, Chunk{}, row);
  }
  builder->discard_row();
}

std::shared_ptr<const model::EventBatch> Normalizer::State::close() {
  publish_counts();
  auto batch = builder->finish();
  builder.reset();
  return batch;
}

void Normalizer::State::publish_counts() {
  for (std::size_t i = 0; i < tally.size(); ++i) {
    if (tally[i].events > 0) counts[std::string(formats[i]->info().name)] = tally[i];
  }
}

// The rows of an EVTX chunk go the way of all others.
class Normalizer::State::EvtxRows final : public EvtxSink {
 public:
  EvtxRows(State& state, std::size_t format)
      : state_(state), format_(format), row_(*state.builder, state.names) {}

  Row& begin_record(std::uint64_t record_id) override {
    state_.builder->begin_row(record_id);
    row_.restart();
    return row_;
  }
  void end_record() override { state_.finish_row(format_, {}, Chunk{}, row_); }

 private:
  State& state_;
  std::size_t format_;
  Row row_;
};

void Normalizer::State::read_evtx(const Chunk& chunk) {
  const std::size_t format = normalize::index_of(&evtx_format());
  EvtxRows rows(*this, format);
  const std::string_view bytes = *chunk.bytes;
  for (std::size_t at = 0; at < bytes.size(); at += kEvtxChunkBytes) {
    const EvtxChunkResult result = evtx.read(bytes.substr(at, kEvtxChunkBytes), rows);
    if (result.problem.empty()) continue;
    // The chunk's own damage is an event, too, so that it is stored and counted like any other failure.
    Row& row = rows.begin_record(0);
    row.fail("chunk " + std::to_string(chunk.first_position + at / kEvtxChunkBytes) + ": " + result.problem);
    rows.end_record();
  }
}

Normalizer::Normalizer(const MappingSet& mappings, std::shared_ptr<const model::Source> source,
                       const StreamOptions& options)
    : state_(std::make_unique<State>(mappings, std::move(source), options)) {}

Normalizer::~Normalizer() = default;

std::shared_ptr<const model::EventBatch> Normalizer::parse(const Chunk& chunk) {
  State& state = *state_;
  state.builder = std::make_unique<model::BatchBuilder>(state.source);
  state.builder->hold(chunk.bytes);
  if (state.options.detected.framing == Framing::evtx) state.read_evtx(chunk);
  visit_records(state.options.detected.framing, chunk,
                [&](std::string_view text, std::uint64_t position) { state.record(text, position, chunk); });
  return state.close();
}

std::shared_ptr<const model::EventBatch> Normalizer::finish() {
  State& state = *state_;
  state.builder = std::make_unique<model::BatchBuilder>(state.source);
  for (std::size_t i = 0; i < state.parsers.size(); ++i) {
    if (state.parsers[i] && state.formats[i]->info().stateful) state.drain(i, true);
  }
  return state.close();
}

const ParseCounts& Normalizer::counts() const {
  return state_->counts;
}

}  // namespace vedette::normalize
