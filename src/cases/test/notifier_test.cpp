#include "vedette/cases/notifier.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "cases_story.hpp"
#include "digests.hpp"
#include "notify/render.hpp"
#include "vedette/adapters/secret_store.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

using test::kHostileText;
using test::kStoryMinute;
using test::kStoryStart;

// Answers with the statuses it was given, then with 200.
class ReceiverDouble final : public ports::HttpClient {
 public:
  base::Result<ports::InboundResponse> send(const ports::OutboundRequest& request,
                                            const base::CancellationToken&) override {
    requests.push_back(request);
    if (unreachable) return base::make_error(base::ErrorCode::io, "no connection");
    ports::InboundResponse response;
    response.status = 200;
    if (!statuses.empty()) {
      response.status = statuses.front();
      statuses.erase(statuses.begin());
    }
    response.headers = headers;
    return response;
  }
  std::vector<ports::OutboundRequest> requests;
  std::vector<int> statuses;
  std::vector<std::pair<std::string, std::string>> headers;
  bool unreachable = false;
};
class MailDouble final : public ports::MailSender {
 public:
  base::Status send(const ports::MailServer& server, const ports::MailMessage& message,
                    const base::CancellationToken&) override {
    servers.push_back(server);
    messages.push_back(message);
    return base::ok_status();
  }
  std::vector<ports::MailServer> servers;
  std::vector<ports::MailMessage> messages;
};

class NotifierTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("notifier_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    secrets_ = adapters::open_secret_store({(folder_ / "keys").string(), {}}).value();
    open();
  }
  void TearDown() override {
    notifier_.reset();
    records_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    notifier_.reset();
    records_.reset();
    adapters::SqliteOptions options;
    options.file = (folder_ / "records.db").string();
    options.collections = notify_collections();
    records_ = adapters::open_sqlite(options).value();
    NotifierParts parts;
    parts.records = records_.get();
    parts.secrets = secrets_.get();
    parts.http = &http_;
    parts.mail = &mail_;
    parts.now = [this] { return now_; };
    parts.public_url = "https://soc.example";
    notifier_ = std::make_unique<Notifier>(std::move(parts));
  }
  void put(const ports::RecordWrite& write) { ASSERT_TRUE(records_->apply(std::span(&write, 1)).ok()); }
  Channel put_channel(std::string id, Channel::Kind kind = Channel::Kind::webhook,
                      std::uint32_t per_hour = 600) {
    Channel channel;
    channel.id = std::move(id);
    channel.kind = kind;
    channel.name = channel.id;
    channel.max_per_hour = per_hour;
    channel.host = "mail.example";
    channel.from = "vedette@soc.example";
    channel.to = {"ada@soc.example"};
    channel.user = "vedette";
    const ChannelSecrets secrets{"https://hooks.example/" + channel.id + "?token=hush", "pass word",
                                 "key of " + channel.id};
    EXPECT_TRUE(check_channel(channel, secrets).ok());
    channel.sealed = notifier_->seal(channel, secrets).value();
    EXPECT_EQ(channel.sealed.find("hush"), std::string::npos);
    put(to_write(channel, ports::RecordWrite::kAnyVersion));
    return channel;
  }
  NotifyRule put_rule(std::string id, std::vector<std::string> channels,
                      const std::function<void(NotifyRule&)>& change = nullptr) {
    NotifyRule rule;
    rule.id = rule.name = std::move(id);
    rule.on = {NotifyOn::opened, NotifyOn::status_changed, NotifyOn::sla_near, NotifyOn::mentioned};
    rule.channels = std::move(channels);
    if (change) change(rule);
    EXPECT_TRUE(check_rule(rule).ok());
    put(to_write(rule, ports::RecordWrite::kAnyVersion));
    return rule;
  }
  CaseEvent opened(const std::string& id = "inc-00a1b2c3d4e5f607") {
    CaseEvent event;
    event.incident = test::story().incident;
    event.incident.incident.id = id;
    return event;
  }
  void happen(const CaseEvent& event) {
    std::vector<ports::RecordWrite> writes;
    notifier_->on(event, writes);
    if (!writes.empty()) {
      ASSERT_TRUE(records_->apply(writes).ok());
    }
  }
  std::size_t send() {
    const base::CancellationToken never;
    const auto sent = notifier_->send_due(never);
    EXPECT_TRUE(sent.ok()) << (sent.ok() ? "" : sent.error().message);
    return sent.ok() ? *sent : 0;
  }
  std::vector<Delivery> deliveries() {
    ports::RecordQuery query;
    query.collection = "notifications";
    query.order_by = "created";
    query.limit = 10'000;
    std::vector<Delivery> out;
    const ports::RecordPage page = records_->find(query).value();
    for (const auto& record : page.records) out.push_back(parse_delivery(record).value());
    return out;
  }
  std::size_t in_state(Delivery::State state) {
    std::size_t count = 0;
    for (const Delivery& delivery : deliveries()) count += delivery.state == state;
    return count;
  }
  static std::string header(const ports::OutboundRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.headers) {
      if (key == name) return value;
    }
    return {};
  }

  std::filesystem::path folder_;
  base::TimeNs now_ = kStoryStart;
  ReceiverDouble http_;
  MailDouble mail_;
  std::unique_ptr<ports::SecretStore> secrets_;
  std::unique_ptr<ports::RecordStore> records_;
  std::unique_ptr<Notifier> notifier_;
};

