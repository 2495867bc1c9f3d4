// The files of the console as browsers get them.
#include "vedette/api/console.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vedette::api::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kPageText = "<!doctype html><title>the page</title>";
constexpr std::string_view kScriptText = "run()";

const Console& example_console() {
  static const Console console({{"index.html", kPageText},
                                {"assets/app-1.js", kScriptText},
                                {"assets/app-1.js.gz", "gzipped script"},
                                {"assets/font-1.woff2", "font"}});
  return console;
}

net::HttpRequest console_request(std::string path, net::Headers headers = {}, std::string method = "GET") {
  net::HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

const net::Headers kBrowser = {{"Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}};

TEST(Console, OpensPagesForBrowsers) {
  for (const std::string path : {"/", "/search", "/alerts/a.b", "/index.html"}) {
    const auto answer = example_console().answer(console_request(path, kBrowser));
    ASSERT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, kPageText);
    EXPECT_EQ(net::find_header(answer->headers, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(net::find_header(answer->headers, "Cache-Control"), "no-cache");
  }
}

TEST(Console, LeavesToOthersWhatIsNoPage) {
  EXPECT_FALSE(example_console().answer(console_request("/", {{"Accept", "*/*"}})));
  EXPECT_FALSE(example_console().answer(console_request("/search")));
  EXPECT_FALSE(example_console().answer(console_request("/", {{"Accept", "text/html;q=0"}})));
  EXPECT_FALSE(example_console().answer(console_request("/", kBrowser, "POST")));
  EXPECT_FALSE(example_console().answer(console_request("/assets/old-0.js", kBrowser)));
}

TEST(Console, KeepsHashedNamesForAYear) {
  const auto answer = example_console().answer(console_request("/assets/app-1.js"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, kScriptText);
  EXPECT_EQ(net::find_header(answer->headers, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(net::find_header(answer->headers, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_THAT(net::find_header(answer->headers, "Content-Encoding"), IsEmpty());
}

TEST(Console, SendsWhatTheBuildCompressed) {
  const auto gzipped = [](std::string coding) {
    const auto answer =
        example_console().answer(console_request("/assets/app-1.js", {{"Accept-Encoding", coding}}));
    return answer && answer->body == "gzipped script" &&
           net::find_header(answer->headers, "Content-Encoding") == "gzip";
  };
  EXPECT_TRUE(gzipped("gzip"));
  EXPECT_TRUE(gzipped("deflate, GZIP;q=0.5"));
  EXPECT_FALSE(gzipped("gzip;q=0"));
  EXPECT_FALSE(gzipped("identity"));
  const auto font =
      example_console().answer(console_request("/assets/font-1.woff2", {{"Accept-Encoding", "gzip"}}));
  ASSERT_TRUE(font);
  EXPECT_EQ(font->body, "font");
}

TEST(Console, AnswersThatNothingHasChanged) {
  const auto first = example_console().answer(console_request("/", kBrowser));
  ASSERT_TRUE(first);
  const std::string etag(net::find_header(first->headers, "ETag"));
  for (const std::string& known : {etag, "W/" + etag, "\"other\", " + etag}) {
    net::Headers headers = kBrowser;
    headers.emplace_back("If-None-Match", known);
    const auto again = example_console().answer(console_request("/", headers));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, 304) << known;
    EXPECT_THAT(again->body, IsEmpty());
  }
}

TEST(Console, LetsNothingOfOthersIn) {
  const auto answer = example_console().answer(console_request("/", kBrowser));
  ASSERT_TRUE(answer);
  const std::string_view policy = net::find_header(answer->headers, "Content-Security-Policy");
  EXPECT_THAT(std::string(policy), HasSubstr("default-src 'self'"));
  EXPECT_THAT(std::string(policy), HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(std::string(policy), testing::Not(HasSubstr("unsafe-eval")));
  EXPECT_EQ(net::find_header(answer->headers, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(net::find_header(answer->headers, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(net::find_header(answer->headers, "Cross-Origin-Opener-Policy"), "same-origin");
}

TEST(Console, IsInTheBinary) {
  const auto answer = Console::embedded().answer(console_request("/", kBrowser));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr("Vedette"));
}

}  // namespace
}  // namespace vedette::api::test
