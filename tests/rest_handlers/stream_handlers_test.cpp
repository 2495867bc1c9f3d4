// Live streams: what they let through, how often, and how they end.
#include "handler_fixture.hpp"

namespace vedette::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Gives batches, null ones among them, one after another; the clock goes on by `step` after each.
class ScriptedLive : public LiveService {
 public:
  base::Status follow(Topic topic, const OnBatch& on_batch, std::uint64_t& dropped,
                      const base::CancellationToken& cancellation) override {
    asked = topic;
    dropped = missed;
    for (const auto& batch : batches) {
      ++given;
      if (cancellation.cancelled() || !on_batch(batch)) return base::ok_status();
      *clock += step;
    }
    return ending;
  }
  std::vector<std::shared_ptr<const model::EventBatch>> batches;
  base::TimeNs* clock = nullptr;
  base::TimeNs step = base::kNsPerSecond;
  std::uint64_t missed = 0;
  base::Status ending = base::ok_status();
  int given = 0;
  Topic asked = Topic::events;
};

class ScriptedNode : public NodeService {
 public:
  std::vector<Fact> facts() const override { return {{"listeners", "2"}}; }
  std::vector<Check> checks() const override { return {{"intake", ""}, {"store", "the disk is full"}}; }
  std::string storage_json() const override { return "[]"; }
  std::string configuration_yaml() const override { return {}; }
  base::Result<std::uint64_t> replay_dead_letters(const ports::LogStore&, const model::Predicate&,
                                                  const base::CancellationToken&) override {
    return std::uint64_t{0};
  }
};

class StreamHandlers : public HandlerFixture {
 protected:
  void SetUp() override {
    HandlerFixture::SetUp();
    live_.clock = &now_;
    parts_.live = &live_;
    parts_.node = &node_;
    make_handlers();
  }
  std::string followed(const std::string& operation, const Principal& who, const std::string& query = {}) {
    CallDouble asked = call(operation, who);
    if (!query.empty()) asked.with_query("query", query);
    const Reply reply = answer(asked);
    EXPECT_TRUE(reply.streamed) << text_of(reply);
    EXPECT_EQ(asked.stream_type, "text/event-stream");
    return asked.recorded.text;
  }
  static std::size_t times(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
    return count;
  }
  static std::shared_ptr<const model::EventBatch> alert(const std::string& id, std::uint64_t event,
                                                        const std::string& tenant = {}) {
    model::AlertRecord record;
    record.id = id;
    record.rule_id = "r";
    record.time = kNow;
    record.event_ids = {expr::id_text(event)};
    record.entities = {{model::EntityKind::user, "u1"}};
    record.document = R"({"user.name":"u1")" +
                      (tenant.empty() ? std::string("}") : R"(,"vedette.tenant":")" + tenant + "\"}");
    return model::alert_batch({&record, 1});
  }

  ScriptedLive live_;
  ScriptedNode node_;
};

TEST_F(StreamHandlers, EventsPassTheQuery) {
  live_.batches = {events(1, 4), nullptr};
  const std::string text = followed("streamEvents", everyone(), "n >= 3 | keep n");
  EXPECT_THAT(text, HasSubstr("event: rows\ndata: {\"rows\":[{\"n\":3},{\"n\":4}],\"dropped\":0}\n\n"));
}

TEST_F(StreamHandlers, EventsPassTheScope) {
  live_.batches = {events(17, 20), nullptr};
  EXPECT_THAT(followed("streamEvents", web_only(), "| keep n"), HasSubstr("{\"rows\":[{\"n\":18}],"));
  EXPECT_THAT(followed("streamEvents", everyone("a", "acme"), "| keep n"),
              HasSubstr("{\"rows\":[{\"n\":19},{\"n\":20}],"));
  EXPECT_THAT(followed("streamEvents", without_users()), Not(HasSubstr("user.name")));
  // A filter over what is masked finds nothing.
  EXPECT_THAT(followed("streamEvents", without_users(), "user.name: u3"), Not(HasSubstr("rows")));
}

TEST_F(StreamHandlers, RowsAreWrittenSoOftenAndSoManyAndTheOthersAreCounted) {
  live_.step = 100 * base::kNsPerMs;
  live_.missed = 7;
  for (std::uint64_t i = 0; i < 6; ++i) live_.batches.push_back(events(1000 + i * 400, 1399 + i * 400));
  const std::string text = followed("streamEvents", everyone(), "| keep n");
  // At 0 ms 400 rows; at 300 ms 500 of the 1,200 since; two batches stay unsent when it ends.
  EXPECT_EQ(times(text, "event: rows"), 2u);
  EXPECT_EQ(times(text, "{\"n\":"), 900u);
  EXPECT_THAT(text, HasSubstr("\"dropped\":7}"));
  EXPECT_THAT(text, HasSubstr("\"dropped\":707}"));
}