TEST_F(NotifierTest, TellsOnceEachChannelWhateverRulesWantIt) {
  put_channel("hook");
  put_channel("mail", Channel::Kind::email);
  put_rule("one", {"hook", "mail"});
  put_rule("two", {"hook"}, [](NotifyRule& rule) { rule.digest_minutes = 5; });
  happen(opened());
  happen(opened());  // the same again
  EXPECT_EQ(send(), 2u);
  EXPECT_EQ(send(), 0u);
  ASSERT_EQ(http_.requests.size(), 1u);
  ASSERT_EQ(mail_.messages.size(), 1u);
  const ports::OutboundRequest& request = http_.requests[0];
  EXPECT_EQ(request.url, "https://hooks.example/hook?token=hush");
  EXPECT_FALSE(request.allow_private);
  EXPECT_EQ(header(request, "Idempotency-Key").size(), 32u);
  const std::string seconds = std::to_string(now_ / base::kNsPerSecond);
  EXPECT_EQ(header(request, "X-Vedette-Signature"),
            "t=" + seconds + ",v1=" + hmac_sha256_hex("key of hook", seconds + "." + request.body));
  EXPECT_NE(request.body.find(R"("url":"https://soc.example/incidents/inc-00a1b2c3d4e5f607")"),
            std::string::npos);
  EXPECT_EQ(mail_.servers[0].password, "pass word");
  EXPECT_NE(mail_.messages[0].subject.find("Incident opened (critical)"), std::string::npos);
  EXPECT_EQ(in_state(Delivery::State::sent), 2u);
}

TEST_F(NotifierTest, RulesFilter) {
  NotifyRule rule;
  rule.on = {NotifyOn::opened, NotifyOn::mentioned};
  Notice notice = notice_of(opened(), kStoryStart);
  EXPECT_TRUE(applies(rule, notice));
  const auto with = [&](auto change) {
    NotifyRule changed = rule;
    change(changed);
    return applies(changed, notice);
  };
  EXPECT_FALSE(with([](NotifyRule& r) { r.enabled = false; }));
  EXPECT_FALSE(with([](NotifyRule& r) { r.tenant = "other"; }));
  EXPECT_FALSE(with([](NotifyRule& r) { r.on = {NotifyOn::assigned}; }));
  EXPECT_TRUE(with([](NotifyRule& r) { r.tags = {"x", "urgent"}; }));
  EXPECT_FALSE(with([](NotifyRule& r) { r.tags = {"x"}; }));
  EXPECT_TRUE(with([](NotifyRule& r) { r.owners = {"ada"}; }));
  EXPECT_FALSE(with([](NotifyRule& r) { r.owners = {"ben"}; }));
  EXPECT_TRUE(with([](NotifyRule& r) { r.entities = {"WEB?"}; }));
  EXPECT_TRUE(with([](NotifyRule& r) { r.entities = {"*.example.net"}; }));
  EXPECT_FALSE(with([](NotifyRule& r) { r.entities = {"web"}; }));
  EXPECT_TRUE(with([](NotifyRule& r) { r.users = {"ben"}; }));  // of mentions only
  notice.on = NotifyOn::mentioned;
  notice.users = {"ada"};
  EXPECT_FALSE(with([](NotifyRule& r) { r.users = {"ben"}; }));
  notice.severity = model::Level::low;
  EXPECT_FALSE(with([](NotifyRule& r) { r.least_severity = model::Level::medium; }));
}

TEST_F(NotifierTest, RetriesLaterAndLaterAndGivesUpAfterADay) {
  put_channel("hook");
  put_rule("one", {"hook"});
  happen(opened());
  http_.unreachable = true;
  EXPECT_EQ(send(), 0u);
  EXPECT_EQ(send(), 0u);
  EXPECT_EQ(http_.requests.size(), 1u);  // not before its time
  std::vector<base::TimeNs> waits;
  while (in_state(Delivery::State::failed) == 0) {
    const Delivery waiting = deliveries()[0];
    ASSERT_GT(waiting.due, now_);
    waits.push_back(waiting.due - now_);
    now_ = waiting.due;
    send();
    ASSERT_LT(waits.size(), 100u);
  }
  EXPECT_NEAR(static_cast<double>(waits[0]), 30e9, 6e9);
  EXPECT_NEAR(static_cast<double>(waits[3]), 240e9, 48e9);
  EXPECT_LE(waits.back(), 72 * kStoryMinute);
  EXPECT_GT(now_, kStoryStart + 20 * 60 * kStoryMinute);
  EXPECT_LE(now_, kStoryStart + 25 * 60 * kStoryMinute);
  EXPECT_EQ(deliveries()[0].error, "no connection");
  for (const auto& request : http_.requests) {
    EXPECT_EQ(header(request, "Idempotency-Key"), header(http_.requests[0], "Idempotency-Key"));
  }
  http_.unreachable = false;
  put(to_write(retried(deliveries()[0], now_), deliveries()[0].version));
  EXPECT_EQ(send(), 1u);
}

TEST_F(NotifierTest, HearsWhenTheReceiverWantsLess) {
  put_channel("hook");
  put_rule("one", {"hook"});
  happen(opened());
  http_.statuses = {429};
  http_.headers = {{"retry-after", "600"}};
  send();
  EXPECT_EQ(deliveries()[0].due, now_ + 10 * kStoryMinute);
  EXPECT_NE(deliveries()[0].error.find("429"), std::string::npos);
}

TEST_F(NotifierTest, GoesOnUnderTheSameIdAfterAKill) {
  put_channel("hook");
  put_rule("one", {"hook"}, [](NotifyRule& rule) { rule.digest_minutes = 1; });
  for (int i = 0; i < 3; ++i) happen(opened("inc-" + std::to_string(i)));
  now_ += 2 * kStoryMinute;
  http_.statuses = {500};
  send();
  open();  // nothing is kept in memory
  happen(opened("inc-later"));
  now_ += 37 * base::kNsPerSecond;  // the first is tried again, the new one's minute is not over
  EXPECT_EQ(send(), 1u);
  ASSERT_EQ(http_.requests.size(), 2u);
  EXPECT_EQ(header(http_.requests[0], "Idempotency-Key"), header(http_.requests[1], "Idempotency-Key"));
  EXPECT_EQ(http_.requests[1].body.find("inc-later"), std::string::npos);
  EXPECT_EQ(in_state(Delivery::State::sent), 3u);
  EXPECT_EQ(in_state(Delivery::State::waiting), 1u);
}

TEST_F(NotifierTest, MoreThanMayBeSentComesTogether) {
  put_channel("hook", Channel::Kind::webhook, 30);  // five at once
  put_rule("one", {"hook"});
  for (int i = 0; i < 200; ++i) happen(opened("inc-" + std::to_string(i)));
  EXPECT_EQ(send(), 5u);
  EXPECT_EQ(in_state(Delivery::State::sent), 200u);
  EXPECT_NE(http_.requests[4].body.find("\"more\":146"), std::string::npos);
  happen(opened("inc-a"));
  happen(opened("inc-b"));
  EXPECT_EQ(send(), 0u);  // nothing is left to send with
  now_ += 2 * kStoryMinute;
  EXPECT_EQ(send(), 1u);
  EXPECT_EQ(in_state(Delivery::State::sent), 202u);
}

TEST_F(NotifierTest, QuietHoursWaitButNotForWhatIsCritical) {
  put_channel("hook");
  // 04:53 UTC is 05:53 there, a Wednesday.
  put_rule("quiet", {"hook"}, [](NotifyRule& rule) {
    rule.quiet = {22 * 60, 7 * 60, 0x7f, 60, model::Level::critical};
  });
  CaseEvent event = opened("inc-low");
  event.incident.incident.level = model::Level::high;
  happen(event);
  happen(opened("inc-critical"));
  EXPECT_EQ(send(), 1u);
  EXPECT_NE(http_.requests[0].body.find("inc-critical"), std::string::npos);
  now_ = base::parse_iso8601("2026-03-04T06:00:00Z").value();
  EXPECT_EQ(send(), 1u);
}

TEST(QuietHours, GoOverMidnightAndWeekends) {
  const auto at = [](const char* text) { return base::parse_iso8601(text).value(); };
  QuietHours quiet{22 * 60, 7 * 60, 0x7f, 0, std::nullopt};
  EXPECT_EQ(quiet_until(quiet, at("2026-03-04T23:30:00Z")), at("2026-03-05T07:00:00Z"));
  EXPECT_EQ(quiet_until(quiet, at("2026-03-05T06:59:59Z")), at("2026-03-05T07:00:00Z"));
  EXPECT_EQ(quiet_until(quiet, at("2026-03-05T07:00:00Z")), std::nullopt);
  quiet.days = 0x10;  // those that begin on a Friday
  EXPECT_EQ(quiet_until(quiet, at("2026-03-06T23:00:00Z")), at("2026-03-07T07:00:00Z"));
  EXPECT_EQ(quiet_until(quiet, at("2026-03-07T03:00:00Z")), at("2026-03-07T07:00:00Z"));
  EXPECT_EQ(quiet_until(quiet, at("2026-03-05T23:00:00Z")), std::nullopt);
  quiet = {0, 0, 0x7f, 0, std::nullopt};
  EXPECT_EQ(quiet_until(quiet, 0), std::nullopt);
}

TEST_F(NotifierTest, OneFailingChannelDoesNotStopOthers) {
  put_channel("broken");
  put_channel("mail", Channel::Kind::email);
  put_rule("one", {"broken", "mail", "gone"});
  http_.unreachable = true;
  for (int i = 0; i < 3; ++i) happen(opened("inc-" + std::to_string(i)));
  EXPECT_EQ(send(), 3u);
  EXPECT_EQ(mail_.messages.size(), 3u);
  EXPECT_EQ(http_.requests.size(), 1u);
}

TEST_F(NotifierTest, ChannelsThatGoAwayFail) {
  put_channel("hook");
  put_rule("one", {"hook"});
  happen(opened());
  ports::RecordWrite removal;
  removal.kind = ports::RecordWrite::Kind::remove;
  removal.collection = "notify_channels";
  removal.id = "hook";
  put(removal);
  EXPECT_EQ(send(), 0u);
  EXPECT_EQ(in_state(Delivery::State::failed), 1u);
}

TEST_F(NotifierTest, TestMessagesSayWhatWasAnswered) {
  const Channel channel = put_channel("hook");
  const base::CancellationToken never;
  EXPECT_TRUE(notifier_->test(channel, "ada", never).ok());
  EXPECT_NE(http_.requests[0].body.find("\"test\":true"), std::string::npos);
  http_.statuses = {403};
  const base::Status refused = notifier_->test(channel, "ada", never);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("403"), std::string::npos);
}

