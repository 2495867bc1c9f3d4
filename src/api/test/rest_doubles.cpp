#include "rest_doubles.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "vedette/base/text.hpp"

namespace vedette::api::test {
namespace {

ports::ColumnValue column_of(const ports::StoredRecord& record, const std::string& name) {
  if (name == "id") return record.id;
  const auto found = record.columns.find(name);
  return found == record.columns.end() ? ports::ColumnValue() : found->second;
}

bool holds(const ports::ColumnTest& test, const ports::ColumnValue& value) {
  using Op = ports::ColumnTest::Op;
  if (test.op == Op::absent) return value.index() == 0;
  if (value.index() == 0) return test.op == Op::not_equals;
  switch (test.op) {
    case Op::equals:
      return value == test.values.at(0);
    case Op::not_equals:
      return value != test.values.at(0);
    case Op::less:
      return value < test.values.at(0);
    case Op::at_most:
      return value <= test.values.at(0);
    case Op::greater:
      return value > test.values.at(0);
    case Op::at_least:
      return value >= test.values.at(0);
    case Op::in:
      return std::find(test.values.begin(), test.values.end(), value) != test.values.end();
    default:
      return false;
  }
}

constexpr std::string_view kHead = R"(openapi: 3.1.0
info: {title: Test, version: "1"}
components:
  parameters:
    if_match: {name: If-Match, in: header, required: true, schema: {type: string}}
    key: {name: Idempotency-Key, in: header, schema: {type: string, minLength: 1, maxLength: 128}}
)";

std::string document(const std::string& paths, const std::string& schemas) {
  std::string out(kHead);
  if (!schemas.empty()) out += "  schemas:\n" + schemas;
  return out + "paths:\n" + paths;
}

Principal person(std::string name, std::initializer_list<Permission> permissions) {
  Principal principal;
  principal.kind = Principal::Kind::user;
  principal.user_id = "id-" + name;
  principal.name = std::move(name);
  principal.session_id = "session-" + principal.name;
  principal.csrf_token = "csrf-" + principal.name;
  for (const Permission permission : permissions) principal.permissions.add(permission);
  return principal;
}

}  // namespace

base::Result<std::optional<ports::StoredRecord>> MemoryRecords::get(std::string_view collection,
                                                                    std::string_view id) const {
  if (fails_) return base::make_error(base::ErrorCode::io, "cannot read /secret/path");
  const std::lock_guard lock(mutex_);
  const auto records = collections_.find(collection);
  if (records == collections_.end()) return std::optional<ports::StoredRecord>();
  const auto found = records->second.find(id);
  if (found == records->second.end()) return std::optional<ports::StoredRecord>();
  return std::optional<ports::StoredRecord>(found->second);
}

std::vector<ports::StoredRecord> MemoryRecords::matching(const ports::RecordQuery& query) const {
  std::vector<ports::StoredRecord> out;
  const std::lock_guard lock(mutex_);
  const auto records = collections_.find(query.collection);
  if (records == collections_.end()) return out;
  for (const auto& [id, record] : records->second) {
    const bool all = std::all_of(query.tests.begin(), query.tests.end(), [&record](const auto& test) {
      return holds(test, column_of(record, test.column));
    });
    if (all) out.push_back(record);
  }
  std::stable_sort(out.begin(), out.end(), [&query](const auto& a, const auto& b) {
    const auto left = column_of(a, query.order_by), right = column_of(b, query.order_by);
    return query.descending ? right < left : left < right;
  });
  return out;
}

base::Result<ports::RecordPage> MemoryRecords::find(const ports::RecordQuery& query) const {
  auto all = matching(query);
  const auto from = static_cast<std::size_t>(base::parse_uint(query.after).value_or(0));
  ports::RecordPage page;
  for (std::size_t i = from; i < all.size() && page.records.size() < query.limit; ++i) {
    page.records.push_back(std::move(all[i]));
  }
  if (from + page.records.size() < all.size()) page.next = std::to_string(from + page.records.size());
  return page;
}

base::Result<std::uint64_t> MemoryRecords::count(const ports::RecordQuery& query) const {
  return static_cast<std::uint64_t>(matching(query).size());
}

