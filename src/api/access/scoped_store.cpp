#include "vedette/api/scoped_store.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "access/scope_predicate.hpp"
#include "vedette/expr/hidden_fields.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::api {

using model::SearchRequest;
using model::SearchResult;

namespace {

constexpr std::uint64_t kSampleRows = 1'000;  // of which kinds of values are told
constexpr std::size_t kFieldsAtOnce = 512;
constexpr std::size_t kIdsAtOnce = 1'000;
constexpr double kFieldsSeconds = 10;

void count_kind(const model::Value& value, ports::FieldUse& use) {
  switch (value.kind()) {
    case model::ValueKind::null:
      ++use.nulls;
      return;
    case model::ValueKind::boolean:
      ++use.booleans;
      return;
    case model::ValueKind::integer:
      ++use.integers;
      return;
    case model::ValueKind::real:
      ++use.reals;
      return;
    case model::ValueKind::string:
      ++use.texts;
      return;
    case model::ValueKind::list:
      break;
  }
  ++use.lists;
  for (const model::Value& element : value.elements()) count_kind(element, use);
}

class ScopedStore final : public ports::LogStore {
 public:
  ScopedStore(const ports::LogStore& store, DataScope scope)
      : store_(store),
        predicate_(scope_predicate(scope)),
        hidden_(hidden_fields_of(scope)),
        is_hidden_(hidden_),
        default_tenant_(scope.tenant.empty()) {
    rows_shown_ = std::any_of(scope.rows.begin(), scope.rows.end(), [](const DataScope::Rows& rows) {
      return rows.datasets.empty() && rows.filter.kind == model::Predicate::Kind::always;
    });
  }

  base::Result<SearchResult> search(const SearchRequest& request, const model::RowSink& sink,
                                    const base::CancellationToken& cancellation) const override {
    SearchRequest narrowed = request;
    narrowed.scope = all_of_predicates({std::move(narrowed.scope), predicate_});
    narrowed.hidden_fields.insert(narrowed.hidden_fields.end(), hidden_.begin(), hidden_.end());
    TRY_ASSIGN(SearchResult result, store_.search(narrowed, sink, cancellation));
    if (!result.warnings.empty() && !sees_everything(result)) {
      result.warnings = {"Some events could not be read."};
    }
    if (!sees_everything(result)) {
      model::SearchStats shown;
      shown.rows_matched = result.stats.rows_matched;
      shown.seconds = result.stats.seconds;
      shown.narrowed = true;
      result.stats = std::move(shown);
    }
    return result;
  }

  // Fields of events that are seen, and how many of these have them: counted by a search. If ten seconds do
  // not suffice for it, the fields of what was counted. Kinds of values are of the newest 1,000 events seen.
  base::Result<std::vector<ports::FieldUse>> fields(const model::TimeRange& range) const override {
    TRY_ASSIGN(std::vector<ports::FieldUse> uses, store_.fields(range));
    const bool has_tenants = std::any_of(uses.begin(), uses.end(),
                                         [](const ports::FieldUse& use) { return use.name == kTenantField; });
    std::erase_if(uses, [&](const ports::FieldUse& use) { return is_hidden_.hides(use.name); });
    if (rows_shown_ && default_tenant_ && !has_tenants) return uses;
    std::vector<ports::FieldUse> seen;
    double seconds = kFieldsSeconds;
    for (std::size_t from = 0; from < uses.size() && seconds > 0; from += kFieldsAtOnce) {
      const std::size_t to = std::min(uses.size(), from + kFieldsAtOnce);
      TRY(count_fields(range, std::span(uses).subspan(from, to - from), seconds, seen));
    }
    TRY(sample_kinds(range, seen));
    return seen;
  }

 private:
  // Then figures of the search tell of nothing but what is seen.
  bool sees_everything(const SearchResult& result) const {
    return rows_shown_ && hidden_.empty() && !result.stats.narrowed;
  }

  base::Status count_fields(const model::TimeRange& range, std::span<const ports::FieldUse> uses,
                            double& seconds, std::vector<ports::FieldUse>& seen) const {
    SearchRequest request;
    request.range = range;
    request.limit = 0;
    request.limits.timeout = static_cast<base::TimeNs>(seconds * base::kNsPerSecond) + 1;
    model::GroupBy group;
    model::GroupKey key;
    key.kind = model::GroupKey::Kind::filters;
    key.name = "field";
    for (const ports::FieldUse& use : uses) {
      key.filters.push_back({use.name, field_predicate(use.name, model::MatchOp::exists, {})});
      // As a pattern it stands for the field of that name alone, which few events have.
      key.filters.back().predicate.test.field_pattern = use.name == "_id";
    }
    group.keys.push_back(std::move(key));
    group.metrics.emplace_back();
    group.metrics.back().name = "rows";
    request.groups.push_back(std::move(group));
    TRY_ASSIGN(const SearchResult result, search(request, nullptr, {}));
    seconds -= result.stats.seconds;
    const auto& rows = *result.groups.at(0).rows;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const model::Value* count = rows[row].find(model::intern("rows"));
      if (!count || count->kind() != model::ValueKind::integer || count->as_integer() <= 0) continue;
      ports::FieldUse use;
      use.name = rows[row].text(model::intern("field"));
      use.rows = static_cast<std::uint64_t>(count->as_integer());
      seen.push_back(std::move(use));
    }
    return base::ok_status();
  }

