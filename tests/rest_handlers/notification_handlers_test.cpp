// Channels, rules and the outbox of notifications.
#include "handler_fixture.hpp"
#include "vedette/adapters/secret_store.hpp"
#include "vedette/cases/notifier.hpp"

namespace vedette::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct HookDouble final : ports::HttpClient {
  base::Result<ports::InboundResponse> send(const ports::OutboundRequest& request,
                                            const base::CancellationToken&) override {
    urls.push_back(request.url);
    ports::InboundResponse response;
    response.status = status;
    response.body = "not here";
    return response;
  }
  std::vector<std::string> urls;
  int status = 200;
};

class NotificationHandlers : public HandlerFixture {
 protected:
  void SetUp() override {
    HandlerFixture::SetUp();
    records_.reset();
    adapters::SqliteOptions sqlite;
    sqlite.file = folder_ + "/notify.db";
    sqlite.collections = cases::notify_collections();
    records_ = adapters::open_sqlite(sqlite).value();
    secrets_ = adapters::open_secret_store({folder_ + "/keys", {}}).value();
    cases::NotifierParts notifier;
    notifier.records = records_.get();
    notifier.secrets = secrets_.get();
    notifier.http = &http_;
    notifier.now = [this] { return now_; };
    notifier_ = std::make_unique<cases::Notifier>(std::move(notifier));
    parts_.records = records_.get();
    parts_.notifier = notifier_.get();
    handlers_.clear();
    add_notification_handlers(handlers_, parts_);
  }
  void TearDown() override {
    notifier_.reset();
    HandlerFixture::TearDown();
  }
  Reply ask(const std::string& operation, const Principal& who, const std::string& id = {},
            const std::string& body = {}, std::optional<std::uint64_t> version = {}) {
    CallDouble asked = call(operation, who);
    asked.with_path("id", id);
    if (!body.empty()) asked.with_body(body);
    if (version) asked.with_if_match(*version);
    Reply reply = answer(asked);
    notes_ = asked.notes;
    return reply;
  }
  std::string made(const std::string& body, const Principal& who = everyone()) {
    const Reply reply = ask("createNotifyChannel", who, {}, body);
    EXPECT_EQ(reply.status, 201) << text_of(reply);
    return reply.status == 201 ? std::string(json_of(reply).at("id").as_string()) : std::string();
  }
  static std::string hook(const std::string& more = {}) {
    return R"({"name":"hook","kind":"webhook","enabled":true,"url":"https://u:p@hooks.example/a?token=hush","key":"sign")" +
           more + "}";
  }
  static std::string mail(const std::string& host, const std::string& more) {
    return R"({"name":"mail","kind":"email","enabled":true,"host":")" + host +
           R"(","port":587,"security":"starttls","user":"v","from":"v@soc.example","to":["a@soc.example"])" +
           more + "}";
  }

  HookDouble http_;
  std::unique_ptr<ports::SecretStore> secrets_;
  std::unique_ptr<cases::Notifier> notifier_;
  std::map<std::string, std::string> notes_;
};

