// The body of _search as a whole, and the response.
#include <algorithm>
#include <optional>

#include "elasticsearch/aggregations.hpp"
#include "elasticsearch/query_dsl.hpp"
#include "vedette/base/text.hpp"
#include "vedette/query/elasticsearch.hpp"

namespace vedette::query {
namespace es {
namespace {

constexpr std::size_t kLargestBody = 1 << 20;
constexpr std::size_t kDeepestJson = 128;
constexpr std::int64_t kLargestWindow = 10'000;

class Search final : public EsSearch {
 public:
  const model::SearchRequest& request() const override { return request_; }
  base::Result<std::string> run(const ports::LogStore& store,
                                const base::CancellationToken& cancellation) const override;
  base::Result<EsPage> run_page(const ports::LogStore& store, const base::CancellationToken& cancellation,
                                const EsPage* previous) const override;

  explicit Search(const EsExtras& extras) : extras_(extras) {}
  base::Status read(const Node& body, base::TimeNs now);
  base::Status override_by(const Node& body, base::TimeNs now);
  base::Status finish();

 private:
  base::Status read_part(const Member& member, base::TimeNs now);
  base::Status read_page(const Member& member);
  base::Status read_search_after(const Node& node);
  void apply_extras();
  void append_shards(base::JsonWriter& json, const model::SearchResult& result) const;
  void append_total(base::JsonWriter& json, const EsPage& page) const;

