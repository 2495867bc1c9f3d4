// /sources, /health, /storage and /dead-letters.
#include <algorithm>

#include <fmt/format.h>

#include "rest/groups.hpp"
#include "rest/groups/rule_support.hpp"
#include "vedette/base/text.hpp"
#include "vedette/expr/row_predicate.hpp"
#include "vedette/model/event.hpp"
#include "vedette/query/query.hpp"

namespace vedette::api::source_group {
namespace {

using rule_group::Members;
using rule_group::optional_text_json;
using rule_group::text_json;

constexpr std::string_view kDeadLetters = "vedette.dead_letter";
constexpr std::size_t kMaxLetterShown = 16u << 10;

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) / static_cast<double>(base::kNsPerSecond);
}

Json source_json(const ports::StoredRecord& record) {
  const auto number = [&](std::string_view column) -> std::int64_t {
    const auto found = record.columns.find(column);
    const auto* value = found == record.columns.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    return value ? *value : 0;
  };
  const auto listener = record.columns.find("listener");
  const auto* name = listener == record.columns.end() ? nullptr : std::get_if<std::string>(&listener->second);
  const double known = std::max(1.0, seconds(number("last_seen") - number("first_seen")));
  return boost::json::object{{"source", text_json(record.id)},
                             {"listener", text_json(name ? *name : "")},
                             {"events", number("events")},
                             {"bytes", number("bytes")},
                             {"failures", number("failures")},
                             {"events_per_second", static_cast<double>(number("events")) / known},
                             {"first_seen", time_json(number("first_seen"))},
                             {"last_seen", time_json(number("last_seen"))},
                             {"usual_pause_seconds", seconds(number("usual_pause"))},
                             {"longest_pause_seconds", seconds(number("longest_pause"))},
                             {"silent", number("silent") != 0}};
}

Reply list_sources(Call& call, const RestParts& parts) {
  using Op = ports::ColumnTest::Op;
  ports::RecordQuery query;
  query.collection = "sources";
  query.order_by = "last_seen";
  query.descending = true;
  query.after = call.query("after").value_or("");
  query.limit = static_cast<std::uint32_t>(call.integer("limit", 100));
  if (call.query("silent"))
    query.tests.push_back({"silent", Op::equals, {std::int64_t{call.flag("silent")}}});
  if (const auto name = call.query("listener"))
    query.tests.push_back({"listener", Op::equals, {std::string(*name)}});
  if (const auto text = call.query("text")) query.tests.push_back({"id", Op::contains, {std::string(*text)}});
  REPLY_ASSIGN(const auto page, parts.records->find(query));
  boost::json::array items;
  for (const ports::StoredRecord& record : page.records) items.push_back(source_json(record));
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  return reply;
}

Reply show_health(const RestParts& parts) {
  boost::json::array checks, facts;
  bool well = true;
  for (const NodeService::Check& check : parts.node->checks()) {
    well = well && check.problem.empty();
    checks.push_back(
        boost::json::object{{"name", text_json(check.name)}, {"problem", optional_text_json(check.problem)}});
  }
  for (const Fact& fact : parts.node->facts()) {
    facts.push_back(boost::json::object{{"name", text_json(fact.name)}, {"value", text_json(fact.value)}});
  }
  Reply reply;
  reply.body =
      boost::json::object{{"well", well}, {"checks", std::move(checks)}, {"facts", std::move(facts)}};
  return reply;
}

model::Predicate test_of(std::string_view field, model::MatchOp op, std::string text) {
  model::Predicate test{.kind = model::Predicate::Kind::test, .children = {}, .test = {}, .name = {}};
  test.test.field = field;
  test.test.op = op;
  test.test.text = std::move(text);
  return test;
}

// Dead letters that pass `filter` (KQL; empty: all), or what is wrong with it.
struct LetterFilter {
  model::Predicate predicate{.kind = model::Predicate::Kind::all_of, .children = {}, .test = {}, .name = {}};
  std::optional<Reply> refusal;
};
LetterFilter letters_that(const std::string& filter, base::TimeNs now, const std::string& pointer) {
  LetterFilter out;
  out.predicate.children.push_back(
      test_of("event.dataset", model::MatchOp::equals, std::string(kDeadLetters)));
  if (filter.empty()) return out;
  query::ParseOptions options;
  options.now = now;
  auto parsed = query::parse_filter(filter, options);
  if (parsed.ok()) {
    out.predicate.children.push_back(std::move(*parsed));
  } else {
    out.refusal = problem(422, "query", parsed.error().message, {{pointer, parsed.error().message, 0}});
  }
  return out;
}

// Where a page ended: time and place of its last row.
std::string letter_cursor(const model::Event& event) {
  return fmt::format("{}_{}", event.time(), event.sequence());
}
bool read_cursor(std::string_view cursor, std::vector<model::Literal>& after) {
  const std::size_t bar = cursor.find('_');
  if (bar == std::string_view::npos) return false;
  const auto time = base::parse_int(cursor.substr(0, bar)),
             sequence = base::parse_int(cursor.substr(bar + 1));
  if (!time || !sequence) return false;
  after = {*time, *time, *sequence};
  return true;
}

