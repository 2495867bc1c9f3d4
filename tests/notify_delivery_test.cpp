// Notifications over real HTTP: a receiver verifies what it gets, and is met again after a kill of the sender
// in the middle, by the thread of a new notifier.
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include <gtest/gtest.h>

#include "vedette/adapters/http_client.hpp"
#include "vedette/adapters/secret_store.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/cases/notifier.hpp"
#include "vedette/net/http_server.hpp"

namespace vedette {
namespace {

// Answers with `status` and keeps what came.
class HookServer {
 public:
  HookServer() {
    net::HttpServerOptions options;
    options.listen = net::Endpoint::parse("127.0.0.1:0").value();
    server_ = net::HttpServer::start(io_, std::move(options), [this](net::ExchangePtr exchange) {
                const std::lock_guard lock(mutex_);
                requests_.push_back(exchange->request());
                net::HttpResponse response;
                response.status = status_;
                exchange->respond(std::move(response));
                changed_.notify_all();
              }).value();
  }
  std::string url() const { return "http://" + server_->local().to_string() + "/hook"; }
  void answer_with(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  std::vector<net::HttpRequest> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return requests_.size() >= count; });
    return requests_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<net::HttpRequest> requests_;
  int status_ = 200;
  net::Io io_{1};
  std::unique_ptr<net::HttpServer> server_;
};

std::string header_of(const net::HttpRequest& request, std::string_view name) {
  const auto value = request.header(name);
  return std::string(value);
}

TEST(NotifyDelivery, GoesOutAgainUnderItsIdAfterAKill) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "notify_delivery";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  HookServer hook;
  auto secrets = adapters::open_secret_store({(folder / "keys").string(), {}}).value();
  const auto http = adapters::make_http_client();
  adapters::SqliteOptions sqlite;
  sqlite.file = (folder / "records.db").string();
  sqlite.collections = cases::notify_collections();
  for (auto& collection : cases::incident_collections()) sqlite.collections.push_back(collection);
  auto records = adapters::open_sqlite(sqlite).value();
  base::TimeNs now = 1'772'600'000'000'000'000;
  const auto make = [&] {
    cases::NotifierParts parts;
    parts.records = records.get();
    parts.secrets = secrets.get();
    parts.http = http.get();
    parts.now = [&now] { return now; };
    return std::make_unique<cases::Notifier>(std::move(parts));
  };
  auto notifier = make();
  cases::Channel channel;
  channel.id = channel.name = "hook";
  channel.allow_private = true;
  channel.sealed = notifier->seal(channel, {hook.url(), "", "key"}).value();
  cases::NotifyRule rule;
  rule.id = rule.name = "all";
  rule.on = {cases::NotifyOn::opened};
  rule.channels = {"hook"};
  ASSERT_TRUE(records->apply(std::vector{to_write(channel, 0), to_write(rule, 0)}).ok());
  cases::Notice notice;
  notice.key = "opened:inc-1";
  notice.incident = "inc-1";
  notice.time = now;
  ASSERT_TRUE(notifier->notify(std::span(&notice, 1)).ok());

  hook.answer_with(503);
  const base::CancellationToken never;
  ASSERT_TRUE(notifier->send_due(never).ok());
  ASSERT_EQ(hook.wait_for(1).size(), 1u);
  notifier.reset();

  hook.answer_with(204);
  now += 3600 * base::kNsPerSecond;
  notifier = make();
  notifier->start();
  const auto requests = hook.wait_for(2);
  notifier->stop();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(header_of(requests[0], "idempotency-key"), header_of(requests[1], "idempotency-key"));
  EXPECT_TRUE(header_of(requests[1], "x-vedette-signature").starts_with("t="));
  EXPECT_NE(requests[1].body.find("\"incident\":\"inc-1\""), std::string::npos);
  // The answer was heard although the thread was told to stop meanwhile.
  ports::RecordQuery sent;
  sent.collection = "notifications";
  sent.tests = {{"state", ports::ColumnTest::Op::equals, {std::string("sent")}}};
  EXPECT_EQ(*records->count(sent), 1u);
  records.reset();
  std::filesystem::remove_all(folder);
}

// What a channel may reach is up to the address policy of requests.
TEST(NotifyDelivery, PrivateAddressesAreRefusedUnlessAllowed) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "notify_private";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  HookServer hook;
  auto secrets = adapters::open_secret_store({(folder / "keys").string(), {}}).value();
  const auto http = adapters::make_http_client();
  adapters::SqliteOptions sqlite;
  sqlite.file = (folder / "records.db").string();
  sqlite.collections = cases::notify_collections();
  auto records = adapters::open_sqlite(sqlite).value();
  cases::NotifierParts parts;
  parts.records = records.get();
  parts.secrets = secrets.get();
  parts.http = http.get();
  parts.now = [] { return base::TimeNs{1}; };
  cases::Notifier notifier(std::move(parts));
  const base::CancellationToken never;
  cases::Channel channel;
  channel.id = "hook";
  channel.sealed = notifier.seal(channel, {hook.url(), "", ""}).value();
  const base::Status refused = notifier.test(channel, "ada", never);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("may not reach"), std::string::npos);
  channel.allow_private = true;
  EXPECT_TRUE(notifier.test(channel, "ada", never).ok());
  EXPECT_EQ(hook.wait_for(1).size(), 1u);
  records.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace vedette
