#include <deque>

#include <gtest/gtest.h>

#include "enrich_harness.hpp"
#include "vedette/normalize/feeds.hpp"

namespace vedette::normalize {
namespace {

constexpr base::TimeNs kPollTime = 1'790'000'000 * base::kNsPerSecond;
constexpr base::TimeNs kPollHour = 3'600 * base::kNsPerSecond;

// Answers in the order of the script and remembers what it was asked.
class ScriptedHttp final : public ports::HttpClient {
 public:
  void answer(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    ports::InboundResponse response;
    response.status = status;
    response.body = std::move(body);
    response.headers = std::move(headers);
    script_.push_back(std::move(response));
  }
  base::Result<ports::InboundResponse> send(const ports::OutboundRequest& request,
                                            const base::CancellationToken&) override {
    asked.push_back(request);
    if (script_.empty()) return base::make_error(base::ErrorCode::io, "no answer");
    auto response = std::move(script_.front());
    script_.pop_front();
    return response;
  }
  std::string header(std::size_t request, std::string_view name) const {
    for (const auto& [key, value] : asked.at(request).headers) {
      if (key == name) return value;
    }
    return "-";
  }
  std::vector<ports::OutboundRequest> asked;

 private:
  std::deque<ports::InboundResponse> script_;
};

FeedOptions http_feed() {
  FeedOptions options;
  options.name = "list";
  options.url = "https://user:secret@feeds.example/list.txt?key=secret";
  return options;
}

FeedOptions taxii_feed() {
  FeedOptions options;
  options.name = "taxii";
  options.kind = FeedOptions::Kind::taxii;
  options.url = "https://taxii.example/api1";
  options.collection = "91a7b528";
  options.username = "ann";
  options.password = "secret";
  return options;
}

std::string envelope(const std::string& domain, const std::string& more) {
  return R"({"more":)" + more + R"("objects":[{"type":"indicator","id":"indicator--)" + domain +
         R"(","pattern":"[domain-name:value=')" + domain + R"(']"}]})";
}

TEST(PollFeed, HttpAsksForChangesOnly) {
  ScriptedHttp http;
  base::CancellationToken token;
  FeedState state;
  http.answer(200, "a.example\n", {{"etag", "\"v1\""}, {"last-modified", "Tue, 01 Dec 2026 00:00:00 GMT"}});
  http.answer(304, "");
  http.answer(200, "a.example\n", {{"etag", "\"v2\""}});
  http.answer(200, "a.example\nb.example\n");
  const auto poll = [&] { return poll_feed(http_feed(), state, &http, kPollTime, token); };

  auto first = poll();
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(first->changed);
  EXPECT_FALSE(first->incremental);
  EXPECT_EQ(first->feed.indicators.size(), 1u);
  EXPECT_EQ(http.header(0, "If-None-Match"), "-");
  EXPECT_EQ(state.last_poll, kPollTime);

  auto second = poll();
  ASSERT_TRUE(second.ok());
  EXPECT_FALSE(second->changed);
  EXPECT_EQ(http.header(1, "If-None-Match"), "\"v1\"");
  EXPECT_EQ(http.header(1, "If-Modified-Since"), "Tue, 01 Dec 2026 00:00:00 GMT");

  auto third = poll();  // the same content under another tag
  ASSERT_TRUE(third.ok());
  EXPECT_FALSE(third->changed);

  auto fourth = poll();
  ASSERT_TRUE(fourth.ok());
  EXPECT_EQ(http.header(3, "If-None-Match"), "\"v2\"");
  EXPECT_EQ(http.header(3, "If-Modified-Since"), "-");
  EXPECT_EQ(fourth->feed.indicators.size(), 2u);
}

TEST(PollFeed, ErrorsHaveNoSecretsAndLeaveTheState) {
  ScriptedHttp http;
  base::CancellationToken token;
  FeedState state;
  state.etag = "kept";
  http.answer(403, "no");
  http.answer(429, "", {{"retry-after", "120"}});
  http.answer(200, "<html>\nlogin\n");
  const auto refused = poll_feed(http_feed(), state, &http, kPollTime, token);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(
      refused.error().message,
      "feed \"list\" (https://feeds.example/list.txt) answers with status 403: the credentials are refused");
  const auto busy = poll_feed(http_feed(), state, &http, kPollTime, token);
  ASSERT_FALSE(busy.ok());
  EXPECT_EQ(busy.error().code, base::ErrorCode::busy);
  EXPECT_NE(busy.error().message.find("retry after 120"), std::string::npos);
  EXPECT_FALSE(poll_feed(http_feed(), state, &http, kPollTime, token).ok());
  EXPECT_FALSE(poll_feed(http_feed(), state, &http, kPollTime, token).ok());
  EXPECT_EQ(state.etag, "kept");
  EXPECT_EQ(state.last_poll, 0);
}

