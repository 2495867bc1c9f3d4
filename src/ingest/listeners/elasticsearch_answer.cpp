// The answers of _bulk.
#include <charconv>

#include "listeners/elasticsearch_bulk.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::ingest {
namespace {

constexpr std::array<std::string_view, EsBulkFilter::kMembers> kItemPaths = {
    "_index",        "_id",    "_version",   "result",       "_shards",     "_seq_no",
    "_primary_term", "status", "error.type", "error.reason", "error.index",
};

// A "*" in a step of a pattern stands for any bytes.
bool step_matches(std::string_view pattern, std::string_view step) {
  std::size_t p = 0, s = 0, star = std::string_view::npos, mark = 0;
  while (s < step.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = s;
    } else if (p < pattern.size() && pattern[p] == step[s]) {
      ++p, ++s;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      s = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

using Steps = std::span<const std::string_view>;

// Whether the pattern names the path or something above it. Paths have at most five steps.
bool path_matches(Steps pattern, Steps path) {
  if (pattern.empty()) return true;
  if (pattern[0] == "**") {
    for (std::size_t skipped = 0; skipped <= path.size(); ++skipped) {
      if (path_matches(pattern.subspan(1), path.subspan(skipped))) return pattern.size() > 1 || !path.empty();
    }
    return false;
  }
  return !path.empty() && step_matches(pattern[0], path[0]) &&
         path_matches(pattern.subspan(1), path.subspan(1));
}

struct PathFilter {
  std::vector<std::vector<std::string_view>> with, without;

  explicit PathFilter(std::string_view text) {
    constexpr std::size_t kMaxPatterns = 64, kMaxSteps = 8;
    for (std::string_view part : base::split(text, ',')) {
      part = base::trim(part);
      if (part.empty() || with.size() + without.size() >= kMaxPatterns) continue;
      const bool excluded = part.front() == '-';
      if (excluded) part.remove_prefix(1);
      std::vector<std::string_view> steps = base::split(part, '.');
      if (steps.size() > kMaxSteps) steps.resize(kMaxSteps);
      (excluded ? without : with).push_back(std::move(steps));
    }
  }

  bool wants(const std::string& path) const {
    const std::vector<std::string_view> steps = base::split(path, '.');
    const auto names = [&](const std::vector<std::string_view>& pattern) {
      return path_matches(pattern, steps);
    };
    if (std::any_of(without.begin(), without.end(), names)) return false;
    return with.empty() || std::any_of(with.begin(), with.end(), names);
  }
};

// Writes the items of an answer. JsonWriter would do, but bulks are the hot path.
class ItemWriter {
 public:
  ItemWriter(std::string& out, const EsBulk& bulk, const EsBulkFilter& filter)
      : out_(out), bulk_(bulk), filter_(filter) {
    for (const std::string& index : bulk.indices) {
      base::append_json_string(names_.emplace_back(), index);
    }
  }

  // Nothing is written of an item of which nothing is wanted.
  void write(const EsItem& item, const EsItemOutcome& outcome) {
    const std::size_t before = out_.size();
    if (any_) out_ += ',';
    out_ += "{\"";
    out_ += es_op_name(item.op);
    out_ += "\":{";
    const std::size_t inside = out_.size();
    members(item, outcome);
    if (out_.size() == inside) {
      out_.resize(before);
      return;
    }
    out_ += "}}";
    any_ = true;
  }

  bool any() const { return any_; }

 private:
  bool begin(const EsItem& item, EsBulkFilter::Member member, std::string_view name) {
    if (!filter_.wants(item.op, member)) return false;
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return true;
  }

  void number(std::uint64_t value) {
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }

  void members(const EsItem& item, const EsItemOutcome& outcome) {
    if (begin(item, EsBulkFilter::kIndex, "_index")) out_ += names_[item.index];
    if (begin(item, EsBulkFilter::kId, "_id")) {
      const std::string id = es_item_id(item, outcome);
      id.empty() ? void(out_ += "null") : base::append_json_string(out_, id);
    }
    if (!outcome.error) {
      if (begin(item, EsBulkFilter::kVersion, "_version")) out_ += '1';
      if (begin(item, EsBulkFilter::kResult, "result")) base::append_json_string(out_, outcome.result);
      if (begin(item, EsBulkFilter::kShards, "_shards")) out_ += R"({"total":1,"successful":1,"failed":0})";
      if (begin(item, EsBulkFilter::kSeqNo, "_seq_no")) number(outcome.sequence);
      if (begin(item, EsBulkFilter::kPrimaryTerm, "_primary_term")) out_ += '1';
    }
    if (begin(item, EsBulkFilter::kStatus, "status")) number(static_cast<std::uint64_t>(outcome.status));
    if (outcome.error) error(item, *outcome.error);
  }

  void error(const EsItem& item, const EsError& error) {
    const bool type = filter_.wants(item.op, EsBulkFilter::kErrorType);
    const bool place = filter_.wants(item.op, EsBulkFilter::kErrorPlace) && error.status == 409;
    if (!type && !place && !filter_.wants(item.op, EsBulkFilter::kErrorReason)) return;
    if (out_.back() != '{') out_ += ',';
    out_ += "\"error\":{";
    if (begin(item, EsBulkFilter::kErrorType, "type")) base::append_json_string(out_, error.type);
    if (begin(item, EsBulkFilter::kErrorReason, "reason")) base::append_json_string(out_, error.reason);
    if (place) {
      if (out_.back() != '{') out_ += ',';
      out_ += R"("index_uuid":"_na_","shard":"0","index":)";
      out_ += names_[item.index];
    }
    out_ += '}';
  }

  std::string& out_;
  const EsBulk& bulk_;
  const EsBulkFilter& filter_;
  std::vector<std::string> names_;  // of indices, as JSON
  bool any_ = false;
};

EsItemOutcome failed_item(int status, std::string type, std::string reason) {
  EsItemOutcome out;
  out.status = status;
  out.error = EsError{status, std::move(type), std::move(reason)};
  return out;
}

EsItemOutcome conflicting_item(const EsItem& item) {
  return failed_item(409, "version_conflict_engine_exception",
                     "[" + item.id + "]: version conflict, document already exists (current version [1])");
}

}  // namespace

EsBulkFilter::EsBulkFilter(std::string_view filter_path) {
  const PathFilter filter(filter_path);
  took_ = filter.wants("took");
  errors_ = filter.wants("errors");
  for (std::size_t op = 0; op < kEsOps; ++op) {
    const std::string prefix = "items." + std::string(es_op_name(static_cast<EsOp>(op))) + ".";
    for (std::size_t i = 0; i < kMembers; ++i)
      items_[op][i] = filter.wants(prefix + std::string(kItemPaths[i]));
  }
}

EsItemOutcome es_item_outcome(const EsBulk& bulk, const EsItem& item,
                              const std::vector<model::RecordOutcome>& outcomes) {
  EsItemOutcome out;
  if (item.record == EsItem::kNone || item.record >= outcomes.size()) {
    if (item.error != EsItem::kNone) {
      out.error = bulk.errors[item.error];
      out.status = out.error->status;
      return out;
    }
    return failed_item(500, "exception", "the event got no answer");
  }
  const model::RecordOutcome& outcome = outcomes[item.record];
  switch (outcome.kind) {
    case model::RecordOutcome::Kind::stored:
      out.result = "created";
      out.sequence = outcome.sequence;
      return out;
    case model::RecordOutcome::Kind::duplicate:
      if (item.op == EsOp::create) return conflicting_item(item);
      out.status = 200;
      out.result = "noop";
      return out;
    case model::RecordOutcome::Kind::conflict:
      return conflicting_item(item);
    case model::RecordOutcome::Kind::unparsed:
      break;
  }
  return failed_item(400, "mapper_parsing_exception", "failed to parse: " + outcome.reason);
}

std::string es_item_id(const EsItem& item, const EsItemOutcome& outcome) {
  if (!item.id.empty() || outcome.error || outcome.result != "created") return item.id;
  return std::string(expr::id_text(outcome.sequence));
}

std::string es_bulk_answer(const EsBulk& bulk, const std::vector<model::RecordOutcome>& outcomes,
                           std::int64_t took_ms, const EsBulkFilter& filter) {
  bool errors = false;
  std::string items;
  items.reserve(bulk.items.size() * (filter.wants(EsOp::index, EsBulkFilter::kShards) ? 192 : 32));
  ItemWriter writer(items, bulk, filter);
  for (const EsItem& item : bulk.items) {
    const EsItemOutcome outcome = es_item_outcome(bulk, item, outcomes);
    errors = errors || outcome.error.has_value();
    writer.write(item, outcome);
  }
  std::string out = "{";
  const auto begin = [&out](std::string_view name) {
    if (out.size() > 1) out += ',';
    out.append("\"").append(name).append("\":");
  };
  if (filter.errors()) begin("errors"), out += errors ? "true" : "false";
  if (filter.took()) begin("took"), out += std::to_string(took_ms);
  if (writer.any()) begin("items"), out.append("[").append(items).append("]");
  out += '}';
  return out;
}

std::string es_error_body(const EsError& error) {
  std::string cause, out;
  base::JsonWriter(cause).begin_object().field("type", error.type).field("reason", error.reason).end_object();
  base::JsonWriter json(out);
  json.begin_object().key("error").begin_object();
  json.key("root_cause").begin_array().raw(cause).end_array();
  json.field("type", error.type).field("reason", error.reason).end_object();
  json.key("status").number(error.status).end_object();
  return out;
}

}  // namespace vedette::ingest
