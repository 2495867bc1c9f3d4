// What clients that mean ill can do to the HTTP server: nothing but be told off and closed.
#include <future>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "test/net_test_support.hpp"

namespace vedette::net::test {
namespace {

using std::chrono::milliseconds;

HttpServerOptions strict_options() {
  HttpServerOptions options;
  options.listen = {"127.0.0.1", 0};
  options.max_header_bytes = 4096;
  options.max_body_bytes = 1U << 20;
  options.max_decoded_bytes = 4U << 20;
  options.max_buffered_bytes = 8U << 20;
  return options;
}

struct Fortress {
  explicit Fortress(HttpServerOptions options = strict_options(), HttpHandler handler = nullptr) {
    if (!handler) {
      handler = [](const ExchangePtr& exchange) {
        HttpResponse response;
        response.body = exchange->take_body();
        exchange->respond(std::move(response));
      };
    }
    auto started = HttpServer::start(io, std::move(options), std::move(handler));
    EXPECT_TRUE(started.ok());
    server = std::move(started).value();
    port = server->local().port;
  }
  const ServerCounters& counters() const { return server->counters(); }
  // Others are served as ever.
  void expect_alive() const {
    const auto response = Client(port).exchange(http_request("POST", "/", "alive"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "alive");
    EXPECT_TRUE(eventually([&] { return counters().open == 0; }));
  }

  Io io{2};
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
};

struct BadRequest {
  std::string what;
  std::string bytes;
  int status;
};

std::vector<BadRequest> bad_requests() {
  const std::string line = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string chunked = line + "Transfer-Encoding: chunked\r\n\r\n";
  return {
      {"length and chunks", line + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunks and length", line + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
      {"two lengths", line + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
      {"the same length twice", line + "Content-Length: 3\r\ncontent-length: 3\r\n\r\nabc", 400},
      {"a list of lengths", line + "Content-Length: 3, 3\r\n\r\nabc", 400},
      {"a signed length", line + "Content-Length: +3\r\n\r\nabc", 400},
      {"a negative length", line + "Content-Length: -1\r\n\r\n", 400},
      {"a hexadecimal length", line + "Content-Length: 0x3\r\n\r\nabc", 400},
      {"an empty length", line + "Content-Length:\r\n\r\n", 400},
      {"a length beyond 64 bits", line + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
      {"a length too large", line + "Content-Length: 18446744073709551615\r\n\r\n", 413},
      {"a length a byte too large", line + "Content-Length: 1048577\r\n\r\n", 413},
      {"two encodings", line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"an encoding besides chunked", line + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"chunked hidden by a tab",
       line + "Transfer-Encoding: \x0b"
              "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"an unknown encoding", line + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"a folded field", line + "X: a\r\n b\r\n\r\n", 400},
      {"a folded first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"a blank before the colon", line + "Content-Length : 3\r\n\r\nabc", 400},
      {"a field without a colon", line + "nonsense\r\n\r\n", 400},
      {"an empty field name", line + ": x\r\n\r\n", 400},
      {"a zero byte in a value", line + std::string("X: a\0b\r\n\r\n", 10), 400},
      {"a lone CR in a value", line + "X: a\rContent-Length: 3\r\n\r\nabc", 400},
      {"lines that end in LF", "GET / HTTP/1.1\nHost: a\n\n", 400},
      {"one line that ends in LF", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"a version of its own", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"a blank in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"a broken escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a cut escape", "GET /%2 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a zero byte in the path", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"garbage", "\x01\x02\x03\xff\xfe garbage", 400},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"a method without end", std::string(100, 'A'), 400},
      {"a chunk size beyond 64 bits", chunked + "fffffffffffffffff\r\nabc", 400},
      {"a chunk size that wraps", chunked + "10000000000000003\r\nabc\r\n0\r\n\r\n", 400},
      {"a huge chunk", chunked + "fffffffffffffff\r\n" + std::string(1100000, 'a'), 413},
      {"a negative chunk", chunked + "-1\r\n", 400},
      {"an empty chunk size", chunked + "\r\n", 400},
      {"an extension without size", chunked + ";a\r\n", 400},
      {"a blank before the chunk size", chunked + " 3\r\nabc\r\n0\r\n\r\n", 400},
      {"a chunk that is longer than said", chunked + "3\r\nabcd\r\n0\r\n\r\n", 400},
      {"a chunk size that ends in LF", chunked + "3\nabc\r\n0\r\n\r\n", 400},
      {"an extension that ends in LF", chunked + "3;a\nabc\r\n0\r\n\r\n", 400},
      {"an endless extension", chunked + "3;" + std::string(20'000, 'a'), 400},
      {"endless trailers", chunked + "0\r\n" + std::string(20'000, 'a'), 400},
      {"a folded coding",
       line + "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 415},
      {"codings combined", line + "Content-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\nx", 415},
      {"no gzip", line + "Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\nnot a gzip", 400},
      {"no zstd", line + "Content-Encoding: zstd\r\nContent-Length: 10\r\n\r\nnot a zstd", 400},
      {"no deflate", line + "Content-Encoding: deflate\r\nContent-Length: 10\r\n\r\n\x78\x9cwrong!!!", 400},
      {"a header too large", line + "X: " + std::string(5000, 'a') + "\r\n\r\n", 431},
      {"a header without end", line + "X: " + std::string(100'000, 'a'), 431},
      {"a target too large", "GET /" + std::string(5000, 'a'), 431},
  };
}

TEST(HttpHostileTest, BadRequestsAreRefusedAndClosed) {
  HttpServerOptions options = strict_options();
  options.max_connections = 8;
  std::atomic<int> handled{0};
  const Fortress fortress(options, [&](const ExchangePtr& exchange) {
    ++handled;
    exchange->respond({});
  });
  for (const BadRequest& bad : bad_requests()) {
    Client client(fortress.port);
    // What follows must not be taken for a request.
    client.send(bad.bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto response = client.response();
    EXPECT_EQ(response.status, bad.status) << bad.what;
    EXPECT_EQ(find_header(response.headers, "connection"), "close") << bad.what;
    client.end_of_writing();
    EXPECT_TRUE(client.sees_end()) << bad.what;
    EXPECT_EQ(handled, 0) << bad.what;
  }
  EXPECT_GT(fortress.counters().malformed, 40U);
  EXPECT_GT(fortress.counters().too_large, 4U);
}

TEST(HttpHostileTest, TooManyFieldsAreRefused) {
  HttpServerOptions options = strict_options();
  options.max_header_bytes = 1U << 20;
  const Fortress fortress(options);
  std::string fields;
  for (int i = 0; i < 1000; ++i) fields += fmt::format("X-{}: 1\r\n", i);
  EXPECT_EQ(Client(fortress.port).exchange(http_request("GET", "/", {}, fields)).status, 431);
  fortress.expect_alive();
}

TEST(HttpHostileTest, ErrorsHaveTheProtocolsShape) {
  HttpServerOptions options = strict_options();
  options.error_response = [](int status, std::string_view reason) {
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = fmt::format(R"({{"error":"{}"}})", reason);
    return response;
  };
  const Fortress fortress(options);
  const auto response = Client(fortress.port).exchange("nonsense\r\n\r\n");
  EXPECT_EQ(find_header(response.headers, "content-type"), "application/json");
  EXPECT_TRUE(response.body.starts_with(R"({"error":")"));
}

TEST(HttpHostileTest, SlowHeadersTimeOut) {
  HttpServerOptions options = strict_options();
  options.header_timeout = milliseconds(250);
  const Fortress fortress(options);
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 20; ++i) slow.push_back(std::make_unique<Client>(fortress.port));
  const std::string header = http_request("GET", "/", {}, "X: " + std::string(2000, 'a') + "\r\n");
  // A byte at a time does not put off the end.
  for (std::size_t i = 0; i < header.size() && fortress.counters().timed_out < 20; ++i) {
    for (auto& client : slow) client->send(header.substr(i, 1));
    std::this_thread::sleep_for(milliseconds(5));
  }
  for (auto& client : slow) EXPECT_EQ(client->response().status, 408);
  EXPECT_EQ(fortress.counters().timed_out, 20U);
  slow.clear();
  fortress.expect_alive();
}

TEST(HttpHostileTest, SlowBodiesTimeOut) {
  HttpServerOptions options = strict_options();
  options.body_timeout = milliseconds(250);
  options.min_body_rate = 100'000;
  const Fortress fortress(options);
  Client silent(fortress.port);
  silent.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(silent.response().status, 408);
  // Never silent, but slower than the least rate.
  Client dripping(fortress.port);
  dripping.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 2000 && fortress.counters().timed_out < 2; ++i) {
    dripping.send("x");
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(dripping.response().status, 408);
  Client chunked(fortress.port);
  chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  EXPECT_EQ(chunked.response().status, 408);
  for (Client* client : {&silent, &dripping, &chunked}) client->close();
  fortress.expect_alive();
}

TEST(HttpHostileTest, IdleConnectionsAreClosed) {
  HttpServerOptions options = strict_options();
  options.idle_timeout = milliseconds(150);
  const Fortress fortress(options);
  Client never(fortress.port);
  Client once(fortress.port);
  EXPECT_EQ(once.exchange(http_request("GET", "/")).status, 200);
  EXPECT_TRUE(never.sees_end());
  EXPECT_TRUE(once.sees_end());
  EXPECT_EQ(fortress.counters().timed_out, 2U);
}

TEST(HttpHostileTest, BombsStopAtTheBound) {
  const Fortress fortress;
  // 40 MiB of zeros: 40 kB of gzip, 4 kB of zstd.
  const std::string zeros(std::size_t{40} << 20, '\0');
  for (const auto& [coding, bomb] : {std::pair("gzip", gzip(zeros)), std::pair("zstd", zstd(zeros))}) {
    Client client(fortress.port);
    const auto response =
        client.exchange(http_request("POST", "/", bomb, fmt::format("Content-Encoding: {}\r\n", coding)));
    EXPECT_EQ(response.status, 413) << coding;
  }
  EXPECT_EQ(fortress.counters().too_large, 2U);
  fortress.expect_alive();
}

TEST(HttpHostileTest, DecodedBodiesMayJustReachTheBound) {
  const Fortress fortress;
  const std::string just(4U << 20, 'a');
  const auto fits =
      Client(fortress.port).exchange(http_request("POST", "/", gzip(just), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(fits.status, 200);
  EXPECT_TRUE(fits.body == just);
  const std::string more = gzip(just + "a");
  EXPECT_EQ(
      Client(fortress.port).exchange(http_request("POST", "/", more, "Content-Encoding: gzip\r\n")).status,
      413);
}

TEST(HttpHostileTest, CutCodingsAreRefused) {
  const Fortress fortress;
  const std::string text(100'000, 'x');
  for (const auto& [coding, whole] : {std::pair("gzip", gzip(text)), std::pair("deflate", zlib_deflate(text)),
                                      std::pair("zstd", zstd(text))}) {
    for (const std::size_t cut : {std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
      Client client(fortress.port);
      const auto response = client.exchange(
          http_request("POST", "/", whole.substr(0, cut), fmt::format("Content-Encoding: {}\r\n", coding)));
      EXPECT_EQ(response.status, 400) << coding << " cut at " << cut;
    }
  }
}

TEST(HttpHostileTest, BodiesBeyondTheBudgetAreToldToComeAgain) {
  HttpServerOptions options = strict_options();
  options.max_body_bytes = 64U << 20;
  options.max_buffered_bytes = 3U << 20;
  std::promise<ExchangePtr> kept;
  const Fortress fortress(options, [&](const ExchangePtr& exchange) {
    if (exchange->request().path == "/keep") return kept.set_value(exchange);
    exchange->respond({});
  });
  const std::string body(2U << 20, 'b');
  // More than the budget could ever hold: refused before it comes.
  const auto huge =
      Client(fortress.port).exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n");
  EXPECT_EQ(huge.status, 503);
  EXPECT_NE(find_header(huge.headers, "retry-after"), "");
  // A body that is kept takes of it until it is answered.
  Client keeping(fortress.port);
  keeping.send(http_request("POST", "/keep", body));
  ExchangePtr exchange = kept.get_future().get();
  EXPECT_EQ(Client(fortress.port).exchange(http_request("POST", "/", body)).status, 503);
  const std::string chunked =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" + body + "\r\n0\r\n\r\n";
  EXPECT_EQ(Client(fortress.port).exchange(chunked).status, 503);
  exchange->respond({});
  exchange.reset();
  EXPECT_EQ(keeping.response().status, 200);
  EXPECT_EQ(Client(fortress.port).exchange(http_request("POST", "/", body)).status, 200);
  EXPECT_EQ(Client(fortress.port).exchange(chunked).status, 200);
}

TEST(HttpHostileTest, AnnouncedBodiesTakeNoMemory) {
  HttpServerOptions options = strict_options();
  options.max_body_bytes = 100U << 20;
  options.max_buffered_bytes = 110U << 20;
  const Fortress fortress(options);
  std::vector<std::unique_ptr<Client>> liars;
  for (int i = 0; i < 50; ++i) {
    liars.push_back(std::make_unique<Client>(fortress.port));
    liars.back()->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nx");
  }
  ASSERT_TRUE(eventually([&] { return fortress.counters().requests == 50; }));
  // 50 times 1 MiB is taken at most, so that others are still served.
  EXPECT_EQ(Client(fortress.port).exchange(http_request("POST", "/", std::string(30U << 20, 'x'))).status,
            200);
}

TEST(HttpHostileTest, ClientsThatNeverReadAreClosed) {
  HttpServerOptions options = strict_options();
  options.write_timeout = milliseconds(250);
  std::atomic<int> streams_ended{0};
  const Fortress fortress(options, [&](const ExchangePtr& exchange) {
    if (exchange->request().path == "/whole") {
      HttpResponse response;
      response.body = std::string(64U << 20, 'w');
      return exchange->respond(std::move(response));
    }
    std::thread([&streams_ended, exchange] {
      exchange->begin({});
      const std::string piece(100'000, 's');
      while (exchange->write(piece)) continue;
      ++streams_ended;
    }).detach();
  });
  Client whole(fortress.port);
  whole.send(http_request("GET", "/whole"));
  Client stream(fortress.port);
  stream.send(http_request("GET", "/stream"));
  EXPECT_TRUE(eventually([&] { return fortress.counters().open == 0 && streams_ended == 1; }));
  EXPECT_EQ(fortress.counters().timed_out, 2U);
}

TEST(HttpHostileTest, ClientsMayGoAtAnyTime) {
  const Fortress fortress(strict_options(), [](const ExchangePtr& exchange) {
    std::thread([exchange] {
      HttpResponse response;
      response.body = std::string(3U << 20, 'x');
      exchange->respond(std::move(response));
    }).detach();
  });
  const std::string request = http_request("POST", "/", std::string(200, 'b'));
  for (std::size_t cut = 0; cut <= request.size(); cut += 7) {
    for (const bool reset : {false, true}) {
      Client client(fortress.port);
      client.send(request.substr(0, cut));
      if (reset) client.reset();
    }
  }
  for (int i = 0; i < 20; ++i) {
    Client client(fortress.port);
    client.send(request);
    client.receive(1);
    if (i % 2 == 0) client.reset();
  }
  EXPECT_TRUE(eventually([&] { return fortress.counters().open == 0; }));
}

TEST(HttpHostileTest, HalfClosedClientsGetTheirAnswer) {
  const Fortress fortress;
  Client client(fortress.port);
  client.send(http_request("POST", "/", "last words"));
  client.end_of_writing();
  EXPECT_EQ(client.response().body, "last words");
  EXPECT_TRUE(client.sees_end());
}

TEST(HttpHostileTest, FloodsOfConnectionsAreRefused) {
  HttpServerOptions options = strict_options();
  options.max_connections = 20;
  options.max_connections_per_address = 10;
  const Fortress fortress(options);
  std::vector<std::unique_ptr<Client>> crowd;
  for (int i = 0; i < 10; ++i) {
    crowd.push_back(std::make_unique<Client>(fortress.port));
    EXPECT_EQ(crowd.back()->exchange(http_request("GET", "/")).status, 200);
  }
  // One address has its share; others have theirs.
  Client refused(fortress.port);
  EXPECT_EQ(refused.response().status, 503);
  EXPECT_TRUE(refused.sees_end());
  for (int i = 0; i < 10; ++i) {
    crowd.push_back(std::make_unique<Client>(fortress.port, "127.0.0.1", "127.0.0.2"));
    EXPECT_EQ(crowd.back()->exchange(http_request("GET", "/")).status, 200);
  }
  EXPECT_EQ(Client(fortress.port, "127.0.0.1", "127.0.0.3").response().status, 503);
  for (int i = 0; i < 300; ++i) Client flood(fortress.port);
  EXPECT_TRUE(eventually([&] { return fortress.counters().refused == 302; }));
  EXPECT_EQ(fortress.counters().open, 20);
  crowd.clear();
  fortress.expect_alive();
}

TEST(HttpHostileTest, RunningOutOfDescriptorsDoesNotSpin) {
  const Fortress fortress;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  Client waiting(fortress.port);
  EXPECT_EQ(waiting.exchange(http_request("GET", "/")).status, 200);
  // The client's own descriptor is made first; then there is none for the server's end.
  const int lowest = ::dup(0);
  ::close(lowest);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(lowest) + 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  Client late(fortress.port);
  rusage cpu_before{};
  ::getrusage(RUSAGE_SELF, &cpu_before);
  std::this_thread::sleep_for(milliseconds(300));
  rusage cpu_after{};
  ::getrusage(RUSAGE_SELF, &cpu_after);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  const auto microseconds = [](const rusage& usage) {
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
  };
  EXPECT_LT(microseconds(cpu_after) - microseconds(cpu_before), 100'000);
  EXPECT_EQ(late.exchange(http_request("GET", "/")).status, 200);
}

TEST(HttpHostileTest, FloodsOfPipelinedRequestsAreServedInTurn) {
  const Fortress fortress;
  Client flooding(fortress.port);
  std::string requests;
  for (int i = 0; i < 5000; ++i) requests += http_request("POST", "/", "x");
  std::thread sender([&] { flooding.send(requests); });
  EXPECT_EQ(Client(fortress.port).exchange(http_request("POST", "/", "me")).body, "me");
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(flooding.response().body, "x") << i;
  sender.join();
}

}  // namespace
}  // namespace vedette::net::test