TEST_F(NotifierTest, SecretsOfOneChannelDoNotOpenAsAnothers) {
  Channel channel = put_channel("hook");
  EXPECT_EQ(notifier_->open(channel)->url, "https://hooks.example/hook?token=hush");
  EXPECT_EQ(notifier_->open(channel)->key, "key of hook");
  channel.id = "other";
  EXPECT_FALSE(notifier_->open(channel).ok());
}

TEST_F(NotifierTest, OldOnesAreRemoved) {
  put_channel("hook");
  put_rule("one", {"hook"});
  happen(opened());
  send();
  now_ += 29 * 1440 * kStoryMinute;
  ASSERT_TRUE(notifier_->prune().ok());
  EXPECT_EQ(deliveries().size(), 1u);
  now_ += 2 * 1440 * kStoryMinute;
  ASSERT_TRUE(notifier_->prune().ok());
  EXPECT_TRUE(deliveries().empty());
}

TEST(Notices, NearClocksAreToldWithinTheirLastFifth) {
  Case incident = test::story().incident;
  incident.clocks = {{Clock::Kind::contain, kStoryStart, 0, 100 * kStoryMinute, 0, 10 * kStoryMinute, false}};
  EXPECT_TRUE(near_notices(incident, kStoryStart + 89 * kStoryMinute).empty());
  const auto near = near_notices(incident, kStoryStart + 91 * kStoryMinute);
  ASSERT_EQ(near.size(), 1u);
  EXPECT_EQ(near[0].key, near_notices(incident, kStoryStart + 95 * kStoryMinute)[0].key);
  EXPECT_NE(near[0].detail.find("19 min are left"), std::string::npos) << near[0].detail;
  EXPECT_TRUE(near_notices(incident, kStoryStart + 111 * kStoryMinute).empty());
  incident.clocks[0].paused_since = kStoryStart + 50 * kStoryMinute;
  EXPECT_TRUE(near_notices(incident, kStoryStart + 91 * kStoryMinute).empty());
}