Json letter_json(const model::Event& event) {
  static const model::FieldId kFormat = model::intern("vedette.dead_letter.format"),
                              kDataset = model::intern("vedette.dead_letter.dataset"),
                              kOwnId = model::intern("_id");
  const std::string_view own = event.text(kOwnId);
  const std::string_view text = event.text(model::field::event_original);
  return boost::json::object{
      {"id", text_json(own.empty() ? expr::id_text(event.sequence()) : std::string(own))},
      {"time", time_json(event.time())},
      {"source", text_json(event.source().path)},
      {"format", optional_text_json(event.text(kFormat))},
      {"dataset", optional_text_json(event.text(kDataset))},
      {"reason", text_json(event.text(model::field::error_message))},
      {"text", text_json(text.substr(0, kMaxLetterShown))},
      {"cut", text.size() > kMaxLetterShown}};
}

Reply list_dead_letters(Call& call, const RestParts& parts) {
  LetterFilter filter =
      letters_that(std::string(call.query("query").value_or("")), parts.now(), "query:query");
  if (filter.refusal) return std::move(*filter.refusal);
  const auto limit = static_cast<std::size_t>(call.integer("limit", 100));
  model::SearchRequest request;
  request.filter = std::move(filter.predicate);
  request.sort = {{"@timestamp", true, false}};
  request.limit = limit + 1;
  request.limits.timeout = parts.options.search_timeout;
  request.limits.max_memory = parts.options.search_memory;
  for (const auto& [name, end] :
       {std::pair{"from", &request.range.from}, std::pair{"to", &request.range.to}}) {
    const auto text = call.query(name);
    if (!text) continue;
    const auto time = base::parse_iso8601(*text);
    if (!time)
      return problem(422, "invalid", "The time cannot be read.",
                     {{fmt::format("query:{}", name), "is no time", 0}});
    *end = *time;
  }
  if (const auto after = call.query("after"); after && !read_cursor(*after, request.after)) {
    return problem(422, "cursor", "The cursor is none of this list.", {{"query:after", "is no cursor", 0}});
  }
  boost::json::array items;
  std::string last, next;
  const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    for (std::size_t row = 0; row < batch->size(); ++row) {
      if (items.size() == limit) {
        next = last;
        return false;
      }
      items.push_back(letter_json((*batch)[row]));
      last = letter_cursor((*batch)[row]);
    }
    return true;
  };
  REPLY_ASSIGN(const auto result, call.events().search(request, sink, call.cancellation()));
  Reply reply;
  reply.body = page_json(std::move(items), next);
  boost::json::object& body = reply.body.as_object();
  body["total"] = result.total;
  body["total_exact"] = result.total_exact;
  return reply;
}

Reply replay_letters(Call& call, const RestParts& parts) {
  const Members body(call.body());
  LetterFilter filter = letters_that(body.text("query"), parts.now(), "/query");
  if (filter.refusal) return std::move(*filter.refusal);
  for (const auto& [name, op] :
       {std::pair{"from", model::MatchOp::greater_equal}, std::pair{"to", model::MatchOp::less}}) {
    if (const auto time = rule_group::time_of(body.find(name))) {
      filter.predicate.children.push_back(test_of("@timestamp", op, base::format_rfc3339(*time)));
    }
  }
  call.note("query", body.text("query"));
  NodeService* node = parts.node;
  return start_job(parts, call, "dead_letters.replay",
                   [node, predicate = std::move(filter.predicate),
                    events = call.shared_events()](const JobProgress& progress) {
                     progress.report(0, "reading the dead letters");
                     REPLY_ASSIGN(const std::uint64_t replayed,
                                  node->replay_dead_letters(*events, predicate, progress.cancellation));
                     Reply reply;
                     reply.body = boost::json::object{{"replayed", replayed}};
                     return reply;
                   });
}

}  // namespace
}  // namespace vedette::api::source_group

namespace vedette::api {

void add_source_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = source_group;
  for (const char* id : {"listSources", "getHealth", "getStorage", "listDeadLetters", "replayDeadLetters"}) {
    handlers[id] = [](Call&) { return rule_group::group_missing("this"); };
  }
  if (parts.records)
    handlers["listSources"] = [parts](Call& call) { return group::list_sources(call, parts); };
  if (parts.events) {
    handlers["listDeadLetters"] = [parts](Call& call) { return group::list_dead_letters(call, parts); };
  }
  if (!parts.node) return;
  handlers["getHealth"] = [parts](Call&) { return group::show_health(parts); };
  handlers["getStorage"] = [parts](Call&) {
    Reply reply;
    reply.body = rule_group::parsed_json(parts.node->storage_json());
    return reply;
  };
  if (parts.events) {
    handlers["replayDeadLetters"] = [parts](Call& call) { return group::replay_letters(call, parts); };
  }
}

}  // namespace vedette::api
