// What shippers ask before they send: answered so that they proceed.
#include <algorithm>

#include <simdjson.h>

#include "listeners/elasticsearch.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

constexpr std::string_view kAcknowledged = R"({"acknowledged":true})";
constexpr std::string_view kShards = R"({"_shards":{"total":1,"successful":1,"failed":0}})";
constexpr std::string_view kLicense = R"({"uid":"00000000-0000-0000-0000-000000000000","type":"basic",)"
                                      R"("mode":"basic","status":"active")";
constexpr std::string_view kNodeId = "vedette0000000000000000";

constexpr std::size_t kMaxStoredBytes = std::size_t{4} << 20;  // of one body

// What can be put and asked for again.
struct StoredKind {
  std::string_view first, second;  // path segments before the name; second may be empty
  std::string_view list, item;  // how GET wraps: {"<list>":[{"name":..., "<item>": body}]}, or {name: body}
};
constexpr StoredKind kStoredKinds[] = {
    {"_ilm", "policy", "", "policy"},
    {"_index_template", "", "index_templates", "index_template"},
    {"_component_template", "", "component_templates", "component_template"},
    {"_template", "", "", ""},
    {"_ingest", "pipeline", "", ""},
    {"_data_stream", "", "data_streams", ""},
    {"_plugins", "_ism", "", ""},
    {"_scripts", "", "", ""},
};

bool glob_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_read(const net::HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}
bool is_write(const net::HttpRequest& request) {
  return request.method == "PUT" || request.method == "POST";
}

bool es_json(net::HttpResponse& response, int status, std::string body) {
  response = text_answer(status, std::move(body), "application/json");
  return true;
}

bool es_not_found(net::HttpResponse& response, const std::string& what) {
  return es_json(response, 404, es_error_body(EsError{404, "resource_not_found_exception", what}));
}

std::string text_of_segment(const net::HttpRequest& request, std::size_t at) {
  return at < request.segments.size() ? request.segments[at] : std::string();
}

bool is_json_object(const std::string& text) {
  if (text.size() > kMaxStoredBytes) return false;
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  return parser.parse(text).get(element) == simdjson::SUCCESS && element.is_object();
}

// The address clients of this node should use: the one this client used.
std::string publish_address(const net::HttpRequest& request) {
  const std::string_view host = request.header("host");
  return host.empty() || host.size() > 255 ? "127.0.0.1:9200" : std::string(host);
}

std::string stored_entry(const StoredKind& kind, const std::string& name, const std::string& body) {
  std::string out;
  base::JsonWriter json(out);
  if (kind.first == "_data_stream") {
    json.begin_object().field("name", name).key("timestamp_field").raw(R"({"name":"@timestamp"})");
    json.key("indices").raw("[]").key("generation").number(1).field("status", "GREEN");
    json.field("template", name).key("hidden").boolean(false).end_object();
  } else if (!kind.list.empty()) {
    json.begin_object().field("name", name).key(kind.item).raw(body).end_object();
  } else if (kind.first == "_ilm") {
    // The body is {"policy": ...}; what goes before it is made part of the same object.
    out = R"({"version":1,"modified_date":"1970-01-01T00:00:00.000Z")";
    const std::string_view inner = base::trim(std::string_view(body).substr(1));
    out.append(inner.starts_with('}') ? "" : ",").append(inner);
  } else {
    out = body;
  }
  return out;
}

std::string stored_answer(const StoredKind& kind, const std::map<std::string, std::string>& entries) {
  std::string out;
  base::JsonWriter json(out);
  json.begin_object();
  if (!kind.list.empty()) json.key(kind.list).begin_array();
  for (const auto& [name, body] : entries) {
    if (kind.list.empty()) json.key(name);
    json.raw(stored_entry(kind, name, body));
  }
  if (!kind.list.empty()) json.end_array();
  json.end_object();
  return out;
}

std::string index_answer(const std::map<std::string, std::string>& entries) {
  std::string out;
  base::JsonWriter json(out);
  json.begin_object();
  for (const auto& [name, body] : entries) {
    json.key(name).begin_object().key("aliases").raw("{}").key("mappings").raw("{}");
    json.key("settings").begin_object().key("index").begin_object();
    json.field("number_of_shards", "1").field("number_of_replicas", "0").field("provided_name", name);
    json.end_object().end_object().end_object();
  }
  json.end_object();
  return out;
}

}  // namespace