notify::Outgoing hostile_message(std::size_t count) {
  notify::Outgoing message;
  message.id = "0123";
  message.public_url = "https://soc.example";
  CaseEvent event;
  event.incident = test::story().incident;
  event.incident.title = event.text =
      std::string(kHostileText) + "\r\nBcc: x@y.example <!channel> " + std::string(5000, 'x');
  event.incident.incident.entities[0].entity.value = kHostileText;
  event.by = event.incident.owner = kHostileText;
  for (std::size_t i = 0; i < count; ++i) message.notices.push_back(notice_of(event, kStoryStart));
  return message;
}

TEST(Notices, EachChannelEscapesByItsOwnRules) {
  for (const std::size_t count : {1u, 50u}) {
    const notify::Outgoing message = hostile_message(count);
    simdjson::dom::parser parser;
    for (const std::string& json : {slack_json(message), teams_json(message), webhook_json(message)}) {
      EXPECT_EQ(parser.parse(json).error(), simdjson::SUCCESS);
    }
    const std::string slack = slack_json(message);
    EXPECT_EQ(slack.find('<'), std::string::npos);
    EXPECT_EQ(slack.find("mrkdwn"), std::string::npos);
    EXPECT_LT(slack.size(), 50u * 3000);
    EXPECT_EQ(teams_json(message).find("\"TextBlock\""), std::string::npos);
    const std::string subject = subject_of(message);
    EXPECT_EQ(subject.find_first_of("\r\n"), std::string::npos);
    EXPECT_LE(subject.size(), 250u);
    EXPECT_EQ(mail_html(message).find("<script"), std::string::npos);
    EXPECT_EQ(mail_html(message).find("javascript:x\">"), std::string::npos);
  }
  // The blocks that Slack takes.
  simdjson::dom::parser parser;
  auto blocks = parser.parse(slack_json(hostile_message(50)))["blocks"].get_array().value();
  EXPECT_LE(blocks.size(), 50u);
}