base::Result<std::vector<std::pair<ports::ColumnValue, std::uint64_t>>> MemoryRecords::count_by(
    const ports::RecordQuery&, std::string_view, std::uint32_t) const {
  return base::make_error(base::ErrorCode::unsupported, "not in tests");
}

base::Result<std::vector<std::uint64_t>> MemoryRecords::apply(std::span<const ports::RecordWrite> writes) {
  if (fails_) return base::make_error(base::ErrorCode::io, "cannot write /secret/path");
  const std::lock_guard lock(mutex_);
  for (const ports::RecordWrite& write : writes) {
    const auto& records = collections_[write.collection];
    const auto found = records.find(write.id);
    const std::uint64_t version = found == records.end() ? 0 : found->second.version;
    if (write.expected_version != ports::RecordWrite::kAnyVersion && write.expected_version != version) {
      return base::make_error(base::ErrorCode::busy, "conflict: another version");
    }
  }
  std::vector<std::uint64_t> versions;
  for (const ports::RecordWrite& write : writes) {
    auto& records = collections_[write.collection];
    if (write.kind == ports::RecordWrite::Kind::remove) {
      records.erase(write.id);
      versions.push_back(0);
      continue;
    }
    ports::StoredRecord& record = records[write.id];
    record = {write.id, record.version + 1, write.document, write.columns};
    versions.push_back(record.version);
  }
  return versions;
}

base::Result<std::vector<std::uint64_t>> MemoryAudit::apply(std::span<const ports::RecordWrite> changes,
                                                            std::span<const AuditEntry> entries) {
  if (fails_) return base::make_error(base::ErrorCode::no_space, "the disk is full");
  TRY_ASSIGN(auto versions, records_.apply(changes));
  const std::lock_guard lock(mutex_);
  entries_.insert(entries_.end(), entries.begin(), entries.end());
  return versions;
}

std::vector<AuditEntry> MemoryAudit::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

Allowed<Principal> FixedAccess::principal_of(std::string_view token, const Origin&) {
  ++asked_;
  const auto found = people_.find(token);
  if (found == people_.end()) return Refusal{Refusal::Kind::credentials, "The key is not known.", {}, 0};
  return found->second;
}

TestExchange::TestExchange(std::string method, std::string_view target, net::Headers headers,
                           std::string body) {
  request_.method = std::move(method);
  std::string_view path = target.substr(0, target.find('?'));
  std::string_view query = path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view();
  CHECK(net::percent_decode(path, false, request_.path));
  for (const std::string_view part : base::split(path, '/')) {
    if (!part.empty()) CHECK(net::percent_decode(part, false, request_.segments.emplace_back()));
  }
  for (const std::string_view pair : base::split(query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto& [name, value] = request_.query.emplace_back();
    CHECK(net::percent_decode(pair.substr(0, equals), true, name));
    if (equals != std::string_view::npos) CHECK(net::percent_decode(pair.substr(equals + 1), true, value));
  }
  request_.headers = std::move(headers);
  request_.headers.emplace_back("Host", "soc.example");
  request_.peer.address = *base::IpAddress::parse("192.0.2.7");
  request_.body = std::move(body);
  if (!request_.body.empty() && request_.header("Content-Type").empty()) {
    request_.headers.emplace_back("Content-Type", "application/json");
  }
}

void TestExchange::respond(net::HttpResponse response) {
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(answered_) << "answered twice";
  answer_ = std::move(response);
  answered_ = ended_ = true;
  changed_.notify_all();
}

void TestExchange::begin(net::HttpResponse head) {
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(answered_) << "answered twice";
  answer_ = std::move(head);
  answer_.body.clear();
  answered_ = true;
  changed_.notify_all();
}

bool TestExchange::write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (!answered_ || ended_ || gone_) return false;
  answer_.body += bytes;
  changed_.notify_all();
  return true;
}

void TestExchange::end() {
  const std::lock_guard lock(mutex_);
  if (!answered_) return;
  ended_ = true;
  changed_.notify_all();
}

net::HttpResponse TestExchange::wait() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(20), [this] { return ended_; })) return {0, {}, {}};
  return answer_;
}

std::string TestExchange::written(std::size_t at_least) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(20),
                    [this, at_least] { return answer_.body.size() >= at_least; });
  return answer_.body;
}

