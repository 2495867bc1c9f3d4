#include "record_parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "format_scores.hpp"
#include "formats/formats.hpp"
#include "formats/linux_auth.hpp"
#include "json/shape.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"

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

// The formats that may stand inside a message, each with a parser of its own.
class RecordParser::Payloads final : public PayloadParser {
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

RecordParser::RecordParser(const MappingSet& mappings, const StreamOptions& options)
    : mappings_(mappings),
      options_(options),
      payloads_(std::make_unique<Payloads>(make_context(options, nullptr))),
      parsers_(formats_.size()),
      tally_(formats_.size()),
      scores_(formats_.size()),
      plain_(index_of(&plain_format())),
      first_(index_of(options.detected.format)),
      current_(first_) {
  CHECK(first_ != kNone);
}

RecordParser::~RecordParser() = default;

void RecordParser::open(std::shared_ptr<const model::Source> source, std::shared_ptr<const void> bytes) {
  builder_ = std::make_unique<model::BatchBuilder>(std::move(source));
  builder_->hold(std::move(bytes));
}

void RecordParser::forget_stream() {
  for (std::size_t index = 0; index < parsers_.size(); ++index) {
    if (formats_[index]->info().stateful) parsers_[index] = nullptr;
  }
  if (formats_[current_]->info().stateful) current_ = first_;
}

FormatParser& RecordParser::parser(std::size_t index) {
  if (!parsers_[index]) parsers_[index] = formats_[index]->open(make_context(options_, payloads_.get()));
  return *parsers_[index];
}

Outcome RecordParser::try_format(std::size_t index, std::string_view text, Row& row) {
  return parser(index).parse(text, row);
}

// The format of the record before comes first. JSON formats tell by themselves what is not theirs, and those
// with a header know their records only by it; the others are asked.
std::pair<Outcome, std::size_t> RecordParser::choose(std::string_view text, Row& row) {
  const FormatInfo& info = formats_[current_]->info();
  const bool self_telling = info.framing != Framing::lines || info.stateful;
  if (options_.forced || self_telling || formats_[current_]->recognise(text) >= kStay) {
    const Outcome outcome = try_format(current_, text, row);
    if (outcome != Outcome::not_mine) return {outcome, current_};
    if (!options_.forced) return choose_best(text, row, current_);
    // "json" is any JSON: it may be of a shape that has a format of its own.
    if (formats_[current_] == &json_format()) {
      if (const Format* best = json::best_json_format(text)) {
        const std::size_t index = normalize::index_of(best);
        return {try_format(index, text, row), index};
      }
    }
    return {Outcome::not_mine, current_};
  }
  return choose_best(text, row, kNone);
}

std::pair<Outcome, std::size_t> RecordParser::choose_best(std::string_view text, Row& row,
                                                          std::size_t tried) {
  score_formats(text, scores_);
  if (tried != kNone) scores_[tried] = 0;
  for (;;) {
    const auto best =
        static_cast<std::size_t>(std::max_element(scores_.begin(), scores_.end()) - scores_.begin());
    const int score = std::exchange(scores_[best], 0);
    if (score <= 0) break;
    if (formats_[best]->info().stateful && best != first_ && score < kHeader) continue;
    const Outcome outcome = try_format(best, text, row);
    if (outcome == Outcome::not_mine) continue;
    if (best != plain_) current_ = best;
    return {outcome, best};
  }
  return {try_format(plain_, text, row), plain_};
}

Outcome RecordParser::record(std::string_view text, std::uint64_t position, const Chunk& chunk) {
  text = trim_record(text);
  if (is_blank_record(text)) return Outcome::not_mine;
  builder_->begin_row(position);
  Row row(*builder_, names_);
  const auto [outcome, index] = choose(text, row);
  switch (outcome) {
    case Outcome::parsed:
      finish_row(index, text, chunk, row);
      break;
    case Outcome::not_mine:
      row.fail("not a record of the format " + std::string(formats_[index]->info().name));
      finish_row(index, text, chunk, row);
      break;
    case Outcome::held:
    case Outcome::skipped:
      builder_->discard_row();
      break;
  }
  if (formats_[index]->info().stateful) drain(index, false);
  return outcome;
}

void RecordParser::keep_original(std::string_view text, std::uint64_t length, Row& row) {
  if (text.empty()) return;
  if (!builder_->find_open(field::event_original))
    row.ref(field::event_original, text.substr(0, kMaxOriginal));
  if (length > kMaxOriginal) row.add(length_field_, Value::integer(static_cast<std::int64_t>(length)));
}

void RecordParser::finish_row(std::size_t index, std::string_view text, const Chunk& chunk, Row& row) {
  FormatCounts& count = tally_[index];
  ++count.events;
  if (chunk.truncated_record) {
    row.fail("record of " + std::to_string(chunk.truncated_bytes) + " bytes, cut to " +
             std::to_string(text.size()));
  }
  if (row.failed()) {
    ++count.failures;
    keep_original(text, chunk.truncated_record ? chunk.truncated_bytes : text.size(), row);
  }
  // Whose an event is, only the intake says.
  builder_->rename_open(tenant_field_, claimed_tenant_field_);
  if (complete && !complete(row)) return builder_->discard_row();
  mappings_.apply(*builder_);
  builder_->end_row();
}

void RecordParser::drain(std::size_t index, bool at_end) {
  for (;;) {
    builder_->begin_row(0);
    Row row(*builder_, names_);
    if (!parser(index).take_held(row, at_end)) break;
    finish_row(index, {}, Chunk{}, row);
  }
  builder_->discard_row();
}

void RecordParser::drain_all(bool at_end) {
  for (std::size_t i = 0; i < parsers_.size(); ++i) {
    if (parsers_[i] && formats_[i]->info().stateful) drain(i, at_end);
  }
}

void RecordParser::keep_plain(std::string_view text, std::uint64_t position) {
  builder_->begin_row(position);
  Row row(*builder_, names_);
  if (is_blank_record(text)) {
    row.fail("an empty record");
  } else {
    static_cast<void>(try_format(plain_, text, row));
  }
  finish_row(plain_, text, Chunk{}, row);
}

std::shared_ptr<const model::EventBatch> RecordParser::close() {
  publish_counts();
  auto batch = builder_->finish();
  builder_.reset();
  return batch;
}

void RecordParser::publish_counts() {
  for (std::size_t i = 0; i < tally_.size(); ++i) {
    if (tally_[i].events > 0) counts_[std::string(formats_[i]->info().name)] = tally_[i];
  }
}

// The rows of an EVTX chunk go the way of all others.
class RecordParser::EvtxRows final : public EvtxSink {
 public:
  EvtxRows(RecordParser& parser, std::size_t format)
      : parser_(parser), format_(format), row_(*parser.builder_, parser.names_) {}

  Row& begin_record(std::uint64_t record_id) override {
    parser_.builder_->begin_row(record_id);
    row_.restart();
    return row_;
  }
  void end_record() override { parser_.finish_row(format_, {}, Chunk{}, row_); }

 private:
  RecordParser& parser_;
  std::size_t format_;
  Row row_;
};

void RecordParser::read_evtx(std::string_view bytes, std::uint64_t first_chunk) {
  const std::size_t format = normalize::index_of(&evtx_format());
  EvtxRows rows(*this, format);
  for (std::size_t at = 0; at < bytes.size(); at += kEvtxChunkBytes) {
    const EvtxChunkResult result = evtx_.read(bytes.substr(at, kEvtxChunkBytes), rows);
    if (result.problem.empty()) continue;
    // The chunk's own damage is an event, too, so that it is stored and counted like any other failure.
    Row& row = rows.begin_record(0);
    row.fail("chunk " + std::to_string(first_chunk + at / kEvtxChunkBytes) + ": " + result.problem);
    rows.end_record();
  }
}

}  // namespace vedette::normalize
