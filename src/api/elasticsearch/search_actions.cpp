// _search, _count, _msearch, scrolls and points in time.
#include <algorithm>

#include "elasticsearch/actions.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::es {
namespace {

constexpr std::string_view kOneShard = R"({"total":1,"successful":1,"skipped":0,"failed":0})";
constexpr std::size_t kMostItems = 100;
constexpr std::size_t kMostAnswerBytes = 256u << 20;  // of all items of an _msearch

std::string shown(std::string_view text) {
  return base::escape_control(base::to_valid_utf8(text.substr(0, 256)));
}

Reply missing_context(std::string_view id) {
  return fault_reply(
      {404, "search_context_missing_exception", "No search context found for id [" + shown(id) + "]", {}});
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

query::EsExtras extras_of(const ElasticsearchSearchOptions& options) {
  query::EsExtras extras;
  extras.longest_timeout = options.timeout;
  extras.max_memory = options.max_memory;
  return extras;
}

// The next line, without its end.
std::string_view cut_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return base::trim(line);
}

Reply freed_reply(std::size_t freed) {
  std::string out;
  base::JsonWriter(out).begin_object().field("succeeded", true).field("num_freed", freed).end_object();
  return {freed > 0 ? 200 : 404, std::move(out)};
}

}  // namespace

Reply Actions::too_many_contexts() const {
  return fault_reply({429,
                      "es_rejected_execution_exception",
                      "Trying to create too many scroll contexts. Must be less than or equal to: [" +
                          std::to_string(options_.max_contexts) + "]",
                      {}});
}

Reply Actions::search(const Call& call, const std::string& index) {
  SearchCall asked;
  asked.index = index;
  asked.body = call.body;
  Or<std::string> overrides = overrides_of(call.request);
  if (!overrides.ok) return fault_reply(overrides.fault);
  asked.overrides = std::move(overrides.value);
  asked.ignore_unavailable = flag(call.request, "ignore_unavailable");
  asked.total_as_integer = flag(call.request, "rest_total_hits_as_int");
  asked.scroll = call.request.parameter("scroll");
  return run_search(call, asked);
}

Reply Actions::run_search(const Call& call, const SearchCall& asked) {
  const BodyParts parts = body_parts(asked.body);
  query::EsExtras extras = extras_of(options_);
  if (asked.timeout > 0) extras.longest_timeout = std::min(extras.longest_timeout, asked.timeout);
  extras.overrides = asked.overrides;
  extras.total_as_integer = asked.total_as_integer;
  const Or<base::TimeNs> keep_alive =
      keep_alive_of(parts.has_pit ? parts.pit_keep_alive : asked.scroll, options_.max_keep_alive);
  if (!keep_alive.ok) return fault_reply(keep_alive.fault);
  if (parts.has_pit) {
    if (!asked.index.empty()) return fault_reply(illegal("[indices] cannot be used with point in time"));
    if (!asked.scroll.empty())
      return fault_reply(illegal("using [point in time] is not allowed in a scroll context"));
    const auto context = contexts_.find(parts.pit_id, call.now, keep_alive.value);
    if (!context || context->search) return missing_context(parts.pit_id);
    extras.point_in_time = true;
    extras.below_sequence = context->below_sequence;
    extras.also = context->indices;
  } else {
    Or<model::Predicate> indices = indices_of(call, asked.index, asked.ignore_unavailable);
    if (!indices.ok) return fault_reply(indices.fault);
    extras.also = std::move(indices.value);
  }
  if (!asked.scroll.empty()) {
    extras.scroll = true;
    extras.below_sequence = options_.next_sequence();
  }
  auto parsed = query::EsSearch::parse(asked.body, call.now, extras);
  if (!parsed) return error_reply(parsed.error());
  if (extras.scroll) return open_scroll(call, std::move(*parsed), keep_alive.value, extras.below_sequence);
  auto response = (*parsed)->run(store_, call.cancellation);
  if (!response) return error_reply(response.error());
  if (parts.has_pit) put_first(*response, "pit_id", parts.pit_id);
  return {200, std::move(*response)};
}