TEST(PollFeed, CredentialsGoIntoHeaders) {
  ScriptedHttp http;
  base::CancellationToken token;
  FeedState state;
  FeedOptions options = http_feed();
  const auto header = [&](std::string_view name) {
    http.answer(304, "");
    EXPECT_TRUE(poll_feed(options, state, &http, kPollTime, token).ok());
    return http.header(http.asked.size() - 1, name);
  };
  options.token = "t0k";
  EXPECT_EQ(header("Authorization"), "Bearer t0k");
  options.token_header = "Auth-Key";
  EXPECT_EQ(header("Auth-Key"), "t0k");
  options.token.clear();
  options.username = "ann";
  options.password = "secret";
  EXPECT_EQ(header("Authorization"), "Basic YW5uOnNlY3JldA==");
}

TEST(PollFeed, DefaultsFillWhatTheFeedDoesNotSayAndKeepTheListAlive) {
  ScriptedHttp http;
  base::CancellationToken token;
  FeedState state;
  FeedOptions options = http_feed();
  options.default_tlp = "TLP:GREEN";
  options.default_confidence = 40;
  options.default_expiry = 10 * kPollHour;
  http.answer(200, "a.example\n", {{"etag", "v"}});
  http.answer(304, "");
  http.answer(200, "a.example\n", {{"etag", "v"}});
  auto first = poll_feed(options, state, &http, kPollTime, token);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->feed.indicators[0].tlp, "green");
  EXPECT_EQ(first->feed.indicators[0].confidence, 40);
  EXPECT_EQ(first->feed.indicators[0].valid_until, kPollTime + 10 * kPollHour);
  EXPECT_FALSE(poll_feed(options, state, &http, kPollTime + kPollHour, token)->changed);
  // The list is the same, but what is in it would end: it is taken afresh.
  auto later = poll_feed(options, state, &http, kPollTime + 6 * kPollHour, token);
  ASSERT_TRUE(later.ok());
  EXPECT_EQ(http.header(2, "If-None-Match"), "-");
  EXPECT_TRUE(later->changed);
  EXPECT_EQ(later->feed.indicators[0].valid_until, kPollTime + 16 * kPollHour);
}

TEST(PollFeed, TaxiiFollowsPagesAndContinuesWhereItEnded) {
  ScriptedHttp http;
  base::CancellationToken token;
  FeedState state;
  http.answer(200, envelope("a.example", R"(true,"next":"p 2",)"),
              {{"x-taxii-date-added-last", "2026-11-01T00:00:00.000001Z"}});
  http.answer(200, envelope("b.example", "false,"), {{"x-taxii-date-added-last", "2026-11-02T00:00:00Z"}});
  http.answer(200, "{}");
  auto first = poll_feed(taxii_feed(), state, &http, kPollTime, token);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->feed.indicators.size(), 2u);
  EXPECT_FALSE(first->incremental);
  const std::string base =
      "https://taxii.example/api1/collections/91a7b528/objects/?match%5Btype%5D=indicator,marking-definition";
  EXPECT_EQ(http.asked[0].url, base);
  EXPECT_EQ(http.asked[1].url, base + "&next=p%202");
  EXPECT_EQ(http.header(0, "Accept"), "application/taxii+json;version=2.1");
  EXPECT_EQ(http.header(0, "Authorization"), "Basic YW5uOnNlY3JldA==");
  EXPECT_EQ(state.added_after, "2026-11-02T00:00:00Z");

  auto second = poll_feed(taxii_feed(), state, &http, kPollTime, token);
  ASSERT_TRUE(second.ok());
  EXPECT_FALSE(second->changed);
  EXPECT_EQ(http.asked[2].url, base + "&added_after=2026-11-02T00%3a00%3a00Z");
  EXPECT_EQ(state.added_after, "2026-11-02T00:00:00Z");
}

