// Saved searches: of their owner, and those that are shared within the tenant.
#include <utility>

#include <openssl/rand.h>

#include "rest/groups.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::api::saved_search_group {
namespace {

using ports::ColumnTest;
using search_group::Body;

constexpr std::uint64_t kMostOfOne = 500;
const std::string kCollection = "saved_searches";

std::string new_id() {
  unsigned char bytes[16];
  CHECK(RAND_bytes(bytes, sizeof bytes) == 1);
  return base::hash128_hex(std::string_view(reinterpret_cast<const char*>(bytes), sizeof bytes));
}

std::string text_column(const ports::StoredRecord& record, std::string_view name) {
  const auto found = record.columns.find(name);
  const auto* text = found == record.columns.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text ? *text : std::string();
}
bool is_shared(const ports::StoredRecord& record) {
  const auto found = record.columns.find("shared");
  return found != record.columns.end() && found->second == ports::ColumnValue(std::int64_t{1});
}

bool owns(const Principal& who, const ports::StoredRecord& record) {
  return text_column(record, "owner") == who.user_id;
}
bool sees(const Principal& who, const ports::StoredRecord& record) {
  return text_column(record, "tenant") == who.scope.tenant && (owns(who, record) || is_shared(record));
}

boost::json::object document_of(const ports::StoredRecord& record) {
  boost::system::error_code failed;
  Json value = boost::json::parse(record.document, failed);
  return !failed && value.is_object() ? std::move(value.get_object()) : boost::json::object();
}

Json time_of(const boost::json::object& document, std::string_view name) {
  const Json* value = document.if_contains(name);
  return value && value->is_int64() ? time_json(value->get_int64()) : Json(nullptr);
}

Json shown(const Principal& who, const ports::StoredRecord& record) {
  boost::json::object out = document_of(record);
  out["created"] = time_of(out, "created");
  out["changed"] = time_of(out, "changed");
  out["id"] = record.id;
  out["shared"] = is_shared(record);
  out["mine"] = owns(who, record);
  out["version"] = record.version;
  return out;
}

Reply reply_with(const Principal& who, const ports::StoredRecord& record, int status = 200) {
  Reply reply;
  reply.status = status;
  reply.body = shown(who, record);
  reply.etag = std::to_string(record.version);
  return reply;
}

ports::RecordQuery in_tenant(const Principal& who) {
  ports::RecordQuery query;
  query.collection = kCollection;
  query.tests.push_back({"tenant", ColumnTest::Op::equals, {who.scope.tenant}});
  return query;
}

Reply list(Call& call, const RestParts& parts) {
  const Principal& who = call.principal();
  ports::RecordQuery query = in_tenant(who);
  const bool shared = call.query("shared") == "true";
  if (shared) {
    query.tests.push_back({"shared", ColumnTest::Op::equals, {std::int64_t{1}}});
  } else {
    query.tests.push_back({"owner", ColumnTest::Op::equals, {who.user_id}});
  }
  query.order_by = "name";
  query.after = std::string(call.query("after").value_or(""));
  query.limit = static_cast<std::uint32_t>(std::clamp<std::int64_t>(call.integer("limit", 100), 1, 1'000));
  REPLY_ASSIGN(const ports::RecordPage page, parts.records->find(query));
  boost::json::array items;
  for (const ports::StoredRecord& record : page.records) items.emplace_back(shown(who, record));
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  return reply;
}

// What is not seen is not there.
base::Result<std::optional<ports::StoredRecord>> find_seen(Call& call, const RestParts& parts) {
  TRY_ASSIGN(std::optional<ports::StoredRecord> record, parts.records->get(kCollection, call.path("id")));
  if (record && !sees(call.principal(), *record)) record.reset();
  return record;
}

void take_members(const Body& body, boost::json::object& document) {
  for (const char* name : {"name", "description", "query", "from", "to"}) {
    if (body.find(name) != nullptr) document[name] = body.text(name);
  }
  if (const Json* columns = body.find("columns"); columns && columns->is_array())
    document["columns"] = *columns;
  if (const Json* view = body.find("view"); view && view->is_object()) document["view"] = *view;
}

ports::RecordWrite write_of(const std::string& id, const std::string& owner, const std::string& tenant,
                            bool shared, const boost::json::object& document, std::uint64_t expected) {
  ports::RecordWrite write;
  write.collection = kCollection;
  write.id = id;
  write.document = boost::json::serialize(document);
  const Json* name = document.if_contains("name");
  write.columns = {{"owner", owner},
                   {"tenant", tenant},
                   {"shared", std::int64_t{shared ? 1 : 0}},
                   {"name", name && name->is_string() ? std::string(name->get_string()) : std::string()}};
  write.expected_version = expected;
  return write;
}

Reply after_write(Call& call, const RestParts& parts, const std::string& id, int status) {
  REPLY_ASSIGN(const auto record, parts.records->get(kCollection, id));
  return record ? reply_with(call.principal(), *record, status) : not_found("saved search");
}

Reply make(Call& call, const RestParts& parts) {
  const Principal& who = call.principal();
  const Body body(call.body());
  auto read = search_group::read_query(body.text("query"), parts.now());
  if (!read.query) return std::move(read.refusal);
  ports::RecordQuery mine = in_tenant(who);
  mine.tests.push_back({"owner", ColumnTest::Op::equals, {who.user_id}});
  REPLY_ASSIGN(const std::uint64_t count, parts.records->count(mine));
  if (count >= kMostOfOne) {
    return problem(409, "too-many", "you have 500 saved searches, which is the most; delete one first");
  }
  boost::json::object document;
  take_members(body, document);
  document["owner"] = who.user_id;
  document["owner_name"] = who.name;
  document["created"] = parts.now();
  document["changed"] = parts.now();
  const std::string id = new_id();
  const ports::RecordWrite write =
      write_of(id, who.user_id, who.scope.tenant, body.flag("shared"), document, 0);
  call.target("saved-searches/" + id);
  REPLY_ASSIGN(const auto versions, call.apply({&write, 1}));
  (void)versions;
  Reply reply = after_write(call, parts, id, 201);
  reply.headers.emplace_back("Location", "/api/v1/saved-searches/" + id);
  return reply;
}

std::optional<Reply> wrong_version(const Call& call, std::uint64_t version) {
  const auto expected = call.if_match();
  if (!expected) return problem(428, "if-match", "send If-Match with the ETag that you read");
  if (*expected == ports::RecordWrite::kAnyVersion || *expected == version) return std::nullopt;
  return problem(412, "changed", "it has been changed since you read it; read it again",
                 {{"header:If-Match", "is not the current ETag"}});
}

Reply conflict_or(const base::Error& error) {
  if (error.code == base::ErrorCode::busy && error.message.starts_with("conflict")) {
    return problem(412, "changed", "it has been changed since you read it; read it again");
  }
  return problem_of(error);
}

Reply change(Call& call, const RestParts& parts) {
  const Principal& who = call.principal();
  const Body body(call.body());
  REPLY_ASSIGN(const auto record, find_seen(call, parts));
  if (!record) return not_found("saved search");
  if (auto wrong = wrong_version(call, record->version)) return std::move(*wrong);
  bool shared = is_shared(*record);
  if (const Json* wanted = body.find("shared"); wanted && wanted->is_bool() && wanted->get_bool() != shared) {
    if (!owns(who, *record))
      return problem(403, "not-owner", "only its owner shares a search or takes it back");
    shared = wanted->get_bool();
  }
  if (body.find("query") != nullptr) {
    auto read = search_group::read_query(body.text("query"), parts.now());
    if (!read.query) return std::move(read.refusal);
  }
  boost::json::object document = document_of(*record);
  take_members(body, document);
  document["changed"] = parts.now();
  const ports::RecordWrite write = write_of(record->id, text_column(*record, "owner"), who.scope.tenant,
                                            shared, document, record->version);
  call.target("saved-searches/" + record->id);
  const auto versions = call.apply({&write, 1});
  return versions.ok() ? after_write(call, parts, record->id, 200) : conflict_or(versions.error());
}

Reply remove(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto record, find_seen(call, parts));
  if (!record) return not_found("saved search");
  if (!owns(call.principal(), *record)) return problem(403, "not-owner", "only its owner deletes a search");
  if (auto wrong = wrong_version(call, record->version)) return std::move(*wrong);
  ports::RecordWrite write;
  write.kind = ports::RecordWrite::Kind::remove;
  write.collection = kCollection;
  write.id = record->id;
  write.expected_version = record->version;
  call.target("saved-searches/" + record->id);
  const auto versions = call.apply({&write, 1});
  if (!versions.ok()) return conflict_or(versions.error());
  Reply reply;
  reply.status = 204;
  return reply;
}

Reply get(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto record, find_seen(call, parts));
  return record ? reply_with(call.principal(), *record) : not_found("saved search");
}

}  // namespace
}  // namespace vedette::api::saved_search_group

