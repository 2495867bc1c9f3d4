#include "vedette/node/dead_letters.hpp"

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "dead_letter_batches.hpp"
#include "vedette/expr/row_predicate.hpp"
#include "vedette/node/content.hpp"

namespace vedette::node {
namespace {

constexpr std::string_view kReplayPrefix = "replay-";

model::SearchRequest request_of(std::string field, model::MatchOp op, std::string text) {
  model::SearchRequest request;
  request.filter.kind = model::Predicate::Kind::test;
  request.filter.test.field = std::move(field);
  request.filter.test.op = op;
  request.filter.test.text = std::move(text);
  request.limit = model::SearchRequest::kAll;
  request.sort = {{"_id", false, false}};
  request.count_all = false;
  return request;
}

base::Result<std::unordered_set<std::string>> replayed_before(const ports::LogStore& store,
                                                              const base::CancellationToken& cancellation) {
  std::unordered_set<std::string> ids;
  model::SearchRequest request = request_of("_id", model::MatchOp::starts_with, std::string(kReplayPrefix));
  request.fields = {"_id"};
  const model::FieldId id_field = model::intern("_id");
  const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    for (std::size_t row = 0; row < batch->size(); ++row) ids.emplace((*batch)[row].text(id_field));
    return true;
  };
  TRY_ASSIGN(const auto result, store.search(request, sink, cancellation));
  static_cast<void>(result);
  return ids;
}

}  // namespace

model::RawBatch letter_batch(const LetterKey& key, std::span<const Letter> letters) {
  model::RawBatch raw;
  raw.listener = "replay";
  raw.source = std::make_shared<model::Source>(model::Source{key.source});
  raw.format = key.format;
  raw.tenant = key.tenant;
  std::string bytes;
  for (const Letter& letter : letters) {
    model::RawRecord record;
    record.offset = static_cast<std::uint32_t>(bytes.size());
    record.size = static_cast<std::uint32_t>(letter.text.size());
    record.id = letter.id;
    record.id_tells_bytes = true;
    record.dataset = letter.dataset;
    record.time = letter.time;
    raw.records.push_back(std::move(record));
    bytes += letter.text;
  }
  raw.bytes = std::make_shared<const std::string>(std::move(bytes));
  raw.received = letters.front().time;
  return raw;
}

base::Result<LetterGroups> read_letters(const ports::LogStore& letters, const ports::LogStore& all,
                                        const model::Predicate& filter, ReplayTotals& totals,
                                        const base::CancellationToken& cancellation) {
  TRY_ASSIGN(const auto before, replayed_before(all, cancellation));
  const model::FieldId format_field = model::intern("vedette.dead_letter.format"),
                       dataset_field = model::intern("vedette.dead_letter.dataset"),
                       length_field = model::intern("vedette.record.length"),
                       tenant_field = model::intern("vedette.tenant");
  LetterGroups groups;
  const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    for (std::size_t row = 0; row < batch->size(); ++row) {
      const model::Event event = (*batch)[row];
      const std::string_view format = event.text(format_field);
      if (format.empty()) continue;  // bytes that were not even a record
      ++totals.examined;
      Letter letter;
      letter.id = std::string(kReplayPrefix) + expr::id_text(event.sequence());
      if (before.contains(letter.id)) {
        ++totals.before;
        continue;
      }
      letter.text = event.text(model::field::event_original);
      if (letter.text.empty() || event.find(length_field)) {
        ++totals.cut;
        continue;
      }
      letter.dataset = event.text(dataset_field);
      letter.time = event.time();
      groups[{event.source().path, std::string(format), std::string(event.text(tenant_field))}].push_back(
          std::move(letter));
    }
    return true;
  };
  model::SearchRequest request = request_of("vedette.dead_letter.format", model::MatchOp::exists, "");
  request.filter = {.kind = model::Predicate::Kind::all_of,
                    .children = {std::move(request.filter), filter},
                    .test = {},
                    .name = {}};
  TRY_ASSIGN(const auto result, letters.search(request, sink, cancellation));
  static_cast<void>(result);
  return groups;
}

std::vector<Letter> parsing_letters(normalize::RecordNormalizer& normalizer, const LetterKey& key,
                                    std::span<const Letter> letters, ReplayTotals& totals) {
  const normalize::NormalizedBatch tried = normalizer.parse(letter_batch(key, letters));
  std::vector<Letter> good;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (tried.failures[i].empty()) good.push_back(letters[i]);
  }
  totals.failing += letters.size() - good.size();
  return good;
}

base::Result<ReplayTotals> replay_dead_letters(DataFolder& data, bool dry_run,
                                               const base::CancellationToken& cancellation) {
  TRY_ASSIGN(const auto bounds, data.bus().bounds(kEventsTopic));
  TRY(data.wait_for(bounds.end));
  ReplayTotals totals;
  const model::Predicate every{
      .kind = model::Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
  TRY_ASSIGN(const LetterGroups groups,
             read_letters(data.store(), data.store(), every, totals, cancellation));
  const auto mappings = shipped_mappings();
  normalize::RecordNormalizer normalizer(*mappings);
  for (const auto& [key, letters] : groups) {
    for (std::size_t from = 0; from < letters.size() && !cancellation.cancelled(); from += kReplayBatch) {
      const std::span part(letters.data() + from, std::min(kReplayBatch, letters.size() - from));
      const std::vector<Letter> good = parsing_letters(normalizer, key, part, totals);
      totals.replayed += good.size();
      if (dry_run || good.empty()) continue;
      const auto appended =
          data.bus().append_and_wait(kEventsTopic, normalizer.parse(letter_batch(key, good)).batch);
      if (!appended) return appended.error();
    }
  }
  return totals;
}

}  // namespace vedette::node
