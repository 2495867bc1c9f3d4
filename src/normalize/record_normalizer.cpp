#include "vedette/normalize/record_normalizer.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "record_parser.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

constexpr std::string_view kDeadLetters = "vedette.dead_letter";
constexpr std::string_view kFiles = "files";  // the listener
constexpr std::size_t kMaxParsers = 1024;

}  // namespace

struct RecordNormalizer::State {
  explicit State(const MappingSet& set) : mappings(set) {}

  RecordParser& parser_for(const model::RawBatch& raw);
  using IsNew = RecordNormalizer::IsNew;
  void parse_record(RecordParser& parser, const model::RawBatch& raw, const model::RawRecord& record,
                    const IsNew& is_new, NormalizedBatch& out);
  void add_dead_letter(const model::RawBatch& raw, const model::RawRecord& record, Row& row);
  void add_envelope(const model::RawBatch& raw, const model::RawRecord& record, const std::string& id,
                    std::string_view text, Row& row);

  const MappingSet& mappings;
  struct Parser {
    std::unique_ptr<RecordParser> parser;
    std::uint64_t used = 0;
  };
  std::map<std::string, Parser, std::less<>> parsers;  // by format, and for files by path
  std::uint64_t uses = 0;
  int year = 0, month = 0;  // of the arrival that the parsers were made for
  std::string failure;      // of the record at hand
  model::FieldId id_field = model::intern("_id"), hash_field = model::intern("event.hash");
  model::FieldId scope_field = model::intern("data_stream.dataset");
  model::FieldId tenant_field = model::intern("vedette.tenant");
  model::FieldId claimed_tenant_field = model::intern("vedette.claimed_tenant");
};

// Formats whose time stamps have no year take that of the arrival, so parsers last a month.
RecordParser& RecordNormalizer::State::parser_for(const model::RawBatch& raw) {
  const base::CivilTime now = base::to_civil(raw.received);
  if (now.year != year || now.month != month) parsers.clear();
  year = now.year, month = now.month;
  std::string key = raw.format;
  if (raw.listener == kFiles) key += "\n" + raw.source->path;
  if (parsers.size() >= kMaxParsers && !parsers.contains(key)) {
    parsers.erase(std::min_element(parsers.begin(), parsers.end(), [](const auto& one, const auto& other) {
      return one.second.used < other.second.used;
    }));
  }
  Parser& found = parsers[key];
  found.used = ++uses;
  if (!found.parser) {
    StreamOptions options;
    const Format* format = raw.format == "auto" ? nullptr : find_format(raw.format);
    options.forced = format != nullptr;
    options.detected.format = format ? format : find_format("plain");
    options.detected.framing = options.detected.format->info().framing;
    options.default_year = year;
    options.default_month = month;
    found.parser = std::make_unique<RecordParser>(mappings, options);
  }
  return *found.parser;
}

void RecordNormalizer::State::add_dead_letter(const model::RawBatch& raw, const model::RawRecord& record,
                                              Row& row) {
  model::BatchBuilder& builder = row.builder();
  const Value* reason = builder.find_open(field::error_message);
  failure = reason && reason->is_string() ? std::string(reason->as_string()) : "could not be parsed";
  if (!builder.find_open(field::event_dataset)) builder.add_ref(field::event_dataset, kDeadLetters);
  row.copy("vedette.dead_letter.listener", raw.listener);
  row.copy("vedette.dead_letter.format", raw.format);
  if (!record.dataset.empty()) row.copy("vedette.dead_letter.dataset", record.dataset);
}

// Before the mappings, so that what the envelope says is stronger than what follows from other fields.
void RecordNormalizer::State::add_envelope(const model::RawBatch& raw, const model::RawRecord& record,
                                           const std::string& id, std::string_view text, Row& row) {
  model::BatchBuilder& builder = row.builder();
  const auto derive = [&](model::FieldId to, std::string_view value) {
    if (!value.empty()) builder.add_derived(to, Value::string(builder.arena().copy(value)));
  };
  for (std::uint32_t i = 0; i < record.extras; ++i) {
    const auto& [name, value] = raw.extras[record.first_extra + i];
    const model::FieldId extra = row.names().intern(name);
    if (extra == field::overflow) {
      row.copy(name, value);
    } else {
      derive(extra == tenant_field ? claimed_tenant_field : extra, value);
    }
  }
  if (row.failed()) add_dead_letter(raw, record, row);
  derive(field::event_dataset, record.dataset);
  derive(tenant_field, raw.tenant);
  if (!id.empty()) {
    builder.add_copy(id_field, id);
    derive(scope_field, record.dataset);
  }
  if (!id.empty() && !record.id_tells_bytes) derive(hash_field, fmt::format("{:016x}", base::hash64(text)));
  if (builder.time() == 0) builder.set_time(record.time != 0 ? record.time : raw.received);
}

void RecordNormalizer::State::parse_record(RecordParser& parser, const model::RawBatch& raw,
                                           const model::RawRecord& record, const IsNew& is_new,
                                           NormalizedBatch& out) {
  const std::string_view text = std::string_view(*raw.bytes).substr(record.offset, record.size);
  const std::size_t before = parser.builder().rows();
  const std::uint64_t position = std::max<std::uint64_t>(raw.first_position, 1) + out.rows.size();
  const bool evtx = raw.format == "evtx";
  failure.clear();
  parser.complete = [&raw, &record, &is_new, text, evtx, this](Row& row) {
    std::string id = record.id;
    if (evtx && !id.empty()) id += "-" + std::to_string(row.builder().position());
    if (evtx && is_new && !is_new(id)) return false;
    add_envelope(raw, record, id, text, row);
    return true;
  };
  if (evtx) {
    parser.read_evtx(text, position);
  } else if (parser.record(text, position, Chunk{}) == Outcome::not_mine &&
             parser.builder().rows() == before) {
    parser.keep_plain(text, position);
  }
  const std::size_t after = parser.builder().rows();
  out.rows.push_back(after == before ? NormalizedBatch::kNoRow : static_cast<std::uint32_t>(after - 1));
  out.failures.push_back(failure);
}

RecordNormalizer::RecordNormalizer(const MappingSet& mappings) : state_(std::make_unique<State>(mappings)) {}

RecordNormalizer::~RecordNormalizer() = default;

NormalizedBatch RecordNormalizer::parse(const model::RawBatch& raw, const IsNew& is_new) {
  CHECK(raw.source && raw.bytes);
  NormalizedBatch out;
  RecordParser& parser = state_->parser_for(raw);
  // Files have a parser of their own each. Elsewhere a header of one sender would make rubbish of what others
  // send.
  if (raw.listener != kFiles) parser.forget_stream();
  parser.open(raw.source, raw.bytes);
  out.rows.reserve(raw.records.size());
  out.failures.reserve(raw.records.size());
  for (const model::RawRecord& record : raw.records) state_->parse_record(parser, raw, record, is_new, out);
  // What is held for company is acknowledged with this batch, so it must be in it.
  parser.drain_all(true);
  parser.complete = nullptr;
  out.batch = parser.close();
  return out;
}

ParseCounts RecordNormalizer::counts() const {
  ParseCounts sum;
  for (const auto& [key, entry] : state_->parsers) {
    for (const auto& [name, count] : entry.parser->counts()) {
      sum[name].events += count.events;
      sum[name].failures += count.failures;
    }
  }
  return sum;
}

}  // namespace vedette::normalize
