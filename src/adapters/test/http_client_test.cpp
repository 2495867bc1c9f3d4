#include "vedette/adapters/http_client.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "http_url.hpp"
#include "test_server.hpp"
#include "vedette/adapters/key_pin.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {

using base::ErrorCode;
using ports::OutboundRequest;
using test::http_answer;
using test::redirect_to;
using test::TestServer;

namespace {

base::Result<ports::InboundResponse> send(const OutboundRequest& request) {
  const base::CancellationToken token;
  return make_http_client()->send(request, token);
}

OutboundRequest local(const std::string& url) {
  OutboundRequest request;
  request.url = url;
  request.allow_private = true;
  request.timeout = std::chrono::seconds(5);
  return request;
}

ErrorCode error_of(const OutboundRequest& request) {
  const auto response = send(request);
  EXPECT_FALSE(response.ok()) << request.url << " answered with " << response->status;
  return response.ok() ? ErrorCode::corrupt : response.error().code;
}

bool has(const std::string& request, const std::string& part) {
  return request.find(part) != std::string::npos;
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST(HttpClient, SendsAndTakes) {
  TestServer server([](const std::string&) { return http_answer(404, "no", "X-Thing:  A b \r\n"); });
  OutboundRequest request = local(server.url("/a?b=c"));
  request.method = "POST";
  request.body = "{}";
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  const auto response = send(request);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "no");
  EXPECT_TRUE(std::count(response->headers.begin(), response->headers.end(),
                         std::pair<std::string, std::string>("x-thing", "A b")));
  const std::string sent = server.requests().at(0);
  EXPECT_TRUE(sent.starts_with("POST /a?b=c HTTP/1.1\r\n")) << sent;
  EXPECT_TRUE(has(sent, "Content-Type: application/json\r\n") && has(sent, "X-Empty:\r\n"));
  EXPECT_TRUE(sent.ends_with("\r\n\r\n{}"));
  EXPECT_FALSE(has(sent, "Expect"));
}

TEST(HttpClient, KnowsOtherMethods) {
  TestServer server([](const std::string& request) {
    return request.starts_with("HEAD") ? "HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n"
                                       : http_answer(200, "x");
  });
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "PATCH"}) {
    OutboundRequest request = local(server.url());
    request.method = method;
    const auto response = send(request);
    ASSERT_TRUE(response.ok()) << method << response.error().message;
    EXPECT_TRUE(server.requests().back().starts_with(std::string(method) + " / "))
        << server.requests().back();
    EXPECT_FALSE(has(server.requests().back(), "Content-Type"));
  }
}

TEST(HttpClient, DecodesAnswersWithinTheBound) {
  TestServer server([](const std::string&) {
    return http_answer(200, gzip(std::string(5'000'000, 'a')), "Content-Encoding: gzip\r\n");
  });
  const auto response = send(local(server.url()));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body.size(), 5'000'000u);
  for (const auto& [name, value] : response->headers) EXPECT_NE(name, "content-length");
  OutboundRequest bounded = local(server.url());
  bounded.max_response_bytes = 4'999'999;
  EXPECT_EQ(error_of(bounded), ErrorCode::limit);
}