bool EsRegistry::put(std::string_view kind, std::string_view name, std::string_view body) {
  const std::lock_guard lock(mutex_);
  const auto key = std::make_pair(std::string(kind), std::string(name));
  const auto found = entries_.find(key);
  const std::size_t freed = found == entries_.end() ? 0 : found->second.size();
  const std::size_t needed = body.size() + (found == entries_.end() ? kind.size() + name.size() + 64 : 0);
  if (bytes_ - freed + needed > kMaxBytes) return false;
  if (found == entries_.end() && entries_.size() >= kMaxEntries) return false;
  bytes_ = bytes_ - freed + needed;
  entries_[key] = body;
  return true;
}

bool EsRegistry::contains(std::string_view kind, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return entries_.contains({std::string(kind), std::string(name)});
}

bool EsRegistry::remove(std::string_view kind, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find({std::string(kind), std::string(name)});
  if (found == entries_.end()) return false;
  bytes_ -= found->second.size() + kind.size() + name.size() + 64;
  entries_.erase(found);
  return true;
}

std::map<std::string, std::string> EsRegistry::find(std::string_view kind, std::string_view pattern) const {
  constexpr std::size_t kMaxPatterns = 32;
  if (pattern.empty() || pattern == "_all") pattern = "*";
  std::vector<std::string_view> patterns = base::split(pattern, ',');
  if (patterns.size() > kMaxPatterns) patterns.resize(kMaxPatterns);
  std::map<std::string, std::string> out;
  const std::lock_guard lock(mutex_);
  for (auto at = entries_.lower_bound({std::string(kind), ""});
       at != entries_.end() && at->first.first == kind; ++at) {
    const std::string& name = at->first.second;
    const auto names = [&](std::string_view one) { return glob_matches(one, name); };
    if (std::any_of(patterns.begin(), patterns.end(), names)) out.emplace(name, at->second);
  }
  return out;
}

void EsHandshake::remember_index(std::string_view index) {
  if (!indices_.contains("index", index)) indices_.put("index", index, "");
}

bool EsHandshake::answer(const net::HttpRequest& request, const std::string& body,
                         net::HttpResponse& response) {
  return answer_root(request, response) || answer_cluster(request, response) ||
         answer_security(request, response) || answer_stored(request, body, response) ||
         answer_index(request, body, response);
}

bool EsHandshake::answer_root(const net::HttpRequest& request, net::HttpResponse& response) const {
  const std::string first = text_of_segment(request, 0);
  if (!is_read(request)) return false;
  if (first.empty()) {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().field("name", "vedette").field("cluster_name", options_.cluster_name);
    json.field("cluster_uuid", kNodeId).key("version").begin_object();
    json.field("number", options_.announced_version).field("build_flavor", "default");
    json.field("build_type", "tar").field("build_hash", "0000000000000000000000000000000000000000");
    json.field("build_date", "2025-01-01T00:00:00.000Z").key("build_snapshot").boolean(false);
    json.field("lucene_version", "9.12.0").field("minimum_wire_compatibility_version", "7.17.0");
    json.field("minimum_index_compatibility_version", "7.0.0").end_object();
    json.field("tagline", "You Know, for Search").end_object();
    return es_json(response, 200, std::move(out));
  }
  if (first == "_license") {
    return es_json(response, 200,
                   R"({"license":)" + std::string(kLicense) + R"(,"issue_date":"2025-01-01T00:00:00.000Z",)" +
                       R"("issue_date_in_millis":1735689600000,"max_nodes":1000,"issued_to":"vedette",)" +
                       R"("issuer":"elasticsearch","start_date_in_millis":-1}})");
  }
  if (first == "_xpack") {
    if (request.segments.size() > 1) return es_json(response, 200, "{}");
    constexpr std::string_view kOn = R"({"available":true,"enabled":true})";
    constexpr std::string_view kOff = R"({"available":false,"enabled":false})";
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().key("build").raw("{}").key("license").raw(std::string(kLicense) + "}");
    json.key("features").begin_object();
    for (const std::string_view on : {"data_streams", "ilm", "security"}) json.key(on).raw(kOn);
    for (const std::string_view off : {"graph", "ml", "monitoring", "watcher"}) json.key(off).raw(kOff);
    json.end_object().field("tagline", "You know, for X").end_object();
    return es_json(response, 200, std::move(out));
  }
  return false;
}

