// What clients ask about indices and fields, and which end point a request is for.
#include <algorithm>
#include <array>

#include "elasticsearch/actions.hpp"
#include "elasticsearch/fields.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::es {
namespace {

constexpr std::size_t kMostMappingBytes = 32u << 20;

bool reads(const net::HttpRequest& request) {
  return request.method == "GET" || request.method == "POST" || request.method == "HEAD";
}

std::string comma_list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

Reply no_handler_reply(const net::HttpRequest& request) {
  return fault_reply(illegal("no handler found for uri [" +
                             base::escape_control(base::to_valid_utf8(request.path.substr(0, 512))) +
                             "] and method [" + request.method.substr(0, 16) + "]"));
}

struct CatColumn {
  std::string_view name, short_name;
};
constexpr std::array<CatColumn, 10> kCatColumns{{{"health", "h"},
                                                 {"status", "s"},
                                                 {"index", "i"},
                                                 {"uuid", "id"},
                                                 {"pri", "p"},
                                                 {"rep", "r"},
                                                 {"docs.count", "dc"},
                                                 {"docs.deleted", "dd"},
                                                 {"store.size", "ss"},
                                                 {"pri.store.size", "pss"}}};

std::string cat_value(std::string_view column, const std::string& index, std::uint64_t rows) {
  if (column == "health") return "green";
  if (column == "status") return "open";
  if (column == "index") return index;
  if (column == "uuid") return index;
  if (column == "pri") return "1";
  if (column == "docs.count") return std::to_string(rows);
  return "0";
}

std::vector<std::string_view> cat_columns(std::string_view asked) {
  std::vector<std::string_view> out;
  for (const std::string_view name : base::split(asked, ',')) {
    for (const CatColumn& column : kCatColumns) {
      if (name == column.name || (!name.empty() && name == column.short_name)) out.push_back(column.name);
    }
  }
  if (asked.empty()) {
    for (const CatColumn& column : kCatColumns) out.push_back(column.name);
  }
  return out;
}

}  // namespace

Or<model::Predicate> Actions::indices_of(const Call& call, std::string_view expression,
                                         bool ignore_unavailable) {
  Or<IndexChoice> choice = choose_indices(expression);
  if (!choice.ok) return {{}, std::move(choice.fault), false};
  for (const std::string& name : choice.value.concrete) {
    if (ignore_unavailable) break;
    const auto there = catalogue_.has(name, call.now, call.cancellation);
    if (!there) return {{}, fault_of(there.error()), false};
    if (!*there) return {{}, {404, "index_not_found_exception", "no such index [" + name + "]", name}, false};
  }
  return {std::move(choice.value.predicate), {}, true};
}

base::Result<Datasets> Actions::chosen(const Call& call, std::string_view expression) {
  TRY_ASSIGN(const auto all, catalogue_.datasets(call.now, call.cancellation));
  Datasets out;
  for (const auto& [dataset, rows] : *all) {
    if (chooses_dataset(expression, dataset)) out.emplace(dataset, rows);
  }
  return out;
}

Reply Actions::field_caps(const Call& call, const std::string& index) {
  const BodyParts parts = body_parts(call.body);
  const Or<model::Predicate> indices = indices_of(call, index, flag(call.request, "ignore_unavailable"));
  if (!indices.ok) return fault_reply(indices.fault);
  std::string patterns(call.request.parameter("fields"));
  if (!parts.fields.empty()) patterns = comma_list(parts.fields);
  if (patterns.empty())
    return fault_reply(
        {400, "action_request_validation_exception", "Validation Failed: 1: no fields specified;", {}});
  const auto datasets = chosen(call, index);
  if (!datasets) return error_reply(datasets.error());
  auto fields = store_.fields({});
  if (!fields) return error_reply(fields.error());
  std::string out;
  base::JsonWriter json(out);
  json.begin_object().key("indices").begin_array();
  for (const auto& [dataset, rows] : *datasets) json.string(index_of(dataset));
  json.end_array();
  append_field_caps(json, fields_named(std::move(*fields), patterns));
  json.end_object();
  return {200, std::move(out)};
}