TEST(HttpClient, BoundsAnswers) {
  TestServer server([](const std::string& request) {
    if (request.starts_with("GET /plain")) return "HTTP/1.1 200 X\r\n\r\n" + std::string(1'001, 'x');
    if (request.starts_with("GET /announced")) return http_answer(200, std::string(1'001, 'x'));
    std::string headers;
    for (int i = 0; i < 5'000; ++i)
      headers += "X-H" + std::to_string(i) + ": " + std::string(90, 'y') + "\r\n";
    return http_answer(200, "", headers);
  });
  for (const char* path : {"/plain", "/announced", "/headers"}) {
    OutboundRequest request = local(server.url(path));
    request.max_response_bytes = 1'000;
    EXPECT_EQ(error_of(request), ErrorCode::limit) << path;
  }
  OutboundRequest fits = local(server.url("/plain"));
  fits.max_response_bytes = 1'001;
  EXPECT_TRUE(send(fits).ok());
}

TEST(HttpClient, RefusesAddressesHoweverTheyAreSpelled) {
  TestServer server([](const std::string&) { return http_answer(200, "secret"); });
  const std::string port = std::to_string(server.port());
  for (const std::string host : {"127.0.0.1",
                                 "localhost",
                                 "LOCALHOST",
                                 "localhost.",
                                 "127.1",
                                 "2130706433",
                                 "0x7f000001",
                                 "0x7f.1",
                                 "017700000001",
                                 "0177.0.0.1",
                                 "0",
                                 "0.0.0.0",
                                 "[::1]",
                                 "[::]",
                                 "[::ffff:127.0.0.1]",
                                 "[::ffff:7f00:1]",
                                 "[0:0:0:0:0:ffff:7f00:0001]",
                                 "[::127.0.0.1]",
                                 "[64:ff9b::7f00:1]",
                                 "[2002:7f00:1::]",
                                 "127.0.0.1.",
                                 "127.0.0.2",
                                 "%31%32%37.0.0.1",
                                 "169.254.169.254",
                                 "[fe80::1%25lo]",
                                 "[fe80::1]",
                                 "224.0.0.1"}) {
    OutboundRequest request = local("http://" + host + ":" + port + "/");
    request.allow_private = false;
    const auto response = send(request);
    ASSERT_FALSE(response.ok()) << host;
    // Some hosts cannot even be looked up, or reached, where the test runs.
    EXPECT_TRUE(response.error().code == ErrorCode::invalid_argument ||
                response.error().code == ErrorCode::io)
        << host << ": " << response.error().message;
    if (host == "127.0.0.1" || host == "2130706433" || host == "localhost") {
      EXPECT_EQ(response.error().code, ErrorCode::invalid_argument) << response.error().message;
    }
  }
  EXPECT_EQ(server.connections(), 0);
  OutboundRequest forbidden = local("http://[::ffff:127.0.0.1]:" + port + "/");
  EXPECT_EQ(error_of(forbidden), ErrorCode::invalid_argument);
  EXPECT_EQ(server.connections(), 0);
}

TEST(HttpClient, RefusesUrls) {
  for (const char* url : {"",
                          "127.0.0.1",
                          "ftp://127.0.0.1/",
                          "file:///etc/passwd",
                          "gopher://127.0.0.1:25/x",
                          "dict://a/",
                          "//a/b",
                          "http://",
                          "http:///a",
                          "http://user@host/",
                          "http://user:pass@host/",
                          "http://good.test@127.0.0.1/",
                          "http://127.0.0.1\\@good.test/",
                          "http://a b/",
                          "http://a\r\nX: y/",
                          "http://a/\nb",
                          "http://a:99999/",
                          "HTTP://user@a/",
                          "javascript:alert(1)",
                          "http://[::1/",
                          "http://a\tb/"}) {
    EXPECT_EQ(error_of(local(url)), ErrorCode::invalid_argument) << url;
  }
  EXPECT_EQ(error_of(local("http://a/" + std::string(9'000, 'a'))), ErrorCode::invalid_argument);
}

TEST(HttpClient, RefusesRequestsThatCouldBeReadAsTwo) {
  TestServer server([](const std::string&) { return http_answer(200, ""); });
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nY: b"},
                                                        {"X\r\nY", "b"},
                                                        {"X: a", "b"},
                                                        {"", "b"},
                                                        {"Host", "other"},
                                                        {"content-length", "5"},
                                                        {"Transfer-Encoding", "chunked"},
                                                        {"X", std::string("a\0b", 3)}}) {
    OutboundRequest request = local(server.url());
    request.headers = {{name, value}};
    EXPECT_EQ(error_of(request), ErrorCode::invalid_argument) << name;
  }
  for (const char* method : {"", "GET /x HTTP/1.1\r\n", "CONNECT", "TRACE"}) {
    OutboundRequest request = local(server.url());
    request.method = method;
    EXPECT_EQ(error_of(request), ErrorCode::invalid_argument) << method;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(HttpClient, FollowsRedirects) {
  TestServer server([](const std::string& request) {
    if (has(request, " /end")) return http_answer(200, "end");
    if (has(request, " /301 ")) return redirect_to(301, "/end?x#part");
    if (has(request, " /303 ")) return redirect_to(303, "end");
    if (has(request, " /307 ")) return redirect_to(307, "./end");
    return redirect_to(302, "/loop");
  });
  for (const char* path : {"/301", "/303", "/307"}) {
    OutboundRequest request = local(server.url(path));
    request.method = "POST";
    request.body = "body";
    request.headers = {{"Content-Type", "text/x"}, {"Authorization", "secret"}};
    const auto response = send(request);
    ASSERT_TRUE(response.ok()) << path << response.error().message;
    EXPECT_EQ(response->body, "end");
    const std::string last = server.requests().back();
    const bool kept = std::string(path) == "/307";
    EXPECT_TRUE(last.starts_with(kept ? "POST /end" : "GET /end")) << last;
    EXPECT_EQ(last.ends_with("body"), kept);
    EXPECT_EQ(has(last, "text/x"), kept);
    EXPECT_TRUE(has(last, "Authorization: secret"));  // the same origin
  }
  EXPECT_EQ(error_of(local(server.url("/loop"))), ErrorCode::limit);
  OutboundRequest none = local(server.url("/loop"));
  none.max_redirects = 0;
  EXPECT_EQ(send(none)->status, 302);
}

TEST(HttpClient, GivesNoSecretsToOtherOrigins) {
  TestServer other([](const std::string&) { return http_answer(200, "other"); });
  TestServer server([&](const std::string&) { return redirect_to(307, other.url("/x")); });
  OutboundRequest request = local(server.url());
  request.headers = {{"Authorization", "Bearer secret"},
                     {"Cookie", "secret"},
                     {"X-Api-Key", "secret"},
                     {"Accept", "text/plain"}};
  ASSERT_TRUE(send(request).ok());
  EXPECT_TRUE(has(server.requests().at(0), "secret"));
  EXPECT_FALSE(has(other.requests().at(0), "secret"));
  EXPECT_TRUE(has(other.requests().at(0), "Accept: text/plain"));
}

TEST(HttpClient, ChecksRedirectsAsWell) {
  for (const char* location : {"file:///etc/passwd", "gopher://127.0.0.1/", "http://user:pw@127.0.0.1/",
                               "http://a b/", "http://[::ffff:127.0.0.1]:1/", "http://0.0.0.0:1/"}) {
    TestServer server([&](const std::string&) { return redirect_to(302, location); });
    EXPECT_EQ(error_of(local(server.url())), ErrorCode::invalid_argument) << location;
  }
}

TEST(HttpClient, UsesNoProxyOfTheEnvironment) {
  TestServer proxy([](const std::string&) { return http_answer(200, "proxy"); });
  TestServer server([](const std::string&) { return http_answer(200, "server"); });
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, proxy.url().c_str(), 1);
  const auto response = send(local(server.url()));
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->body, "server");
}

// The servers of these two answer only when the request has ended, or too late.
class Gate {
 public:
  void open() { opened_.set_value(); }
  void wait() const { opening_.wait_for(std::chrono::seconds(20)); }

 private:
  std::promise<void> opened_;
  std::shared_future<void> opening_ = opened_.get_future().share();
};

TEST(HttpClient, EndsInTime) {
  for (const char* path : {"/", "/again"}) {
    Gate gate;
    TestServer server([&](const std::string& request) {
      if (has(request, "/again")) std::this_thread::sleep_for(std::chrono::milliseconds(150));
      if (has(request, "/again")) return redirect_to(302, "/again");
      gate.wait();
      return http_answer(200, "late");
    });
    OutboundRequest request = local(server.url(path));
    request.timeout = std::chrono::milliseconds(300);
    EXPECT_EQ(error_of(request), ErrorCode::io);
    gate.open();
  }
}

TEST(HttpClient, IsCancelled) {
  Gate gate;
  base::CancellationToken token;
  TestServer server([&](const std::string&) {
    token.cancel();
    gate.wait();
    return http_answer(200, "late");
  });
  const auto response = make_http_client()->send(local(server.url()), token);
  gate.open();
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::cancelled);
}

TEST(HttpClient, TellsOfBrokenServers) {
  EXPECT_EQ(error_of(local("http://127.0.0.1:1/")), ErrorCode::io);
  for (const char* answer : {"", "garbage\r\n\r\n", "HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nshort",
                             "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    TestServer server([&](const std::string&) { return std::string(answer); });
    EXPECT_EQ(error_of(local(server.url())), ErrorCode::io) << answer;
  }
}

TEST(HttpClient, GivesTheBodyInPieces) {
  const std::string text(1 << 20, 'x');
  TestServer server([&](const std::string& request) {
    if (has(request, "/bad")) return http_answer(422, "problem");
    if (has(request, "/packed")) return http_answer(200, gzip(text), "Content-Encoding: gzip\r\n");
    return http_answer(200, text);
  });
  std::size_t got = 0, pieces = 0;
  OutboundRequest request = local(server.url());
  request.on_body = [&](std::string_view bytes) {
    got += bytes.size();
    return ++pieces > 0;
  };
  for (const char* path : {"/", "/packed"}) {
    got = pieces = 0;
    request.url = server.url(path);
    const auto response = send(request);
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_TRUE(response->body.empty());
    EXPECT_EQ(got, text.size());
    EXPECT_GT(pieces, 1u);
  }
  request.max_response_bytes = text.size() - 1;
  EXPECT_EQ(error_of(request), ErrorCode::limit);

  got = 0;
  request.url = server.url("/bad");
  const auto refused = send(request);
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused->status, 422);
  EXPECT_EQ(refused->body, "problem");
  EXPECT_EQ(got, 0u);

  request.url = server.url();
  request.max_response_bytes = text.size();
  request.on_body = [](std::string_view) { return false; };
  EXPECT_EQ(error_of(request), ErrorCode::cancelled);
}

TEST(HttpClient, ManyThreadsAtOnce) {
  TestServer server([](const std::string&) { return http_answer(200, "x"); });
  const auto client = make_http_client();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const base::CancellationToken token;
      for (int j = 0; j < 10; ++j) good += client->send(local(server.url()), token).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
}

class HttpClientTls : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkstemp(ca_file_.data()), -1);
    tls_ = test::make_certificate("DNS:localhost,IP:127.0.0.1");
    std::ofstream(ca_file_) << tls_.certificate;
  }
  void TearDown() override { ::unlink(ca_file_.c_str()); }

  std::string ca_file_ = ::testing::TempDir() + "vedette-ca-XXXXXX";
  TestServer::Tls tls_;
};

TEST_F(HttpClientTls, VerifiesTheServer) {
  TestServer server([](const std::string&) { return http_answer(200, "safe"); }, &tls_);
  EXPECT_EQ(error_of(local(server.url())), ErrorCode::io);
  EXPECT_TRUE(server.requests().empty());
  OutboundRequest request = local(server.url());
  request.ca_file = ca_file_;
  const auto response = send(request);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "safe");
  request.ca_file = ca_file_ + ".missing";
  EXPECT_EQ(error_of(request), ErrorCode::io);
}

TEST_F(HttpClientTls, VerifiesTheName) {
  tls_ = test::make_certificate("DNS:other.test");
  std::ofstream(ca_file_) << tls_.certificate;
  TestServer server([](const std::string&) { return http_answer(200, "safe"); }, &tls_);
  OutboundRequest request = local(server.url());
  request.ca_file = ca_file_;
  EXPECT_EQ(error_of(request), ErrorCode::io);
  EXPECT_TRUE(server.requests().empty());
}

std::string pin_of(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  unsigned char digest[32];
  EVP_Digest(der, static_cast<std::size_t>(size), digest, nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  X509_free(certificate);
  BIO_free(bio);
  return "sha256//" + base::base64_encode({reinterpret_cast<const char*>(digest), 32});
}

TEST_F(HttpClientTls, APinnedKeyIsEnoughAndAMust) {
  const std::string other = pin_of(tls_.certificate);
  tls_ = test::make_certificate("DNS:other.test");
  TestServer server([](const std::string&) { return http_answer(200, "safe"); }, &tls_);
  OutboundRequest request = local(server.url());
  request.pinned_key = other;
  EXPECT_EQ(error_of(request), ErrorCode::io);
  EXPECT_TRUE(server.requests().empty());
  request.pinned_key = "/etc/passwd";
  EXPECT_EQ(error_of(request), ErrorCode::invalid_argument);
  request.pinned_key = pin_of(tls_.certificate);
  const auto response = send(request);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "safe");
}

TEST_F(HttpClientTls, TheKeyOfAServerIsFound) {
  TestServer server([](const std::string&) { return http_answer(200, "safe"); }, &tls_);
  constexpr std::chrono::seconds kTime{5};
  auto key = fetch_server_key(server.url(), "", kTime);
  ASSERT_TRUE(key.ok()) << key.error().message;
  EXPECT_FALSE(key->trusted);
  EXPECT_FALSE(key->problem.empty());
  EXPECT_EQ(key->pin, pin_of(tls_.certificate));
  key = fetch_server_key(server.url(), ca_file_, kTime);
  ASSERT_TRUE(key.ok()) << key.error().message;
  EXPECT_TRUE(key->trusted);
  EXPECT_EQ(key->pin, pin_of(tls_.certificate));
  EXPECT_TRUE(server.requests().empty());

  TestServer plain([](const std::string&) { return http_answer(200, "x"); });
  EXPECT_EQ(fetch_server_key(plain.url(), "", kTime).error().code, ErrorCode::invalid_argument);
  const std::string no_tls = "https" + plain.url().substr(4);
  EXPECT_EQ(fetch_server_key(no_tls, "", kTime).error().code, ErrorCode::io);
}

TEST_F(HttpClientTls, ThePinOfAFile) {
  const auto pin = key_pin_of_file(ca_file_);
  ASSERT_TRUE(pin.ok()) << pin.error().message;
  EXPECT_EQ(*pin, pin_of(tls_.certificate));
  std::ofstream(ca_file_) << "no certificate";
  EXPECT_EQ(key_pin_of_file(ca_file_).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(key_pin_of_file(ca_file_ + ".missing").error().code, ErrorCode::not_found);
}

TEST_F(HttpClientTls, RefusesOldVersions) {
  tls_.max_tls = TLS1_1_VERSION;
  TestServer server([](const std::string&) { return http_answer(200, "safe"); }, &tls_);
  OutboundRequest request = local(server.url());
  request.ca_file = ca_file_;
  EXPECT_EQ(error_of(request), ErrorCode::io);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClientTls, StaysWithTls) {
  TestServer plain([](const std::string&) { return http_answer(200, "plain"); });
  TestServer server([&](const std::string&) { return redirect_to(302, plain.url()); }, &tls_);
  OutboundRequest request = local(server.url());
  request.ca_file = ca_file_;
  EXPECT_EQ(error_of(request), ErrorCode::invalid_argument);
  EXPECT_EQ(plain.connections(), 0);
}

}  // namespace vedette::adapters