TEST_F(StreamHandlers, QueriesThatCannotBeFollowedAreRefused) {
  for (const char* query : {"| stats count()", "n:("}) {
    CallDouble asked = call("streamEvents", everyone());
    asked.with_query("query", query);
    const Reply reply = answer(asked);
    EXPECT_EQ(reply.status, 422) << query;
    EXPECT_THAT(text_of(reply), HasSubstr("query:query"));
    EXPECT_EQ(asked.recorded.writes, 0);
  }
}

TEST_F(StreamHandlers, SilentStreamsAreKeptAlive) {
  live_.batches.assign(20, nullptr);
  EXPECT_EQ(times(followed("streamEvents", everyone()), ":\n\n"), 2u);  // at the start, after 15 s
  EXPECT_EQ(times(followed("streamAlerts", everyone()), ":\n\n"), 2u);
}

TEST_F(StreamHandlers, AStreamEndsWithItsClient) {
  live_.batches.assign(50, events(1, 4));
  CallDouble asked = call("streamEvents", everyone());
  asked.recorded.most_writes = 3;  // the comment, then two times rows
  EXPECT_TRUE(answer(asked).streamed);
  EXPECT_EQ(live_.given, 2);
}

TEST_F(StreamHandlers, AFaultIsTold) {
  live_.ending = base::make_error(base::ErrorCode::io, "the log cannot be read");
  EXPECT_THAT(followed("streamEvents", everyone()), HasSubstr("event: error\n"));
}

TEST_F(StreamHandlers, AlertsAreThoseSeen) {
  live_.batches = {alert("one", 1), alert("two", 2), alert("acme", 20, "acme"), nullptr};
  const std::string all = followed("streamAlerts", everyone());
  EXPECT_EQ(live_.asked, LiveService::Topic::alerts);
  EXPECT_EQ(times(all, "event: alert"), 2u);
  EXPECT_EQ(times(followed("streamAlerts", everyone("a", "acme")), "\"acme\""), 1u);
  const std::string web = followed("streamAlerts", web_only());
  EXPECT_THAT(web, HasSubstr("\"two\""));
  EXPECT_THAT(web, Not(HasSubstr("\"one\"")));
  EXPECT_THAT(followed("streamAlerts", without_users()), Not(HasSubstr("u1")));
}

TEST_F(StreamHandlers, AnAlertWaitsForItsEvent) {
  live_.batches = {alert("early", 22), nullptr};
  CallDouble asked = call("streamAlerts", web_only());
  EXPECT_EQ(times(followed("streamAlerts", web_only()), "event: alert"), 0u);
  struct Late : ScriptedLive {
    store::Store* store = nullptr;
    base::Status follow(Topic topic, const OnBatch& on_batch, std::uint64_t& dropped,
                        const base::CancellationToken& cancellation) override {
      const auto status = ScriptedLive::follow(topic, on_batch, dropped, cancellation);
      EXPECT_TRUE(store->append(events(21, 22)).ok());
      on_batch(nullptr);
      return status;
    }
  } late;
  late.clock = &now_;
  late.batches = live_.batches;
  late.store = store_.get();
  parts_.live = &late;
  make_handlers();
  EXPECT_EQ(times(followed("streamAlerts", web_only()), "event: alert"), 1u);
}

TEST_F(StreamHandlers, HealthTellsWhatIsNotWell) {
  CallDouble asked = call("streamHealth", everyone());
  asked.recorded.most_writes = 1;
  EXPECT_TRUE(answer(asked).streamed);
  EXPECT_THAT(asked.recorded.text, HasSubstr("\"ready\":false"));
  EXPECT_THAT(asked.recorded.text, HasSubstr("the disk is full"));
}

TEST_F(StreamHandlers, WithoutAServiceThereIsNone) {
  parts_.live = nullptr;
  parts_.node = nullptr;
  make_handlers();
  for (const char* operation : {"streamEvents", "streamAlerts", "streamHealth"}) {
    CallDouble asked = call(operation, everyone());
    EXPECT_EQ(answer(asked).status, 404) << operation;
  }
}

}  // namespace
}  // namespace vedette::api::test