RestOptions TestApi::default_options() {
  RestOptions options;
  options.threads = 2;
  options.stream_threads = 2;
  options.requests_per_second = 1000;
  options.burst = 1000;
  options.anonymous_per_second = 1000;
  options.anonymous_burst = 1000;
  return options;
}

TestApi::TestApi(std::string openapi_paths, const AddHandlers& add, RestOptions options,
                 std::string schemas) {
  base::LoggerOptions log_options;
  log_options.format = base::LogFormat::json;
  log_options.write = [this](std::string_view line) {
    const std::lock_guard lock(log_mutex);
    log += line;
  };
  logger = std::make_unique<base::Logger>(log_options);
  AccessOptions access_options;
  access_options.now = [this] { return now.load(); };
  access = std::make_unique<FixedAccess>(access_options);
  access->add("vdk_ada", person("ada", {Permission::events_read, Permission::rules_write}));
  access->add("vdk_bob", person("bob", {}));
  Principal root = person("root", {});
  for (std::size_t i = 0; i < kPermissions; ++i) root.permissions.add(static_cast<Permission>(i));
  root.confirmed = now;
  access->add("vdk_root", root);
  parts.records = &records;
  parts.audit = &audit;
  parts.access = access.get();
  parts.metrics = &metrics;
  parts.log = logger.get();
  parts.now = [this] { return now.load(); };
  parts.options = std::move(options);
  const AddHandlers all = [&add](HandlerTable& handlers, const RestParts& of) {
    add(handlers, of);
    handlers.erase("getOpenapiYaml");
    handlers.erase("getOpenapiJson");
  };
  auto made = make_rest_api_of(parts, document(openapi_paths, schemas), all);
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
  if (made.ok()) api = std::move(*made);
}

std::string TestApi::refusal(std::string openapi_paths, const AddHandlers& add, std::string schemas) {
  MemoryRecords records;
  MemoryAudit audit(records);
  AccessOptions options;
  options.now = [] { return base::TimeNs{1}; };
  FixedAccess access(options);
  RestParts parts;
  parts.records = &records;
  parts.audit = &audit;
  parts.access = &access;
  parts.now = options.now;
  const AddHandlers all = [&add](HandlerTable& handlers, const RestParts& of) {
    add(handlers, of);
    handlers.erase("getOpenapiYaml");
    handlers.erase("getOpenapiJson");
  };
  const auto made = make_rest_api_of(parts, document(openapi_paths, schemas), all);
  return made.ok() ? std::string() : made.error().message;
}

std::shared_ptr<TestExchange> TestApi::send(std::string method, std::string_view target, net::Headers headers,
                                            std::string body) {
  auto exchange =
      std::make_shared<TestExchange>(std::move(method), target, std::move(headers), std::move(body));
  api->handler()(exchange);
  return exchange;
}

net::HttpResponse TestApi::ask(std::string method, std::string_view target, net::Headers headers,
                               std::string body) {
  return send(std::move(method), target, std::move(headers), std::move(body))->wait();
}

net::Headers as(std::string_view who) {
  return {{"Authorization", "Bearer vdk_" + std::string(who)}};
}

net::Headers with(net::Headers headers, std::string name, std::string value) {
  headers.emplace_back(std::move(name), std::move(value));
  return headers;
}

Json json_of(const net::HttpResponse& response) {
  auto read = read_json(response.body);
  EXPECT_TRUE(read.ok()) << response.body;
  return read.ok() ? std::move(*read) : Json();
}

std::string slug_of(const net::HttpResponse& response) {
  if (header_of(response, "Content-Type") != "application/problem+json") return {};
  const Json body = json_of(response);
  constexpr std::string_view kUrn = "urn:vedette:problem:";
  const std::string type(body.at("type").as_string());
  EXPECT_TRUE(type.starts_with(kUrn)) << type;
  EXPECT_EQ(body.at("status").as_int64(), response.status);
  EXPECT_FALSE(body.at("title").as_string().empty());
  EXPECT_FALSE(body.at("detail").as_string().empty());
  EXPECT_TRUE(
      std::string_view(body.at("instance").as_string()).ends_with(header_of(response, "X-Request-Id")));
  return type.substr(std::min(kUrn.size(), type.size()));
}

std::string header_of(const net::HttpResponse& response, std::string_view name) {
  return std::string(net::find_header(response.headers, name));
}

}  // namespace vedette::api::test