TEST(PollFeed, TaxiiNeitherRunsInCirclesNorBeyondItsBounds) {
  ScriptedHttp http;
  base::CancellationToken token;
  FeedState state;
  http.answer(200, envelope("a.example", R"(true,"next":"x",)"));
  http.answer(200, envelope("b.example", R"(true,"next":"x",)"));
  const auto circle = poll_feed(taxii_feed(), state, &http, kPollTime, token);
  ASSERT_FALSE(circle.ok());
  EXPECT_EQ(circle.error().code, base::ErrorCode::corrupt);
  EXPECT_EQ(state.added_after, "");

  FeedOptions small = taxii_feed();
  small.max_bytes = 100;
  http.answer(200, envelope("a.example", R"(true,"next":"x",)"));
  const auto large = poll_feed(small, state, &http, kPollTime, token);
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().code, base::ErrorCode::limit);
  EXPECT_EQ(http.asked.back().max_response_bytes, 100u);

  http.answer(200, "<html>");
  EXPECT_FALSE(poll_feed(taxii_feed(), state, &http, kPollTime, token).ok());
  token.cancel();
  const auto cancelled = poll_feed(taxii_feed(), state, &http, kPollTime, token);
  ASSERT_FALSE(cancelled.ok());
  EXPECT_EQ(cancelled.error().code, base::ErrorCode::cancelled);
}

TEST(PollFeed, TaxiiWithoutCursorsContinuesFromTheDate) {
  ScriptedHttp http;
  base::CancellationToken token;
  FeedState state;
  http.answer(200, envelope("a.example", "true,"), {{"x-taxii-date-added-last", "2026-11-01T00:00:00Z"}});
  http.answer(200, envelope("b.example", "false,"));
  const auto poll = poll_feed(taxii_feed(), state, &http, kPollTime, token);
  ASSERT_TRUE(poll.ok());
  EXPECT_NE(http.asked[1].url.find("&added_after=2026-11-01T00%3a00%3a00Z"), std::string::npos);
  EXPECT_EQ(poll->feed.indicators.size(), 2u);
}

TEST(PollFeed, FilesAreReadWhenTheyChange) {
  const test::EnrichFolder folder;
  base::CancellationToken token;
  FeedState state;
  FeedOptions options;
  options.name = "file";
  options.kind = FeedOptions::Kind::file;
  options.file = folder.write("list.txt", "a.example\n");
  EXPECT_TRUE(poll_feed(options, state, nullptr, kPollTime, token)->changed);
  EXPECT_FALSE(poll_feed(options, state, nullptr, kPollTime, token)->changed);
  folder.write("list.txt", "b.example\n");
  EXPECT_TRUE(poll_feed(options, state, nullptr, kPollTime, token)->changed);
  EXPECT_FALSE(is_due(options, state, kPollTime + kPollHour / 2));
  EXPECT_TRUE(is_due(options, state, kPollTime + kPollHour));
  options.max_bytes = 3;
  EXPECT_FALSE(poll_feed(options, state, nullptr, kPollTime, token).ok());
}

TEST(PollFeed, OptionsThatDoNotGoTogetherAreRefused) {
  base::CancellationToken token;
  FeedState state;
  ScriptedHttp http;
  FeedOptions options = http_feed();
  EXPECT_FALSE(poll_feed(options, state, nullptr, kPollTime, token).ok());
  options.url = "file:///etc/passwd";
  EXPECT_FALSE(poll_feed(options, state, &http, kPollTime, token).ok());
  options = http_feed();
  options.token = options.username = "x";
  EXPECT_FALSE(poll_feed(options, state, &http, kPollTime, token).ok());
  EXPECT_TRUE(http.asked.empty());
}

TEST(MergeUpdate, ReplacesByIdAndDropsWhatIsRevoked) {
  const auto made = [](std::string id, std::string value) {
    Indicator indicator;
    indicator.type = Indicator::Type::domain;
    indicator.id = std::move(id);
    indicator.value = std::move(value);
    return indicator;
  };
  ParsedFeed held;
  held.indicators = {made("1", "old1.example"), made("1", "old2.example"), made("2", "gone.example"),
                     made("", "nameless.example")};
  FeedUpdate update;
  update.changed = update.incremental = true;
  update.feed.indicators = {made("1", "new.example"), made("3", "three.example")};
  update.feed.revoked = {"2"};
  merge_update(held, std::move(update));
  std::string values;
  for (const Indicator& indicator : held.indicators) values += indicator.value + " ";
  EXPECT_EQ(values, "nameless.example new.example three.example ");
  FeedUpdate whole;
  whole.changed = true;
  merge_update(held, std::move(whole));
  EXPECT_TRUE(held.indicators.empty());
}

}  // namespace
}  // namespace vedette::normalize