Reply Actions::open_scroll(const Call& call, std::unique_ptr<query::EsSearch> search, base::TimeNs keep_alive,
                           std::uint64_t below_sequence) {
  auto page = search->run_page(store_, call.cancellation, nullptr);
  if (!page) return error_reply(page.error());
  auto context = std::make_shared<OpenContext>();
  std::string response = std::move(page->response);
  context->search = std::move(search);
  context->page = std::move(*page);
  context->page.response = {};
  context->below_sequence = below_sequence;
  const std::string id = contexts_.add(std::move(context), call.now, keep_alive);
  if (id.empty()) return too_many_contexts();
  put_first(response, "_scroll_id", id);
  return {200, std::move(response)};
}

Reply Actions::next_page(const Call& call, std::string_view id_in_path) {
  const BodyParts parts = body_parts(call.body);
  std::string id(id_in_path.empty() ? call.request.parameter("scroll_id") : id_in_path);
  if (!parts.scroll_ids.empty()) id = parts.scroll_ids.front();
  if (id.empty())
    return fault_reply(
        {400, "action_request_validation_exception", "Validation Failed: 1: scrollId is missing;", {}});
  const Or<base::TimeNs> keep_alive = keep_alive_of(
      parts.scroll.empty() ? call.request.parameter("scroll") : parts.scroll, options_.max_keep_alive);
  if (!keep_alive.ok) return fault_reply(keep_alive.fault);
  const auto context = contexts_.find(id, call.now, keep_alive.value);
  if (!context || !context->search) return missing_context(id);
  const std::lock_guard lock(context->mutex);
  auto page = context->search->run_page(store_, call.cancellation, &context->page);
  if (!page) return error_reply(page.error());
  std::string response = std::move(page->response);
  context->page = std::move(*page);
  context->page.response = {};
  put_first(response, "_scroll_id", id);
  return {200, std::move(response)};
}

Reply Actions::clear_scroll(const Call& call, std::string_view id_in_path) {
  BodyParts parts = body_parts(call.body);
  const std::string_view named = id_in_path.empty() ? call.request.parameter("scroll_id") : id_in_path;
  for (const std::string_view id : base::split(named, ',')) {
    if (!id.empty()) parts.scroll_ids.emplace_back(id);
  }
  std::size_t freed = 0;
  for (const std::string& id : parts.scroll_ids) {
    if (id == "_all") return freed_reply(std::max<std::size_t>(contexts_.remove_all(true), 1));
    freed += contexts_.remove(id);
  }
  return freed_reply(freed);
}

Reply Actions::open_point_in_time(const Call& call, const std::string& index, bool open_search) {
  const std::string_view text = call.request.parameter("keep_alive");
  if (text.empty())
    return fault_reply({400,
                        "action_request_validation_exception",
                        "Validation Failed: 1: [keep_alive] is not specified;",
                        {}});
  const Or<base::TimeNs> keep_alive = keep_alive_of(text, options_.max_keep_alive);
  if (!keep_alive.ok) return fault_reply(keep_alive.fault);
  Or<model::Predicate> indices = indices_of(call, index, flag(call.request, "ignore_unavailable"));
  if (!indices.ok) return fault_reply(indices.fault);
  auto context = std::make_shared<OpenContext>();
  context->indices = std::move(indices.value);
  context->below_sequence = options_.next_sequence();
  const std::string id = contexts_.add(std::move(context), call.now, keep_alive.value);
  if (id.empty()) return too_many_contexts();
  std::string out;
  base::JsonWriter json(out);
  json.begin_object().field(open_search ? "pit_id" : "id", id).key("_shards").raw(kOneShard);
  if (open_search) json.field("creation_time", call.now / base::kNsPerMs);
  json.end_object();
  return {200, std::move(out)};
}

