// Threads, bounds and contexts; what the answers say is tested over a node
// (tests/serve/elasticsearch_search_test.py).
#include <algorithm>
#include <atomic>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "elasticsearch/fields.hpp"
#include "elasticsearch/index_expression.hpp"
#include "elasticsearch_doubles.hpp"
#include "vedette/api/elasticsearch.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/store/store.hpp"

namespace vedette::api {
namespace {

using testing::HasSubstr;

ElasticsearchSearchOptions options_at(const std::atomic<base::TimeNs>& clock) {
  ElasticsearchSearchOptions options;
  options.next_sequence = [] { return std::uint64_t{100}; };
  options.now = [&clock] { return clock.load(); };
  return options;
}

std::shared_ptr<test::RecordingExchange> send(const net::HttpHandler& handler, const std::string& method,
                                              const std::string& path, const std::string& body = {}) {
  auto exchange = std::make_shared<test::RecordingExchange>(method, path, body);
  handler(exchange);
  return exchange;
}

TEST(ElasticsearchSearch, WhatDoesNotFitTheQueueIsRefused) {
  const std::atomic<base::TimeNs> clock{base::kNsPerSecond};
  const test::EndlessStore store;
  ElasticsearchSearchOptions options = options_at(clock);
  options.threads = 1;
  options.max_queue = 1;
  const auto search = make_elasticsearch_search(store, options);
  const net::HttpHandler handler = search->handler();
  const auto running = send(handler, "GET", "/_search");
  ASSERT_TRUE(store.wait_for(1));
  const auto waiting = send(handler, "GET", "/_search");
  const net::HttpResponse refused = send(handler, "GET", "/_search")->wait();
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("es_rejected_execution_exception"));
  EXPECT_EQ(net::find_header(refused.headers, "Retry-After"), "1");
  search->stop();
  EXPECT_EQ(running->wait().status, 200);
  EXPECT_THAT(running->wait().body, HasSubstr("the search was cancelled"));
  EXPECT_EQ(waiting->wait().status, 503);
  EXPECT_EQ(send(handler, "GET", "/_search")->wait().status, 503);
}

TEST(ElasticsearchSearch, ASearchEndsWhenItsClientHasGone) {
  const std::atomic<base::TimeNs> clock{base::kNsPerSecond};
  const test::EndlessStore store;
  const auto search = make_elasticsearch_search(store, options_at(clock));
  const auto left = send(search->handler(), "GET", "/_search");
  ASSERT_TRUE(store.wait_for(1));
  left->leave();
  EXPECT_THAT(left->wait().body, HasSubstr("cancelled"));
}

class OverAStore : public testing::Test {
 protected:
  void SetUp() override {
    store::StoreOptions options;
    options.folder = testing::TempDir() + "/elasticsearch_search_test_" + std::to_string(::getpid());
    auto opened = store::Store::open(base::posix_file_system(), options);
    ASSERT_TRUE(opened.ok());
    store_ = std::move(*opened);
    model::BatchBuilder builder(std::make_shared<model::Source>());
    for (std::uint64_t n = 1; n <= 20; ++n) {
      builder.begin_row(n);
      builder.set_sequence(n);
      builder.set_time(static_cast<base::TimeNs>(n) * base::kNsPerSecond);
      builder.add(model::intern("n"), model::Value::integer(static_cast<std::int64_t>(n)));
      if (n % 3) builder.add(model::intern("k"), model::Value::integer(static_cast<std::int64_t>(n % 2)));
      builder.end_row();
    }
    ASSERT_TRUE(store_->append(builder.finish()).ok());
  }
  void TearDown() override {
    search_.reset();
    store_.reset();
    const std::string folder =
        testing::TempDir() + "/elasticsearch_search_test_" + std::to_string(::getpid());
    ASSERT_TRUE(std::system(("rm -rf '" + folder + "'").c_str()) == 0);
  }
  net::HttpResponse ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    return send(search_->handler(), method, path, body)->wait();
  }
  static std::string id_of(const std::string& body) {
    const std::size_t at = body.find("id\":\"") + 5;
    return body.substr(at, body.find('"', at) - at);
  }