TEST(Notices, RedIncidentsTellNothingButTheirId) {
  notify::Outgoing message = hostile_message(1);
  message.notices[0].tlp = Tlp::red;
  message.notices[0].by = message.notices[0].owner = "ada";
  for (const std::string& text : {slack_json(message), teams_json(message), webhook_json(message),
                                  mail_text(message), mail_html(message), subject_of(message)}) {
    for (const char* secret : {"alert(", "web1", "urgent"})
      EXPECT_EQ(text.find(secret), std::string::npos) << text;
  }
  EXPECT_NE(webhook_json(message).find("inc-00a1b2c3d4e5f607"), std::string::npos);
}

TEST(Channels, AreChecked) {
  Channel channel;
  channel.name = "hook";
  EXPECT_TRUE(check_channel(channel, {"https://a.example/x", "", ""}).ok());
  EXPECT_FALSE(check_channel(channel, {"http://a.example/x", "", ""}).ok());
  EXPECT_FALSE(check_channel(channel, {"file:///etc/passwd", "", ""}).ok());
  EXPECT_FALSE(check_channel(channel, {"", "", ""}).ok());
  EXPECT_FALSE(check_channel(channel, {"https://a.example/x", "", "a\nb"}).ok());
  channel.allow_private = true;
  EXPECT_TRUE(check_channel(channel, {"http://10.0.0.1/x", "", ""}).ok());
  channel.kind = Channel::Kind::email;
  channel.host = "mail.example";
  channel.from = "a@b.example";
  channel.to = {"c@d.example"};
  EXPECT_TRUE(check_channel(channel, {}).ok());
  channel.to = {"c@d.example\r\nBcc: x@y.example"};
  EXPECT_FALSE(check_channel(channel, {}).ok());
  channel.to = {"c@d.example"};
  channel.user = "u";
  EXPECT_FALSE(check_channel(channel, {}).ok());
  channel.security = ports::MailServer::Security::none;
  EXPECT_FALSE(check_channel(channel, {"", "p", ""}).ok());
}

}  // namespace
}  // namespace vedette::cases