bool EsHandshake::answer_cluster(const net::HttpRequest& request, net::HttpResponse& response) const {
  const std::string first = text_of_segment(request, 0), second = text_of_segment(request, 1);
  std::string out;
  base::JsonWriter json(out);
  if (first == "_cluster" && second == "health" && is_read(request)) {
    json.begin_object().field("cluster_name", options_.cluster_name).field("status", "green");
    json.key("timed_out")
        .boolean(false)
        .key("number_of_nodes")
        .number(1)
        .key("number_of_data_nodes")
        .number(1);
    for (const std::string_view zero :
         {"active_primary_shards", "active_shards", "relocating_shards", "initializing_shards",
          "unassigned_shards", "delayed_unassigned_shards", "number_of_pending_tasks",
          "number_of_in_flight_fetch", "task_max_waiting_in_queue_millis"}) {
      json.key(zero).number(0);
    }
    json.key("active_shards_percent_as_number").number(100.0).end_object();
    return es_json(response, 200, std::move(out));
  }
  if (first == "_cluster" && second == "settings") {
    return es_json(response, 200, R"({"acknowledged":true,"persistent":{},"transient":{},"defaults":{}})");
  }
  if (first == "_nodes" && is_read(request) && second != "stats" && text_of_segment(request, 2) != "stats") {
    const std::string address = publish_address(request);
    json.begin_object().key("_nodes").raw(R"({"total":1,"successful":1,"failed":0})");
    json.field("cluster_name", options_.cluster_name).key("nodes").begin_object().key(kNodeId).begin_object();
    json.field("name", "vedette").field("transport_address", address).field("host", address);
    json.field("ip", address).field("version", options_.announced_version).field("build_flavor", "default");
    json.key("roles").raw(R"(["data","ingest","master"])").key("http").begin_object();
    json.key("bound_address").begin_array().string(address).end_array().field("publish_address", address);
    json.key("max_content_length_in_bytes").number(std::int64_t{104'857'600}).end_object();
    json.end_object().end_object().end_object();
    return es_json(response, 200, std::move(out));
  }
  if (first == "_cat" && second == "indices" && options_.search) return false;
  if (first == "_cat" && is_read(request)) {
    const bool as_json = request.parameter("format") == "json";
    const std::string_view text = second == "health"  ? "vedette green 1 1 0 0 0 0 0 0 - 100.0%\n"
                                  : second == "nodes" ? "127.0.0.1 - - - - - - dim * vedette\n"
                                                      : "";
    response = as_json ? text_answer(200, "[]", "application/json")
                       : text_answer(200, std::string(text), "text/plain; charset=UTF-8");
    return true;
  }
  if (first == "_monitoring" && second == "bulk") {
    return es_json(response, 200, R"({"took":0,"ignored":true,"errors":false})");
  }
  return false;
}

bool EsHandshake::answer_security(const net::HttpRequest& request, net::HttpResponse& response) const {
  if (text_of_segment(request, 0) != "_security") return false;
  const std::string second = text_of_segment(request, 1);
  if (second == "_authenticate" && is_read(request)) {
    return es_json(response, 200,
                   R"({"username":"vedette","roles":["ingest"],"full_name":null,"email":null,"metadata":{},)"
                   R"("enabled":true,"authentication_realm":{"name":"vedette","type":"file"},)"
                   R"("lookup_realm":{"name":"vedette","type":"file"},"authentication_type":"realm"})");
  }
  if (second == "user" && request.segments.back() == "_has_privileges") {
    return es_json(
        response, 200,
        R"({"username":"vedette","has_all_requested":true,"cluster":{},"index":{},"application":{}})");
  }
  if (is_read(request)) return es_json(response, 404, "{}");
  return es_json(response, 400,
                 es_error_body(EsError{400, "illegal_argument_exception",
                                       "users and keys are made in the configuration of Vedette"}));
}