  std::atomic<base::TimeNs> clock_{base::kNsPerSecond};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<ElasticsearchSearch> search_;
};

TEST_F(OverAStore, ContextsAreBoundedAndExpire) {
  ElasticsearchSearchOptions options = options_at(clock_);
  options.max_contexts = 2;
  search_ = make_elasticsearch_search(*store_, options);
  const std::string first = id_of(ask("POST", "/_search?scroll=1m&size=3").body);
  const net::HttpResponse point = ask("POST", "/_all/_pit?keep_alive=2m");
  EXPECT_EQ(point.status, 200);
  EXPECT_EQ(ask("POST", "/_search?scroll=1m").status, 429);
  EXPECT_EQ(ask("POST", "/_all/_pit?keep_alive=1m").status, 429);
  // A page asked for keeps the scroll open.
  clock_ += 50 * base::kNsPerSecond;
  EXPECT_EQ(ask("POST", "/_search/scroll", R"({"scroll":"1m","scroll_id":")" + first + "\"}").status, 200);
  clock_ += 50 * base::kNsPerSecond;
  EXPECT_EQ(ask("GET", "/_search/scroll/" + first).status, 200);
  clock_ += 50 * base::kNsPerSecond;
  EXPECT_EQ(ask("GET", "/_search/scroll/" + first).status, 404);
  EXPECT_EQ(ask("POST", "/_search", R"({"pit":{"id":")" + id_of(point.body) + "\"}}").status, 404);
  EXPECT_EQ(ask("POST", "/_search?scroll=1m").status, 200);
}

TEST_F(OverAStore, APointInTimeIsNoScroll) {
  search_ = make_elasticsearch_search(*store_, options_at(clock_));
  const std::string scroll = id_of(ask("POST", "/_search?scroll=1m").body);
  const std::string point = id_of(ask("POST", "/_all/_pit?keep_alive=1m").body);
  EXPECT_EQ(ask("GET", "/_search/scroll/" + point).status, 404);
  EXPECT_EQ(ask("POST", "/_search", R"({"pit":{"id":")" + scroll + "\"}}").status, 404);
  EXPECT_EQ(ask("POST", "/default/_search", R"({"pit":{"id":")" + point + "\"}}").status, 400);
}

TEST_F(OverAStore, AScrollSeesTheStoreAsItWas) {
  ElasticsearchSearchOptions options = options_at(clock_);
  options.next_sequence = [] { return std::uint64_t{11}; };
  search_ = make_elasticsearch_search(*store_, options);
  EXPECT_THAT(ask("POST", "/_search?scroll=1m&size=3&rest_total_hits_as_int=true").body,
              HasSubstr(R"("total":10,)"));
  EXPECT_THAT(ask("POST", "/_search?size=3&rest_total_hits_as_int=true").body, HasSubstr(R"("total":20,)"));
}

TEST_F(OverAStore, PagesOfAnySortGiveEveryRowOnce) {
  search_ = make_elasticsearch_search(*store_, options_at(clock_));
  for (const char* sort : {R"("_doc")", R"({"_doc":"desc"})", R"("k")", R"({"k":"desc"},"_score")",
                           R"({"k":{"order":"asc","missing":"_first"}},{"@timestamp":"desc"})",
                           R"({"@timestamp":"desc"})", R"("missing")", R"("_score")"}) {
    const std::string body = std::string(R"({"size":3,"_source":["n"],"sort":[)") + sort + "]}";
    const std::string whole = ask("POST", "/_search?size=20", body).body;
    net::HttpResponse page = ask("POST", "/_search?scroll=1m", body);
    const std::string id = id_of(page.body);
    std::vector<std::string> rows, wanted;
    const auto take = [](const std::string& from, std::vector<std::string>& to) {
      std::size_t at = 0;
      while ((at = from.find(R"({"n":)", at)) != std::string::npos) to.push_back(from.substr(at, 8)), ++at;
    };
    take(whole, wanted);
    for (std::size_t pages = 0; pages < 10; ++pages) {
      take(page.body, rows);
      page = ask("GET", "/_search/scroll/" + id);
    }
    ASSERT_EQ(wanted.size(), 20u);
    const bool any_order = std::string_view(sort) == R"("_score")";
    if (any_order) std::sort(rows.begin(), rows.end()), std::sort(wanted.begin(), wanted.end());
    EXPECT_EQ(rows, wanted) << sort;
  }
}