Reply Actions::mapping(const Call& call, const std::string& index, std::string_view patterns, bool by_field) {
  const Or<model::Predicate> indices = indices_of(call, index, flag(call.request, "ignore_unavailable"));
  if (!indices.ok) return fault_reply(indices.fault);
  const auto datasets = chosen(call, index);
  if (!datasets) return error_reply(datasets.error());
  auto fields = store_.fields({});
  if (!fields) return error_reply(fields.error());
  const std::vector<ports::FieldUse> named = fields_named(std::move(*fields), patterns);
  std::string one;
  base::JsonWriter inner(one);
  by_field ? append_field_mappings(inner, named) : append_mapping(inner, named);
  std::string out;
  base::JsonWriter json(out);
  json.begin_object();
  for (const auto& [dataset, rows] : *datasets) {
    if (out.size() + one.size() > kMostMappingBytes) break;
    json.key(index_of(dataset)).begin_object().key("mappings").raw(one).end_object();
  }
  json.end_object();
  return {200, std::move(out)};
}

Reply Actions::cat_indices(const Call& call, std::string_view expression) {
  const auto datasets = chosen(call, expression);
  if (!datasets) return error_reply(datasets.error());
  const std::vector<std::string_view> columns = cat_columns(call.request.parameter("h"));
  const bool as_json = call.request.parameter("format") == "json";
  std::string out;
  base::JsonWriter json(out);
  if (as_json) json.begin_array();
  if (!as_json && flag(call.request, "v")) {
    for (const std::string_view column : columns) out.append(column).append(" ");
    out.back() = '\n';
  }
  for (const auto& [dataset, rows] : *datasets) {
    if (as_json) json.begin_object();
    for (const std::string_view column : columns) {
      const std::string value = cat_value(column, index_of(dataset), rows);
      if (as_json) {
        json.field(column, value);
      } else {
        out.append(value).append(" ");
      }
    }
    if (as_json) json.end_object();
    if (!as_json && !columns.empty()) out.back() = '\n';
  }
  if (as_json) json.end_array();
  return {200, std::move(out), as_json ? "application/json" : "text/plain; charset=UTF-8"};
}

Reply Actions::resolve_index(const Call& call, std::string_view expression) {
  const Or<model::Predicate> indices = indices_of(call, expression, false);
  if (!indices.ok) return fault_reply(indices.fault);
  const auto datasets = chosen(call, expression);
  if (!datasets) return error_reply(datasets.error());
  std::string out;
  base::JsonWriter json(out);
  json.begin_object().key("indices").begin_array();
  for (const auto& [dataset, rows] : *datasets) {
    json.begin_object().field("name", index_of(dataset)).key("attributes").raw(R"(["open"])").end_object();
  }
  json.end_array().key("aliases").raw("[]").key("data_streams").raw("[]").end_object();
  return {200, std::move(out)};
}

Reply Actions::cluster_stats(const Call& call) {
  const auto datasets = chosen(call, "");
  if (!datasets) return error_reply(datasets.error());
  std::uint64_t events = 0;
  for (const auto& [dataset, rows] : *datasets) events += rows;
  std::string out;
  base::JsonWriter json(out);
  json.begin_object().key("_nodes").raw(R"({"total":1,"successful":1,"failed":0})");
  json.field("cluster_name", options_.cluster_name).field("timestamp", call.now / base::kNsPerMs);
  json.field("status", "green").key("indices").begin_object().field("count", datasets->size());
  json.key("docs").begin_object().field("count", events).field("deleted", 0).end_object().end_object();
  json.key("nodes").raw(R"({"count":{"total":1,"data":1,"ingest":1,"master":1}})").end_object();
  return {200, std::move(out)};
}