namespace vedette::api {

void add_saved_search_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = saved_search_group;
  if (parts.records == nullptr) {
    for (const char* id : {"listSavedSearches", "createSavedSearch", "getSavedSearch", "updateSavedSearch",
                           "deleteSavedSearch"}) {
      handlers[id] = [](Call&) { return not_found("saved searches"); };
    }
    return;
  }
  handlers["listSavedSearches"] = [parts](Call& call) { return group::list(call, parts); };
  handlers["createSavedSearch"] = [parts](Call& call) { return group::make(call, parts); };
  handlers["getSavedSearch"] = [parts](Call& call) { return group::get(call, parts); };
  handlers["updateSavedSearch"] = [parts](Call& call) { return group::change(call, parts); };
  handlers["deleteSavedSearch"] = [parts](Call& call) { return group::remove(call, parts); };
}

std::vector<ports::CollectionSchema> search_and_alert_collections() {
  using ports::ColumnType;
  return {{"saved_searches",
           {{"owner", ColumnType::text, true},
            {"tenant", ColumnType::text, true},
            {"shared", ColumnType::integer, true},
            {"name", ColumnType::text, true}}},
          {"alert_undo", {{"owner", ColumnType::text, true}, {"expires", ColumnType::integer, true}}}};
}

}  // namespace vedette::api