TEST_F(OverAStore, APageOfAScrollIsWholeOrAnError) {
  ElasticsearchSearchOptions options = options_at(clock_);
  options.max_memory = 100;
  search_ = make_elasticsearch_search(*store_, options);
  const net::HttpResponse answer = ask("POST", "/_search?scroll=1m", R"({"sort":["n"]})");
  EXPECT_EQ(answer.status, 429);
  EXPECT_THAT(answer.body, HasSubstr("circuit_breaking_exception"));
}

TEST_F(OverAStore, AnMsearchHasABound) {
  search_ = make_elasticsearch_search(*store_, options_at(clock_));
  std::string body;
  for (int i = 0; i < 100; ++i) body += "{}\n{\"size\":0}\n";
  EXPECT_EQ(ask("POST", "/_msearch", body).status, 200);
  EXPECT_EQ(ask("POST", "/_msearch", body + "{}\n{}\n").status, 400);
  EXPECT_EQ(ask("POST", "/_msearch", "{}").status, 400);
  EXPECT_EQ(ask("POST", "/_msearch", "").status, 400);
  EXPECT_THAT(ask("POST", "/_msearch", "[]\n{}\n").body, HasSubstr("parsing_exception"));
}

TEST(IndexExpression, NamesDatasets) {
  struct Case {
    const char *expression, *dataset;
    bool chosen;
  };
  for (const Case& one : {Case{"nginx", "nginx", true},
                          {"vedette-nginx", "nginx", true},
                          {"vedette-nginx", "vedette-nginx", true},
                          {"logs-nginx-prod", "nginx", true},
                          {"logs-nginx-*", "nginx", true},
                          {"logs-nginx*", "nginx.access", true},
                          {"logs-nginx", "nginx", false},
                          {"logs-*", "nginx", true},
                          {"metrics-*", "nginx", false},
                          {"metrics-cpu-x", "cpu", true},
                          {"n*x", "nginx", true},
                          {"*-nginx", "nginx", true},
                          {"v*-ng*x", "nginx", true},
                          {"m*", "nginx", false},
                          {"ngin?", "nginx", false},
                          {"default", "", true},
                          {"vedette-default", "", true},
                          {"*,-default", "", false},
                          {"*,-vedette-nginx", "nginx", false},
                          {"*,-a*,nginx", "nginx", true},
                          {"*********************************************************x", "nginx", true}}) {
    EXPECT_EQ(es::chooses_dataset(one.expression, one.dataset), one.chosen)
        << one.expression << " " << one.dataset;
  }
  for (const char* bad : {"a,,b", "<logs-{now}>", "-a", "_other", "a/b", "a b", "a,-"}) {
    EXPECT_FALSE(es::choose_indices(bad).ok) << bad;
  }
}

TEST(Fields, ConflictsAreSeveralTypes) {
  ports::FieldUse field;
  field.name = "port";
  field.integers = 2;
  field.texts = 1;
  EXPECT_THAT(es::types_of(field), testing::ElementsAre("long", "keyword"));
  std::string out;
  base::JsonWriter json(out);
  ports::FieldUse below = field;
  below.name = "port.name";
  below.integers = 0;
  es::append_mapping(json, {field, below});
  EXPECT_EQ(out, R"({"properties":{"port":{"type":"keyword","fields":{"name":{"type":"keyword"}}}}})");
}

}  // namespace
}  // namespace vedette::api
