// Jobs, kept answers and streams.
#include <algorithm>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rest/groups.hpp"
#include "rest/idempotency.hpp"
#include "rest/jobs.hpp"
#include "rest/openapi_document.hpp"
#include "rest_doubles.hpp"
#include "vedette/net/http_server.hpp"

namespace vedette::api::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kWorkPaths = R"(
  /tasks/{kind}:
    parameters: [{name: kind, in: path, required: true, schema: {type: string}}]
    post:
      operationId: startWork
      tags: [about]
      x-permission: self
      responses: {"202": {description: x}}
  /jobs:
    get:
      operationId: listJobs
      tags: [jobs]
      x-permission: self
      x-audit: "no"
      parameters:
        - {name: all, in: query, schema: {type: boolean, default: false}}
        - {name: state, in: query, schema: {type: string}}
        - {name: kind, in: query, schema: {type: string}}
        - {name: after, in: query, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 1000, default: 100}}
      responses: {"200": {description: x}}
  /jobs/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string, maxLength: 512}}]
    get: {operationId: getJob, tags: [jobs], x-permission: self, x-audit: "no", responses: {"200": {description: x}}}
    delete: {operationId: deleteJob, tags: [jobs], x-permission: self, responses: {"204": {description: x}}}
  /jobs/{id}/cancel:
    parameters: [{name: id, in: path, required: true, schema: {type: string, maxLength: 512}}]
    post: {operationId: cancelJob, tags: [jobs], x-permission: self, responses: {"202": {description: x}}}
  /counted:
    post:
      operationId: countUp
      tags: [about]
      x-permission: self
      parameters: [{$ref: "#/components/parameters/key"}]
      requestBody: {content: {application/json: {schema: {type: object, additionalProperties: true}}}}
      responses: {"200": {description: x}}
  /secret:
    post:
      operationId: makeSecret
      tags: [about]
      x-permission: self
      x-idempotency: false
      parameters: [{$ref: "#/components/parameters/key"}]
      responses: {"200": {description: x}}
  /live:
    get:
      operationId: live
      tags: [about]
      x-permission: self
      x-stream: true
      parameters: [{name: Last-Event-ID, in: header, schema: {type: string, maxLength: 20}}]
      responses: {"200": {description: x}}
)";

// What the handlers share with the tests.
struct Bench {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;  // the gate that "gated" work and counting wait at
  int inside = 0;     // that wait there, or went through
  std::atomic<int> counted{0};
  bool slow_count = false;

  void pass_gate(const base::CancellationToken& cancellation) {
    std::unique_lock lock(mutex);
    ++inside;
    changed.notify_all();
    while (!open && !cancellation.cancelled()) changed.wait_for(lock, std::chrono::milliseconds(5));
  }
  void wait_inside(int count) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [this, count] { return inside >= count; }));
  }
  void open_gate() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
};

Reply do_work(const std::string& kind, Bench& bench, const JobProgress& progress) {
  Reply reply;
  if (kind == "throw") throw std::runtime_error("secret of the library");
  if (kind == "large") {
    reply.body = Json(boost::json::string(17u << 20, 'x'));
    return reply;
  }
  if (kind == "bad") return problem(422, "invalid", "The range is empty.");
  if (kind == "gated") {
    progress.report(7, "half");
    progress.report(0.5, "Looked at half of it.");
    bench.pass_gate(progress.cancellation);
    if (progress.cancellation.cancelled()) return problem(503, "cancelled", "x");
  }
  reply.body = boost::json::object{{"hits", 3}};
  return reply;
}