TEST_F(NotificationHandlers, SecretsAreNeverShownAgain) {
  const std::string id = made(hook());
  const std::string notes = notes_["to"];
  EXPECT_EQ(notes, "https://hooks.example/a");
  for (const std::string& text :
       {text_of(ask("getNotifyChannel", everyone(), id)), text_of(ask("listNotifyChannels", everyone())),
        records_->get("notify_channels", id).value()->document}) {
    for (const char* secret : {"hush", "u:p", "\"sign\""}) EXPECT_THAT(text, Not(HasSubstr(secret)));
    EXPECT_THAT(text, HasSubstr("https://hooks.example/a"));
  }
  EXPECT_EQ(json_of(ask("getNotifyChannel", everyone(), id)).at("signed").as_bool(), true);
  const std::string slack =
      made(R"({"name":"s","kind":"slack","enabled":true,"url":"https://hooks.slack.example/T0/B0/x"})");
  EXPECT_THAT(text_of(ask("getNotifyChannel", everyone(), slack)), Not(HasSubstr("T0")));
}

TEST_F(NotificationHandlers, SecretsStayWhenTheyAreLeftOut) {
  const std::string id = made(hook());
  const Reply changed =
      ask("updateNotifyChannel", everyone(), id, R"({"name":"renamed","kind":"webhook","enabled":true})", 1);
  ASSERT_EQ(changed.status, 200) << text_of(changed);
  EXPECT_EQ(json_of(changed).at("signed").as_bool(), true);
  EXPECT_EQ(ask("testNotifyChannel", everyone(), id).status, 200);
  EXPECT_EQ(http_.urls.back(), "https://u:p@hooks.example/a?token=hush");
  EXPECT_EQ(ask("updateNotifyChannel", everyone(), id, hook(), 1).status, 412);
  EXPECT_EQ(ask("updateNotifyChannel", everyone(), id, hook()).status, 428);
}

TEST_F(NotificationHandlers, KeptSecretsGoNowhereElse) {
  const std::string id = made(mail("mail.example", R"(,"password":"hush")"));
  EXPECT_EQ(ask("updateNotifyChannel", everyone(), id, mail("evil.example", ""), 1).status, 422);
  EXPECT_EQ(
      ask("updateNotifyChannel", everyone(), id, mail("evil.example", R"(,"password":"other")"), 1).status,
      200);
}

TEST_F(NotificationHandlers, PrivateAddressesTakeSettingsWrite) {
  EXPECT_EQ(ask("createNotifyChannel", everyone(), {}, hook(R"(,"allow_private":true)")).status, 403);
  Principal administrator = everyone("root");
  administrator.permissions.add(Permission::settings_write);
  const std::string id = made(hook(R"(,"allow_private":true)"), administrator);
  EXPECT_EQ(ask("updateNotifyChannel", everyone(), id, hook(), 1).status, 403);
}

TEST_F(NotificationHandlers, AreOfTheTenantAndOfWhoSeesAllOfIt) {
  const std::string id = made(hook());
  for (const char* operation : {"getNotifyChannel", "deleteNotifyChannel", "testNotifyChannel"}) {
    EXPECT_EQ(ask(operation, everyone("eve", "acme"), id).status, 404) << operation;
    EXPECT_EQ(ask(operation, web_only(), id).status, 403) << operation;
    EXPECT_EQ(ask(operation, without_users(), id).status, 403) << operation;
  }
  EXPECT_EQ(json_of(ask("listNotifyChannels", everyone("eve", "acme"))).at("items").as_array().size(), 0u);
}

TEST_F(NotificationHandlers, WhatIsWrongIsNamed) {
  const Reply refused =
      ask("createNotifyChannel", everyone(), {}, R"({"name":"h","kind":"webhook","url":"ftp://x"})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(text_of(refused), HasSubstr(R"("pointer":"/url")"));
  EXPECT_EQ(
      ask("createNotifyRule", everyone(), {}, R"({"name":"r","on":["opened"],"channels":["none"]})").status,
      422);
}

TEST_F(NotificationHandlers, TestsSayHowItWent) {
  const std::string id = made(hook());
  http_.status = 404;
  const auto body = json_of(ask("testNotifyChannel", everyone(), id));
  EXPECT_EQ(body.at("sent").as_bool(), false);
  EXPECT_THAT(std::string(body.at("error").as_string()), HasSubstr("404"));
}

TEST_F(NotificationHandlers, RulesAndDeliveries) {
  const std::string id = made(hook());
  const std::string text =
      R"({"name":"r","enabled":true,"on":["opened"],"channels":[")" + id +
      R"("],"least_severity":"high","quiet_hours":{"from":"22:00","to":"07:30","days":["sat","sun"],)"
      R"("utc_offset":60,"unless_severity":"critical"},"digest_minutes":0})";
  const Reply rule = ask("createNotifyRule", everyone(), {}, text);
  ASSERT_EQ(rule.status, 201) << text_of(rule);
  const auto quiet = json_of(rule).at("quiet_hours").as_object();
  EXPECT_EQ(quiet.at("to").as_string(), "07:30");
  EXPECT_EQ(quiet.at("days").as_array().size(), 2u);
  EXPECT_EQ(quiet.at("unless_severity").as_string(), "critical");

  cases::Notice notice;
  notice.key = "opened:inc-1";
  notice.incident = "inc-1";
  notice.severity = model::Level::high;
  notice.time = now_;
  ASSERT_TRUE(notifier_->notify(std::span(&notice, 1)).ok());
  http_.status = 500;
  const base::CancellationToken never;
  ASSERT_TRUE(notifier_->send_due(never).ok());
  const auto listed = json_of(ask("listDeliveries", everyone())).at("items").as_array();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].at("state").as_string(), "sending");
  EXPECT_THAT(std::string(listed[0].at("error").as_string()), HasSubstr("500"));
  const std::string delivery(listed[0].at("id").as_string());
  EXPECT_EQ(ask("retryDelivery", everyone(), delivery).status, 409);
  http_.status = 200;
  now_ += 60 * kMinute;
  EXPECT_EQ(*notifier_->send_due(never), 1u);
  EXPECT_EQ(ask("retryDelivery", everyone("eve", "acme"), delivery).status, 404);
  EXPECT_EQ(json_of(ask("retryDelivery", everyone(), delivery)).at("state").as_string(), "waiting");
}

}  // namespace
}  // namespace vedette::api::test