Reply Actions::refresh() const {
  const base::Status done = options_.refresh ? options_.refresh() : base::ok_status();
  if (!done.ok()) return fault_reply({503, "exception", done.error().message, {}});
  return {200, R"({"_shards":{"total":1,"successful":1,"failed":0}})"};
}

std::optional<Reply> Actions::answer_search(const Call& call, const std::string& index,
                                            std::string_view action, std::string_view detail) {
  const std::string& method = call.request.method;
  if (action == "_search" && detail == "point_in_time") {
    if (method == "POST" && !index.empty()) return open_point_in_time(call, index, true);
    if (method != "DELETE") return std::nullopt;
    return close_point_in_time(call, true, call.request.segments.back() == "_all");
  }
  if (action == "_search" && detail == "scroll") {
    const std::string_view id =
        call.request.segments.size() > 2 ? std::string_view(call.request.segments[2]) : "";
    if (method == "DELETE") return clear_scroll(call, id);
    if (reads(call.request)) return next_page(call, id);
    return std::nullopt;
  }
  if (action == "_pit" && method == "DELETE") return close_point_in_time(call, false, false);
  if (action == "_pit" && method == "POST" && !index.empty()) return open_point_in_time(call, index, false);
  if (!reads(call.request) || !detail.empty()) return std::nullopt;
  if (action == "_search") return search(call, index);
  if (action == "_count") return count(call, index);
  if (action == "_msearch") return multi_search(call, index);
  return std::nullopt;
}

std::optional<Reply> Actions::answer_about(const Call& call, const std::string& index,
                                           std::string_view action, std::string_view detail) {
  if (!reads(call.request)) return std::nullopt;
  const auto& path = call.request.segments;
  const std::string_view last = path.back();
  if (action == "_field_caps") return field_caps(call, index);
  if (action == "_mapping" || action == "_mappings") {
    if (detail == "field") return mapping(call, index, last, true);
    return mapping(call, index, "", false);
  }
  const std::string_view expression = path.size() > 2 ? last : "";
  if (action == "_resolve" && detail == "index") return resolve_index(call, expression);
  if (action == "_cat" && detail == "indices") return cat_indices(call, expression);
  if (action == "_refresh") return refresh();
  if (action == "_cluster" && detail == "stats") return cluster_stats(call);
  // Whether an index is there, and what it looks like.
  if (action.empty() && !index.empty()) return mapping(call, index, "", false);
  return std::nullopt;
}

Reply Actions::answer(const net::HttpRequest& request, std::string_view body,
                      const base::CancellationToken& cancellation) {
  const auto& path = request.segments;
  if (body.empty() && request.has_parameter("source")) body = request.parameter("source");
  const Call call{request, body, cancellation, options_.now()};
  if (path.empty() || path.size() > 5) return no_handler_reply(request);
  const bool has_index = !path[0].starts_with('_') || path[0] == "_all";
  const std::string index = has_index ? path[0] : "";
  const std::size_t at = has_index ? 1 : 0;
  const std::string_view action = path.size() > at ? std::string_view(path[at]) : "";
  const std::string_view detail = path.size() > at + 1 ? std::string_view(path[at + 1]) : "";
  const std::size_t largest = action == "_msearch" ? 16 * kLargestSearchBody : kLargestSearchBody;
  if (body.size() > largest) {
    return fault_reply({413, "content_too_long_exception", "the body of a search has at most 1 MB", {}});
  }
  for (const std::string_view known :
       {"_async_search", "_sql", "_query", "_eql", "_knn_search", "_termvectors", "_mget", "_delete_by_query",
        "_update_by_query", "_reindex"}) {
    if (action == known) return fault_reply(illegal("[" + std::string(known) + "] is not supported"));
  }
  if (auto reply = answer_search(call, index, action, detail)) return std::move(*reply);
  if (auto reply = answer_about(call, index, action, detail)) return std::move(*reply);
  return no_handler_reply(request);
}

}  // namespace vedette::api::es