bool EsHandshake::answer_stored(const net::HttpRequest& request, const std::string& body,
                                net::HttpResponse& response) {
  const std::string first = text_of_segment(request, 0), second = text_of_segment(request, 1);
  for (const StoredKind& kind : kStoredKinds) {
    if (first != kind.first || (!kind.second.empty() && second != kind.second)) continue;
    const std::size_t at = kind.second.empty() ? 1 : 2;
    std::string name = text_of_segment(request, at);
    if (kind.second == "_ism") name = text_of_segment(request, 3);
    if (is_write(request)) {
      const std::string& stored = base::trim(body).empty() ? "{}" : body;
      if (name.empty() || name.size() > 512) {
        return es_json(response, 400,
                       es_error_body(EsError{400, "illegal_argument_exception", "a name is missing"}));
      }
      if (!is_json_object(stored)) {
        return es_json(
            response, 400,
            es_error_body(EsError{400, "parse_exception", "the body is no JSON object of at most 4 MiB"}));
      }
      if (!registry_.put(kind.first, name, base::trim(stored))) {
        return es_json(
            response, 400,
            es_error_body(EsError{400, "illegal_argument_exception", "no room for another entry"}));
      }
      return es_json(response, 200, std::string(kAcknowledged));
    }
    if (request.method == "DELETE") {
      return registry_.remove(kind.first, name) ? es_json(response, 200, std::string(kAcknowledged))
                                                : es_not_found(response, "[" + name + "] is missing");
    }
    const auto found = registry_.find(kind.first, name);
    const bool asked_for_one =
        !name.empty() && name.find_first_of("*,") == std::string::npos && name != "_all";
    if (found.empty() && asked_for_one) return es_not_found(response, "[" + name + "] is missing");
    return es_json(response, 200, stored_answer(kind, found));
  }
  return false;
}

bool EsHandshake::answer_index(const net::HttpRequest& request, const std::string& body,
                               net::HttpResponse& response) {
  const std::string first = text_of_segment(request, 0), second = text_of_segment(request, 1);
  const std::string& action = first.starts_with('_') ? first : second;
  if (action == "_refresh" && options_.search) return false;
  for (const std::string_view done : {"_refresh", "_flush", "_forcemerge"}) {
    if (action == done) return es_json(response, 200, std::string(kShards));
  }
  if (action == "_alias" || action == "_aliases") {
    if (!is_read(request)) return es_json(response, 200, std::string(kAcknowledged));
    const bool asked_for_one = !text_of_segment(request, first == "_alias" ? 1 : 2).empty();
    return es_json(response, asked_for_one ? 404 : 200,
                   asked_for_one ? R"({"error":"alias is missing","status":404})" : "{}");
  }
  if (first.starts_with('_')) return false;
  if (request.method == "PUT" && (second == "_mapping" || second == "_settings")) {
    return es_json(response, 200, std::string(kAcknowledged));
  }
  if (request.segments.size() != 1) return false;
  if (is_read(request)) {
    const auto found = indices_.find("index", first);
    if (found.empty() && options_.search) return false;
    if (found.empty() && first.find('*') == std::string::npos) {
      return es_json(
          response, 404,
          es_error_body(EsError{404, "index_not_found_exception", "no such index [" + first + "]"}));
    }
    return es_json(response, 200, index_answer(found));
  }
  if (request.method == "PUT") {
    if (const auto fault = es_index_fault(first)) {
      return es_json(response, 400,
                     es_error_body(EsError{400, "invalid_index_name_exception",
                                           "Invalid index name [" + first + "], " + *fault}));
    }
    if (indices_.contains("index", first)) {
      return es_json(response, 400,
                     es_error_body(EsError{400, "resource_already_exists_exception",
                                           "index [" + first + "] already exists"}));
    }
    if (!base::trim(body).empty() && !is_json_object(body)) {
      return es_json(
          response, 400,
          es_error_body(EsError{400, "parse_exception", "the body is no JSON object of at most 4 MiB"}));
    }
    indices_.put("index", first, "");
    std::string out;
    base::JsonWriter(out)
        .begin_object()
        .key("acknowledged")
        .boolean(true)
        .key("shards_acknowledged")
        .boolean(true)
        .field("index", first)
        .end_object();
    return es_json(response, 200, std::move(out));
  }
  if (request.method == "DELETE") {
    return es_json(response, 403,
                   es_error_body(EsError{403, "security_exception",
                                         "events are deleted by retention, not over this interface"}));
  }
  return false;
}

}  // namespace vedette::ingest