Reply Actions::close_point_in_time(const Call& call, bool open_search, bool all) {
  const BodyParts parts = body_parts(call.body);
  if (all) contexts_.remove_all(false);
  std::size_t freed = 0;
  std::string out;
  base::JsonWriter json(out);
  json.begin_object().key("pits").begin_array();
  for (const std::string& id : parts.ids) {
    const bool found = contexts_.remove(id);
    freed += found;
    json.begin_object().field("successful", found).field("pit_id", id).end_object();
  }
  json.end_array().end_object();
  return open_search ? Reply{200, std::move(out)} : freed_reply(freed);
}

Reply Actions::count(const Call& call, const std::string& index) {
  const BodyParts parts = body_parts(call.body);
  for (const std::string& key : parts.keys) {
    if (key != "query") {
      return fault_reply({400, "parsing_exception", "request does not support [" + shown(key) + "]", {}});
    }
  }
  Or<model::Predicate> indices = indices_of(call, index, flag(call.request, "ignore_unavailable"));
  if (!indices.ok) return fault_reply(indices.fault);
  Or<std::string> overrides = overrides_of(call.request);
  if (!overrides.ok) return fault_reply(overrides.fault);
  query::EsExtras extras = extras_of(options_);
  extras.also = std::move(indices.value);
  std::string counting = R"({"size":0,"from":0,"track_total_hits":true)";
  if (overrides.value.size() > 2)
    counting = "{" + overrides.value.substr(1, overrides.value.size() - 2) + "," + counting.substr(1);
  extras.overrides = counting + "}";
  auto parsed = query::EsSearch::parse(call.body, call.now, extras);
  if (!parsed) return error_reply(parsed.error());
  auto result = store_.search((*parsed)->request(), nullptr, call.cancellation);
  if (!result) return error_reply(result.error());
  if (result->cut != model::Cut::none) {
    return fault_reply({503, "search_phase_execution_exception", result->cut_reason, {}});
  }
  std::string out;
  base::JsonWriter(out)
      .begin_object()
      .field("count", result->total)
      .key("_shards")
      .raw(kOneShard)
      .end_object();
  return {200, std::move(out)};
}

Reply Actions::multi_search_item(const Call& call, const std::string& index, std::string_view header,
                                 std::string_view body, base::TimeNs timeout) {
  SearchCall asked;
  asked.index = index;
  asked.body = body;
  asked.timeout = timeout;
  asked.ignore_unavailable = flag(call.request, "ignore_unavailable");
  asked.total_as_integer = flag(call.request, "rest_total_hits_as_int");
  if (!header.empty()) {
    const BodyParts parts = body_parts(header);
    if (!parts.is_object) return fault_reply({400, "parsing_exception", "the header is no JSON object", {}});
    if (!parts.index.empty()) asked.index = joined(parts.index);
    if (parts.ignore_unavailable) asked.ignore_unavailable = *parts.ignore_unavailable;
  }
  return run_search(call, asked);
}

Reply Actions::multi_search(const Call& call, const std::string& index) {
  const base::TimeNs begun = options_.now();
  std::string_view rest = call.body;
  std::size_t items = 0;
  std::string out = R"({"responses":[)";
  while (!base::trim(rest).empty()) {
    if (++items > kMostItems) return fault_reply(illegal("more than 100 searches in one request"));
    const std::string_view header = cut_line(rest);
    if (rest.empty()) return fault_reply(illegal("the header of the last search has no body after it"));
    const std::string_view body = cut_line(rest);
    const base::TimeNs left = options_.timeout - (options_.now() - begun);
    Reply reply = left <= 0 || out.size() > kMostAnswerBytes
                      ? fault_reply({503,
                                     "search_phase_execution_exception",
                                     "the searches before this one used up the time or memory",
                                     {}})
                      : multi_search_item(call, index, header, body, left);
    if (items > 1) out += ',';
    if (reply.status == 200) {
      reply.body.pop_back();
      reply.body += R"(,"status":200})";
    }
    out += reply.body;
  }
  if (items == 0)
    return fault_reply(
        {400, "action_request_validation_exception", "Validation Failed: 1: no requests added;", {}});
  out += R"(],"took":)" + std::to_string((options_.now() - begun) / base::kNsPerMs) + "}";
  return {200, std::move(out)};
}

}  // namespace vedette::api::es