Reply run_live(Call& call, Bench& bench) {
  Stream& stream = call.stream("text/event-stream", {});
  stream.event("hello", std::string(call.query("Last-Event-ID").value_or("none")), "1");
  bench.pass_gate(call.cancellation());
  while (stream.comment()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  Reply reply;
  reply.streamed = true;
  return reply;
}

AddHandlers work_handlers(Bench& bench) {
  return [&bench](HandlerTable& handlers, const RestParts& parts) {
    add_job_handlers(handlers, parts);
    handlers["startWork"] = [&bench, &parts](Call& call) {
      std::string kind(call.path("kind"));
      return start_job(parts, call, kind, [kind, &bench](const JobProgress& progress) {
        return do_work(kind, bench, progress);
      });
    };
    handlers["countUp"] = [&bench](Call& call) {
      if (bench.slow_count) bench.pass_gate(call.cancellation());
      Reply reply;
      reply.status = call.raw_body() == R"({"fail":1})" ? 422 : 200;
      reply.body = ++bench.counted;
      reply.headers = {{"Location", "/api/v1/counted/1"}};
      return reply;
    };
    handlers["makeSecret"] = handlers["countUp"];
    handlers["live"] = [&bench](Call& call) { return run_live(call, bench); };
  };
}

class RestWork : public testing::Test {
 protected:
  ~RestWork() override { bench_.open_gate(); }

  std::string start(std::string_view kind, std::string_view who = "ada") {
    const auto answer = api_.ask("POST", "/api/v1/tasks/" + std::string(kind), as(who));
    EXPECT_EQ(answer.status, 202) << answer.body;
    const std::string location = header_of(answer, "Location");
    EXPECT_THAT(location, HasSubstr("/api/v1/jobs/"));
    return location;
  }
  Json job(std::string_view location, std::string_view who = "ada") {
    return json_of(api_.ask("GET", location, as(who)));
  }
  Json ended(std::string_view location) {
    for (int i = 0; i < 2000; ++i) {
      Json now = job(location);
      const std::string state(now.at("state").as_string());
      if (state != "queued" && state != "running") return now;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ADD_FAILURE() << "the job does not end";
    return {};
  }

  Bench bench_;
  TestApi api_{std::string(kWorkPaths), work_handlers(bench_)};
};

TEST_F(RestWork, AJobHasProgressAndAResult) {
  const std::string location = start("gated");
  bench_.wait_inside(1);
  const Json running = job(location);
  EXPECT_EQ(running.at("state").as_string(), "running");
  EXPECT_EQ(running.at("progress").as_double(), 0.5);
  EXPECT_EQ(running.at("message").as_string(), "Looked at half of it.");
  EXPECT_FALSE(running.as_object().contains("result"));
  EXPECT_EQ(api_.ask("DELETE", location, as("ada")).status, 409);
  bench_.open_gate();
  const Json done = ended(location);
  EXPECT_EQ(done.at("state").as_string(), "succeeded");
  EXPECT_EQ(write_json(done.at("result")), R"({"hits":3})");
  EXPECT_EQ(done.at("owner").at("name").as_string(), "ada");
  EXPECT_EQ(slug_of(api_.ask("POST", location + "/cancel", as("ada"))), "done");
  EXPECT_EQ(api_.ask("DELETE", location, as("ada")).status, 204);
  EXPECT_EQ(api_.ask("GET", location, as("ada")).status, 404);
  const auto entries = api_.audit.entries();
  EXPECT_EQ(entries.front().action, "startWork");
  EXPECT_THAT(location, HasSubstr(entries.front().target));
  EXPECT_EQ(entries.back().action, "deleteJob");
}

TEST_F(RestWork, AJobFailsWithASentence) {
  EXPECT_EQ(ended(start("bad")).at("message").as_string(), "The range is empty.");
  const Json thrown = ended(start("throw"));
  EXPECT_EQ(thrown.at("state").as_string(), "failed");
  EXPECT_THAT(write_json(thrown), Not(HasSubstr("secret")));
  const Json large = ended(start("large"));
  EXPECT_EQ(large.at("state").as_string(), "failed");
  EXPECT_THAT(write_json(large), HasSubstr("16 MB"));
}

TEST_F(RestWork, AJobIsCancelled) {
  const std::string first = start("gated"), second = start("gated"), waiting = start("quick");
  bench_.wait_inside(2);
  EXPECT_EQ(job(waiting).at("state").as_string(), "queued");
  EXPECT_EQ(api_.ask("POST", waiting + "/cancel", as("ada")).status, 202);
  EXPECT_EQ(api_.ask("POST", first + "/cancel", as("ada")).status, 202);
  EXPECT_EQ(ended(first).at("state").as_string(), "cancelled");
  EXPECT_EQ(ended(waiting).at("state").as_string(), "cancelled");
  EXPECT_EQ(job(second).at("state").as_string(), "running");
}

TEST_F(RestWork, JobsAreTheirOwnersBusiness) {
  const std::string location = start("quick");
  ended(location);
  EXPECT_EQ(api_.ask("GET", location, as("bob")).status, 404);
  EXPECT_EQ(api_.ask("POST", location + "/cancel", as("bob")).status, 404);
  EXPECT_EQ(api_.ask("DELETE", location, as("bob")).status, 404);
  EXPECT_EQ(api_.ask("GET", "/api/v1/jobs?all=true", as("bob")).status, 403);
  const auto count = [this](std::string_view query, std::string_view who) {
    return json_of(api_.ask("GET", "/api/v1/jobs" + std::string(query), as(who)))
        .at("items")
        .as_array()
        .size();
  };
  EXPECT_EQ(count("", "bob"), 0U);
  EXPECT_EQ(count("", "ada"), 1U);
  EXPECT_EQ(count("", "root"), 0U);
  EXPECT_EQ(count("?all=true", "root"), 1U);
  EXPECT_EQ(count("?all=true&state=running", "root"), 0U);
  // Whoever oversees the node sees that there is one, not what it found.
  EXPECT_EQ(job(location, "root").at("state").as_string(), "succeeded");
  EXPECT_FALSE(job(location, "root").as_object().contains("result"));
}

TEST_F(RestWork, OversightEndsAtTheTenant) {
  Principal other;
  other.kind = Principal::Kind::user;
  other.user_id = "id-olaf";
  other.scope.tenant = "other";
  other.permissions.add(Permission::system_read);
  api_.access->add("vdk_olaf", other);
  const std::string location = start("quick");
  ended(location);
  EXPECT_EQ(api_.ask("GET", location, as("olaf")).status, 404);
  EXPECT_TRUE(json_of(api_.ask("GET", "/api/v1/jobs?all=true", as("olaf"))).at("items").as_array().empty());
}

TEST_F(RestWork, JobsOfOneAreBounded) {
  for (std::size_t i = 0; i < kMaxJobsOfOne; ++i) start("gated");
  const auto refused = api_.ask("POST", "/api/v1/tasks/gated", as("ada"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(slug_of(refused), "too-many-jobs");
  EXPECT_EQ(api_.ask("POST", "/api/v1/tasks/quick", as("bob")).status, 202);
}

TEST_F(RestWork, WhatTheNodesEndInterruptsHasFailed) {
  const std::string running = start("gated"), waiting = start("gated"), third = start("gated");
  bench_.wait_inside(2);
  api_.api->stop();
  auto jobs = Jobs::open(
      api_.records, [] { return base::TimeNs{1}; }, nullptr, 1);
  ASSERT_TRUE(jobs.ok());
  for (const std::string& location : {running, waiting, third}) {
    const auto found = (*jobs)->find(location.substr(location.rfind('/') + 1));
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ((*found)->state, "failed");
    EXPECT_EQ((*found)->sentence, "The node was stopped.");
  }
}

TEST(RestJobs, WhatAKillLeavesUnfinishedHasFailedAndOldOnesGo) {
  MemoryRecords records;
  const auto put = [&records](const std::string& id, const std::string& state, std::int64_t finished) {
    ports::RecordWrite write;
    write.collection = "jobs";
    write.id = id;
    write.document = R"({"kind":"x","state":")" + state + "\",\"finished\":" + std::to_string(finished) + "}";
    write.columns = {{"state", state}, {"finished", finished}};
    ASSERT_TRUE(records.apply(std::span(&write, 1)).ok());
  };
  const base::TimeNs now = 100 * kKeepJobs;
  put("running", "running", 0);
  put("queued", "queued", 0);
  put("new", "succeeded", now - kKeepJobs / 2);
  put("old", "succeeded", now - kKeepJobs - 1);
  auto jobs = Jobs::open(
      records, [now] { return now; }, nullptr, 1);
  ASSERT_TRUE(jobs.ok());
  const auto state = [&jobs](std::string_view id) {
    const auto found = (*jobs)->find(id);
    return found.ok() && found->has_value() ? (*found)->state : "none";
  };
  EXPECT_EQ(state("running"), "failed");
  EXPECT_EQ(state("queued"), "failed");
  EXPECT_EQ(state("new"), "succeeded");
  EXPECT_EQ(state("old"), "none");
}

TEST_F(RestWork, TheSameKeyGivesTheSameAnswer) {
  const auto ask = [this](std::string key, std::string body, std::string_view who = "ada") {
    return api_.ask("POST", "/api/v1/counted", with(as(who), "Idempotency-Key", std::move(key)),
                    std::move(body));
  };
  const auto first = ask("k1", "{}");
  EXPECT_EQ(first.body, "1");
  const auto again = ask("k1", "{}");
  EXPECT_EQ(again.body, "1");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(header_of(again, "Location"), "/api/v1/counted/1");
  EXPECT_EQ(header_of(again, "Idempotency-Replayed"), "true");
  EXPECT_NE(header_of(again, "X-Request-Id"), header_of(first, "X-Request-Id"));
  EXPECT_EQ(slug_of(ask("k1", R"({"a":1})")), "idempotency-reused");
  EXPECT_EQ(ask("k2", "{}").body, "2");
  EXPECT_EQ(ask("k1", "{}", "bob").body, "3");
  // A failure may be tried again.
  EXPECT_EQ(ask("k3", R"({"fail":1})").status, 422);
  EXPECT_EQ(ask("k3", R"({"fail":1})").body, "5");
  // A day later it is a new request.
  api_.now += 24LL * 3600 * base::kNsPerSecond + 1;
  EXPECT_EQ(ask("k1", "{}").body, "6");
  EXPECT_EQ(ask("", "{}").status, 422);
  EXPECT_EQ(ask(std::string(129, 'k'), "{}").status, 422);
}

TEST_F(RestWork, ADuplicateUnderWayIsRefused) {
  bench_.slow_count = true;
  const auto headers = with(as("ada"), "Idempotency-Key", "k");
  const auto first = api_.send("POST", "/api/v1/counted", headers, "{}");
  bench_.wait_inside(1);
  EXPECT_EQ(slug_of(api_.ask("POST", "/api/v1/counted", headers, "{}")), "idempotency-under-way");
  bench_.open_gate();
  EXPECT_EQ(first->wait().body, "1");
  bench_.slow_count = false;
}

TEST_F(RestWork, AnswersWithSecretsAreNotKept) {
  const auto headers = with(as("ada"), "Idempotency-Key", "k");
  EXPECT_EQ(slug_of(api_.ask("POST", "/api/v1/secret", headers)), "no-idempotency");
  EXPECT_EQ(api_.ask("POST", "/api/v1/secret", as("ada")).body, "1");
}

TEST(RestIdempotency, CleansWhatIsOver) {
  MemoryRecords records;
  base::TimeNs now = 0;
  IdempotencyKeys keys(records, [&now] { return now; });
  Reply reply;
  for (int i = 0; i < 100; ++i) {
    const std::string id = std::to_string(i);
    EXPECT_FALSE(keys.begin(id, "f").has_value());
    keys.finish(id, "f", "o", reply);
    if (i == 49) now = 25LL * 3600 * base::kNsPerSecond;
  }
  ports::RecordQuery query;
  query.collection = idempotency_collection().name;
  EXPECT_EQ(*records.count(query), 50U);
  Reply huge;
  huge.body = Json(boost::json::string(2u << 20, 'x'));
  EXPECT_FALSE(keys.begin("huge", "f").has_value());
  keys.finish("huge", "f", "o", huge);
  EXPECT_EQ(keys.begin("huge", "f")->status, 409);
}

TEST_F(RestWork, StreamsUntilTheClientLeaves) {
  bench_.open_gate();
  const auto exchange = api_.send("GET", "/api/v1/live", with(as("ada"), "Last-Event-ID", "41"));
  constexpr std::string_view kHello = "id: 1\nevent: hello\ndata: 41\n\n:\n\n";
  EXPECT_EQ(exchange->written(kHello.size()).substr(0, kHello.size()), kHello);
  // Told from the start.
  ASSERT_EQ(api_.audit.entries().size(), 1U);
  EXPECT_EQ(api_.audit.entries()[0].action, "live");
  exchange->leave();
  const auto head = exchange->wait();
  EXPECT_EQ(header_of(head, "Content-Type"), "text/event-stream");
  EXPECT_EQ(header_of(head, "X-Content-Type-Options"), "nosniff");
}

// Signing out, a lost role and a narrower scope end what is under way, too.
TEST(RestStream, EndsWithWhatAllowedIt) {
  Bench bench;
  RestOptions options = TestApi::default_options();
  options.stream_threads = 8;
  TestApi api(std::string(kWorkPaths), work_handlers(bench), options);
  Principal seer;
  seer.kind = Principal::Kind::user;
  seer.user_id = "id-seer";
  seer.scope.rows.push_back({});
  for (const std::string_view who : {"out", "narrowed", "kept"})
    api.access->add("vdk_" + std::string(who), seer);
  const auto out = api.send("GET", "/api/v1/live", as("out"));
  const auto narrowed = api.send("GET", "/api/v1/live", as("narrowed"));
  bench.wait_inside(2);
  bench.open_gate();
  api.access->remove("vdk_out");
  api.now += 6 * base::kNsPerSecond;
  EXPECT_EQ(out->wait().status, 200);
  const auto kept = api.send("GET", "/api/v1/live", as("kept"));
  kept->written(1);
  seer.scope.rows[0].filter_text = "user.name: ada";
  api.access->add("vdk_narrowed", seer);
  api.now += 6 * base::kNsPerSecond;
  EXPECT_EQ(narrowed->wait().status, 200);
  const std::size_t before = kept->written(1).size();
  EXPECT_GT(kept->written(before + 9).size(), before);
}

TEST_F(RestWork, StreamsHaveThreadsOfTheirOwn) {
  const auto first = api_.send("GET", "/api/v1/live", as("ada"));
  const auto second = api_.send("GET", "/api/v1/live", as("ada"));
  bench_.wait_inside(2);
  const auto third = api_.ask("GET", "/api/v1/live", as("ada"));
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(header_of(third, "Retry-After"), "1");
  EXPECT_EQ(api_.ask("GET", "/api/v1/jobs", as("ada")).status, 200);
  const auto begun = std::chrono::steady_clock::now();
  api_.api->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  EXPECT_EQ(first->wait().status, 200);
  EXPECT_EQ(second->wait().status, 200);
}

TEST(RestStream, NobodyTakesAllThreads) {
  Bench bench;
  RestOptions options = TestApi::default_options();
  options.stream_threads = 8;
  TestApi api(std::string(kWorkPaths), work_handlers(bench), options);
  for (int i = 0; i < 4; ++i) api.send("GET", "/api/v1/live", as("ada"));
  bench.wait_inside(4);
  EXPECT_EQ(slug_of(api.ask("GET", "/api/v1/live", as("ada"))), "too-many-streams");
  const auto other = api.send("GET", "/api/v1/live", as("bob"));
  bench.wait_inside(5);
  EXPECT_THAT(other->written(1), HasSubstr("hello"));
}

TEST_F(RestWork, StreamsNothingThatCannotBeAudited) {
  api_.audit.fail(true);
  bench_.open_gate();
  const auto answer = api_.ask("GET", "/api/v1/live", as("ada"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, Not(HasSubstr("hello")));
}

class TextStream final : public Stream {
 public:
  bool write(std::string_view bytes) override {
    text += bytes;
    return true;
  }
  std::string text;
};

TEST(RestStream, FramesEvents) {
  const auto framed = [](std::string_view name, std::string_view data, std::string_view id = {}) {
    TextStream stream;
    stream.event(name, data, id);
    return stream.text;
  };
  EXPECT_EQ(framed("a", "x"), "event: a\ndata: x\n\n");
  EXPECT_EQ(framed("", ""), "data: \n\n");
  EXPECT_EQ(framed("a", "x\ny\r\nz\rw\n", "7"),
            "id: 7\nevent: a\ndata: x\ndata: y\ndata: z\ndata: w\ndata: \n\n");
  EXPECT_EQ(framed("a\nevent: b\r\n", "x"), "event: aevent: b\ndata: x\n\n");
  EXPECT_EQ(framed("a", "x", std::string_view("1\n\ndata: y\0z", 12)),
            "id: 1data: yz\nevent: a\ndata: x\n\n");
}

// A client that reads nothing, connected to the port.
class SilentClient {
 public:
  SilentClient(std::uint16_t port, std::string_view request) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sent_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
            ::send(socket_, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size());
  }
  ~SilentClient() { ::close(socket_); }
  bool sent() const { return sent_; }

 private:
  const int socket_;
  bool sent_ = false;
};

TEST(RestStream, ASlowClientDoesNotHoldUpTheEnd) {
  Bench bench;
  std::atomic<int> writes{0};
  const AddHandlers handlers = [&](HandlerTable& table, const RestParts& parts) {
    work_handlers(bench)(table, parts);
    table["live"] = [&writes](Call& call) {
      Stream& stream = call.stream("text/plain", {});
      const std::string block(256 << 10, 'x');
      while (stream.write(block)) ++writes;
      Reply reply;
      reply.streamed = true;
      return reply;
    };
  };
  TestApi api(std::string(kWorkPaths), handlers);
  net::Io io(1);
  net::HttpServerOptions options;
  options.listen = {"127.0.0.1", 0};
  auto server = net::HttpServer::start(io, options, api.api->handler());
  ASSERT_TRUE(server.ok());
  const SilentClient client((*server)->local().port,
                            "GET /api/v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer vdk_ada\r\n\r\n");
  ASSERT_TRUE(client.sent());
  // Until it blocks: no further write is done.
  for (int seen = -1, i = 0; (writes == 0 || writes != seen) && i < 200; ++i) {
    seen = writes;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_GT(writes, 4);
  const auto begun = std::chrono::steady_clock::now();
  api.api->stop();
  // Far less than the write timeout of the server.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
}

}  // namespace
}  // namespace vedette::api::test