  const EsExtras extras_;
  model::SearchRequest request_;
  HitOptions hits_;
  std::vector<Agg> aggs_;
  std::optional<std::size_t> root_;
  std::int64_t from_ = 0, size_ = 10;
  std::optional<Node> search_after_;
  std::int64_t track_total_ = kLargestWindow;  // -1: exact; 0: not at all
  bool has_aggs_ = false, terminates_early_ = false;
};

// A conjunct on the event time becomes the range of the request.
bool narrow(model::TimeRange& range, const model::Predicate& predicate) {
  if (predicate.kind != model::Predicate::Kind::test || predicate.test.field != kTimeField) return false;
  const auto time = base::parse_iso8601(predicate.test.text);
  if (!time) return false;
  if (predicate.test.op == model::MatchOp::greater_equal) {
    range.from = std::max(range.from, *time);
  } else if (predicate.test.op == model::MatchOp::less) {
    range.to = std::min(range.to, *time);
  } else {
    return false;
  }
  return true;
}

void take_range(model::SearchRequest& request) {
  const model::TimeRange whole;
  std::vector<model::Predicate> conjuncts;
  if (request.filter.kind == model::Predicate::Kind::all_of) {
    conjuncts = std::move(request.filter.children);
  } else {
    conjuncts.push_back(std::move(request.filter));
  }
  std::erase_if(conjuncts, [&](const model::Predicate& part) { return narrow(request.range, part); });
  // Events without a time have time 0, which no bound on "@timestamp" lets through.
  const bool narrowed = request.range.from != whole.from || request.range.to != whole.to;
  if (narrowed && request.range.from <= 0 && request.range.to > 0) conjuncts.push_back(has_value(kTimeField));
  request.filter = all_of(std::move(conjuncts));
}

// Parts that clients send and that change nothing in the answer.
bool is_harmless(std::string_view key) {
  static constexpr std::string_view kKeys[] = {
      "track_scores",  "preference", "ext", "batched_reduce_size", "allow_partial_search_results",
      "request_cache", "stats"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

base::Status Search::read_page(const Member& member) {
  if (member.key == "from" || member.key == "size") {
    TRY_ASSIGN(const std::int64_t number,
               integer_of(member.value, 0, std::numeric_limits<std::int32_t>::max()));
    (member.key == "from" ? from_ : size_) = number;
  } else if (member.key == "track_total_hits") {
    if (!member.value.element.is_bool()) {
      TRY_ASSIGN(track_total_, integer_of(member.value, -1, std::numeric_limits<std::int32_t>::max()));
    } else {
      TRY_ASSIGN(const bool exact, flag_of(member.value));
      track_total_ = exact ? -1 : 0;
    }
  } else if (member.key == "timeout") {
    TRY_ASSIGN(const std::string text, text_of(member.value));
    const auto parsed = base::parse_duration(text);
    if (text != "-1" && !parsed) return invalid(member.value.path, "a duration is expected");
    request_.limits.timeout = parsed.value_or(0);
  } else {
    TRY_ASSIGN(const std::int64_t most,
               integer_of(member.value, 0, std::numeric_limits<std::int32_t>::max()));
    terminates_early_ = most > 0;
  }
  return base::ok_status();
}

base::Status Search::read_part(const Member& member, base::TimeNs now) {
  const std::string& key = member.key;
  const Node& node = member.value;
  if (key == "query") {
    if (node.is_null()) return base::ok_status();
    TRY_ASSIGN(request_.filter, parse_query_dsl(node, now));
    return base::ok_status();
  }
  if (key == "from" || key == "size" || key == "track_total_hits" || key == "timeout" ||
      key == "terminate_after") {
    return read_page(member);
  }
  if (key == "sort") return parse_sort(node, hits_);
  if (key == "search_after") {
    if (!node.is_null()) search_after_ = node;
    return base::ok_status();
  }
  if (key == "_source") return parse_source(node, hits_);
  if (key == "fields" || key == "docvalue_fields") return parse_fields(node, hits_);
  if (key == "stored_fields") {
    TRY_ASSIGN(const std::vector<std::string> names, texts_of(node));
    if (names == std::vector<std::string>{"_none_"}) {
      hits_.source = false;
    } else if (names != std::vector<std::string>{"*"}) {
      return parse_fields(node, hits_);
    }
    return base::ok_status();
  }
  if (key == "aggs" || key == "aggregations") {
    if (has_aggs_) return invalid(node.path, "aggregations are given twice");
    TRY_ASSIGN(aggs_, parse_aggregations(node, now));
    has_aggs_ = true;
    return base::ok_status();
  }
  if (key == "version" || key == "seq_no_primary_term") {
    TRY_ASSIGN((key == "version" ? hits_.version : hits_.seq_no), flag_of(node));
    return base::ok_status();
  }
  if (key == "pit" && extras_.point_in_time) return base::ok_status();
  if (is_harmless(key) || is_empty(node)) return base::ok_status();
  return unsupported(node.path);
}

base::Status Search::read_search_after(const Node& node) {
  if (hits_.sort.empty())
    return invalid(node.path, "sort must contain at least one field when using search_after");
  if (from_ != 0) return invalid("from", "must be 0 when search_after is used");
  const std::vector<Node> items = items_of(node);
  if (!node.is_array() || items.size() != hits_.sort.size()) {
    return invalid(node.path, "search_after has " + std::to_string(items.size()) + " value(s) but sort has " +
                                  std::to_string(hits_.sort.size()) + ".");
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (hits_.sort[i].is_score) continue;
    if (hits_.sort[i].key.field == kTimeField && !items[i].is_null()) {
      TRY_ASSIGN(const std::string text, scalar_of(items[i]));
      const auto span = parse_date(text, {});
      if (!span) return invalid(items[i].path, "failed to parse date");
      request_.after.emplace_back(base::format_rfc3339(span->first));
      continue;
    }
    TRY_ASSIGN(model::Literal literal, literal_of(items[i]));
    request_.after.push_back(std::move(literal));
  }
  return base::ok_status();
}

base::Status Search::finish() {
  if (from_ + size_ > kLargestWindow) {
    return base::make_error(
        base::ErrorCode::invalid_argument,
        "Result window is too large, from + size must be less than or equal to: [10000] but was [" +
            std::to_string(from_ + size_) +
            "]. See the scroll api for a more efficient way to request large data sets. This limit can be "
            "set by "
            "changing the [index.max_result_window] index level setting.");
  }
  if (extras_.scroll && from_ > 0) return invalid("from", "using [from] is not allowed in a scroll context");
  if (extras_.scroll && size_ == 0) return invalid("size", "[size] cannot be [0] in a scroll context");
  if (extras_.point_in_time && !hits_.sort.empty() && hits_.sort.back().key.field != "_id") {
    hits_.sort.push_back({{.field = "_id"}});
  }
  request_.offset = static_cast<std::uint64_t>(from_);
  request_.limit = static_cast<std::uint64_t>(size_);
  request_.count_all = track_total_ != 0;
  request_.sort = sort_keys(hits_);
  if (search_after_) TRY(read_search_after(*search_after_));
  search_after_.reset();
  request_.fields = needed_fields(hits_);
  TRY(fold_aggregations(aggs_, request_.groups, root_));
  apply_extras();
  take_range(request_);
  return base::ok_status();
}

void Search::apply_extras() {
  if (extras_.also.kind != model::Predicate::Kind::always) {
    std::vector<model::Predicate> both;
    both.push_back(std::move(request_.filter));
    both.push_back(extras_.also);
    request_.filter = all_of(std::move(both));
  }
  request_.below_sequence = extras_.below_sequence;
  request_.limits.max_memory = extras_.max_memory;
  const base::TimeNs longest = extras_.longest_timeout;
  base::TimeNs& timeout = request_.limits.timeout;
  if (longest > 0) timeout = timeout > 0 ? std::min(timeout, longest) : longest;
  // By time a page reads only the blocks that it begins and ends in.
  const std::vector<model::SortKey>& sort = request_.sort;
  const bool by_arrival = sort.size() == 1 && sort[0].field == "_id" && !sort[0].descending;
  if (extras_.scroll && (sort.empty() || by_arrival)) request_.sort = {{.field = std::string(kTimeField)}};
  if (extras_.total_as_integer && track_total_ != 0) track_total_ = -1;
}

base::Status Search::read(const Node& body, base::TimeNs now) {
  TRY_ASSIGN(const std::vector<Member> members, members_of(body));
  for (const Member& member : members) TRY(read_part(member, now));
  return base::ok_status();
}

base::Status Search::override_by(const Node& body, base::TimeNs now) {
  TRY_ASSIGN(const std::vector<Member> members, members_of(body));
  for (const Member& member : members) {
    if (member.key == "sort") hits_.sort.clear();
    if (member.key == "_source") hits_.source = true, hits_.includes.clear(), hits_.excludes.clear();
    TRY(read_part(member, now));
  }
  return base::ok_status();
}

void Search::append_shards(base::JsonWriter& json, const model::SearchResult& result) const {
  const bool failed = result.cut != model::Cut::none && result.cut != model::Cut::time;
  std::vector<std::string> reasons = result.warnings;
  if (failed) reasons.insert(reasons.begin(), result.cut_reason);
  json.key("_shards").begin_object();
  json.key("total").number(1);
  json.key("successful").number(failed ? 0 : 1);
  json.key("skipped").number(0);
  json.key("failed").number(failed ? 1 : 0);
  if (!reasons.empty()) {
    json.key("failures").begin_array();
    for (const std::string& reason : reasons) {
      json.begin_object().key("shard").number(0);
      json.field("index", "vedette").key("reason").begin_object();
      json.field("type", failed ? "search_cut" : "warning").field("reason", reason).end_object().end_object();
    }
    json.end_array();
  }
  json.end_object();
}

void Search::append_total(base::JsonWriter& json, const EsPage& page) const {
  if (track_total_ == 0) {
    if (extras_.total_as_integer) json.key("total").number(-1);
    return;
  }
  const auto most = static_cast<std::uint64_t>(track_total_);
  const bool more = track_total_ > 0 && page.total > most;
  json.key("total");
  if (extras_.total_as_integer) {
    json.number(page.total);
    return;
  }
  json.begin_object().key("value").number(more ? most : page.total);
  json.field("relation", more || !page.total_exact ? "gte" : "eq").end_object();
}

base::Result<std::string> Search::run(const ports::LogStore& store,
                                      const base::CancellationToken& cancellation) const {
  TRY_ASSIGN(EsPage page, run_page(store, cancellation, nullptr));
  return std::move(page.response);
}

base::Result<EsPage> Search::run_page(const ports::LogStore& store,
                                      const base::CancellationToken& cancellation,
                                      const EsPage* previous) const {
  std::vector<std::shared_ptr<const model::EventBatch>> batches;
  const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    batches.push_back(batch);
    return true;
  };
  model::SearchRequest request = request_;
  if (previous) {
    request.after = previous->after;
    request.groups.clear();
    request.count_all = false;
  }
  TRY_ASSIGN(const model::SearchResult result, store.search(request, sink, cancellation));
  // A page with a gap would be taken for whole.
  if (extras_.scroll && result.cut != model::Cut::none)
    return base::make_error(base::ErrorCode::limit, result.cut_reason);
  EsPage page;
  page.total = previous ? previous->total : result.total;
  page.total_exact = previous ? previous->total_exact : result.total_exact;
  if (previous) page.after = previous->after;
  base::JsonWriter json(page.response);
  json.begin_object();
  json.key("took").number(static_cast<std::int64_t>(result.stats.seconds * 1000));
  json.key("timed_out").boolean(result.cut == model::Cut::time);
  if (terminates_early_) json.key("terminated_early").boolean(false);
  append_shards(json, result);
  json.key("hits").begin_object();
  append_total(json, page);
  json.key("max_score").null();
  json.key("hits").begin_array();
  for (const auto& batch : batches) {
    for (std::size_t row = 0; row < batch->size(); ++row) append_hit(json, (*batch)[row], hits_);
    page.hits += batch->size();
    if (!batch->empty()) page.after = cursor_after((*batch)[batch->size() - 1], request.sort);
  }
  json.end_array().end_object();
  if (!aggs_.empty() && !previous) {
    json.key("aggregations");
    TRY(append_aggregations(json, aggs_, root_, result.groups));
  }
  json.end_object();
  return page;
}

base::Status parse_json(simdjson::dom::parser& parser, std::string_view body, std::string& copy,
                        simdjson::dom::element& element) {
  if (body.size() > kLargestBody) return invalid("", "larger than 1 MB");
  if (parser.allocate(kLargestBody + 1, kDeepestJson) != simdjson::SUCCESS)
    return invalid("", "out of memory");
  copy = base::trim(body).empty() ? "{}" : std::string(body);
  if (const auto error = parser.parse(copy).get(element); error != simdjson::SUCCESS) {
    return invalid("", simdjson::error_message(error));
  }
  return base::ok_status();
}

base::Result<std::unique_ptr<EsSearch>> parse_body(std::string_view body, base::TimeNs now,
                                                   const EsExtras& extras) {
  auto search = std::make_unique<Search>(extras);
  std::string text;
  simdjson::dom::element element;
  simdjson::dom::parser parser, second;
  TRY(parse_json(parser, body, text, element));
  TRY(search->read({element, ""}, now));
  if (!extras.overrides.empty()) {
    TRY(parse_json(second, extras.overrides, text, element));
    TRY(search->override_by({element, ""}, now));
  }
  TRY(search->finish());
  return std::unique_ptr<EsSearch>(std::move(search));
}

}  // namespace
}  // namespace es

base::Result<std::unique_ptr<EsSearch>> EsSearch::parse(std::string_view body, base::TimeNs now,
                                                        const EsExtras& extras) {
  return es::parse_body(body, now, extras);
}

}  // namespace vedette::query