  base::Status sample_kinds(const model::TimeRange& range, std::vector<ports::FieldUse>& seen) const {
    std::unordered_map<std::string_view, ports::FieldUse*> by_name;
    for (ports::FieldUse& use : seen) by_name[use.name] = &use;
    SearchRequest request;
    request.range = range;
    request.limit = kSampleRows;
    request.count_all = false;
    request.limits.timeout = static_cast<base::TimeNs>(kFieldsSeconds) * base::kNsPerSecond;
    const model::RowSink sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
      for (std::size_t row = 0; row < batch->size(); ++row) {
        for (const model::Cell& cell : (*batch)[row].cells()) {
          const auto use = by_name.find(model::name_of(cell.field));
          if (use != by_name.end()) count_kind(cell.value, *use->second);
        }
      }
      return true;
    };
    TRY_ASSIGN(const SearchResult result, search(request, sink, {}));
    return base::ok_status();
  }

  const ports::LogStore& store_;
  const model::Predicate predicate_;
  const std::vector<std::string> hidden_;
  const expr::HiddenFields is_hidden_;
  const bool default_tenant_;
  bool rows_shown_ = false;  // all of the tenant
};

// Ids of the two kinds, with their places in the answer.
struct AskedIds {
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_sequence;
  std::unordered_map<std::string, std::vector<std::size_t>> own;
};

base::Status look_for_ids(const ports::LogStore& scoped, const SearchRequest& request, const AskedIds& ids,
                          std::vector<bool>& visible, const base::CancellationToken& cancellation) {
  const model::FieldId id_field = model::intern("_id");
  const model::RowSink sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    for (std::size_t row = 0; row < batch->size(); ++row) {
      const model::Event event = (*batch)[row];
      if (const auto at = ids.by_sequence.find(event.sequence()); at != ids.by_sequence.end()) {
        for (const std::size_t place : at->second) visible[place] = true;
      }
      if (const auto at = ids.own.find(std::string(event.text(id_field))); at != ids.own.end()) {
        for (const std::size_t place : at->second) visible[place] = true;
      }
    }
    return true;
  };
  TRY_ASSIGN(const SearchResult result, scoped.search(request, sink, cancellation));
  if (result.cut == model::Cut::cancelled) {
    return base::make_error(base::ErrorCode::cancelled, "the search for events was cancelled");
  }
  return base::ok_status();
}

SearchRequest rows_request() {
  SearchRequest request;
  request.fields = {"_id"};
  request.limit = SearchRequest::kAll;
  request.count_all = false;
  return request;
}

}  // namespace

std::unique_ptr<ports::LogStore> make_scoped_store(const ports::LogStore& store, DataScope scope) {
  return std::make_unique<ScopedStore>(store, std::move(scope));
}

base::Result<std::vector<bool>> visible_events(const ports::LogStore& scoped,
                                               std::span<const std::string> ids,
                                               const base::CancellationToken& cancellation) {
  std::vector<bool> visible(ids.size());
  for (std::size_t from = 0; from < ids.size(); from += kIdsAtOnce) {
    AskedIds asked;
    SearchRequest by_sequence = rows_request(), by_id = rows_request();
    std::vector<model::Predicate> tests;
    for (std::size_t i = from; i < std::min(ids.size(), from + kIdsAtOnce); ++i) {
      std::uint64_t sequence = 0;
      if (expr::sequence_of(ids[i], sequence)) {
        asked.by_sequence[sequence].push_back(i);
        by_sequence.sequences.push_back(sequence);
      } else if (!ids[i].empty()) {
        asked.own[ids[i]].push_back(i);
        tests.push_back(field_predicate("_id", model::MatchOp::equals, ids[i]));
      }
    }
    if (!by_sequence.sequences.empty()) {
      TRY(look_for_ids(scoped, by_sequence, asked, visible, cancellation));
    }
    if (tests.empty()) continue;
    by_id.filter = any_of_predicates(std::move(tests));
    TRY(look_for_ids(scoped, by_id, asked, visible, cancellation));
  }
  return visible;
}

}  // namespace vedette::api
