// What the HTTP server does for clients that mean well.
#include <cstdio>
#include <future>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "test/net_test_support.hpp"

namespace vedette::net::test {
namespace {

using std::chrono::milliseconds;

HttpServerOptions loopback_options() {
  HttpServerOptions options;
  options.listen = {"127.0.0.1", 0};
  return options;
}

// Answers with what it was asked.
void echo(const ExchangePtr& exchange) {
  const HttpRequest& request = exchange->request();
  HttpResponse response;
  response.headers.emplace_back("X-Method", request.method);
  response.headers.emplace_back("X-Path", request.path);
  response.body = exchange->take_body();
  exchange->respond(std::move(response));
}

struct Served {
  explicit Served(HttpHandler handler = echo, HttpServerOptions options = loopback_options()) {
    auto started = HttpServer::start(io, std::move(options), std::move(handler));
    EXPECT_TRUE(started.ok()) << started.error().message;
    server = std::move(started).value();
    port = server->local().port;
  }
  Io io{2};
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
};

TEST(HttpServerTest, AnswersAndKeepsTheConnection) {
  const Served served;
  Client client(served.port);
  for (int i = 0; i < 3; ++i) {
    const auto response = client.exchange(http_request("POST", "/a%20b?x=1", "hello"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(find_header(response.headers, "x-path"), "/a b");
    EXPECT_EQ(find_header(response.headers, "connection"), "");
    EXPECT_NE(find_header(response.headers, "date"), "");
  }
  EXPECT_EQ(served.server->counters().requests, 3U);
  EXPECT_EQ(served.server->counters().connections, 1U);
}

TEST(HttpServerTest, GivesTheRequestInParts) {
  std::promise<HttpRequest> got;
  const Served served([&](const ExchangePtr& exchange) {
    got.set_value(exchange->request());
    exchange->respond({});
  });
  Client client(served.port);
  const auto response = client.exchange(
      http_request("get", "/logs%2Fa/_bulk/?q=a+b%26&flag&q=2", {}, "X-One:  1 \r\nx-two:2\r\n"));
  EXPECT_EQ(response.status, 200);
  const HttpRequest request = got.get_future().get();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/logs/a/_bulk/");
  EXPECT_EQ(request.segments, (std::vector<std::string>{"logs/a", "_bulk"}));
  EXPECT_EQ(request.parameter("q"), "a b&");
  EXPECT_TRUE(request.has_parameter("flag"));
  EXPECT_EQ(request.parameter("none", "other"), "other");
  EXPECT_EQ(request.header("X-ONE"), "1");
  EXPECT_EQ(request.header("X-Two"), "2");
  EXPECT_EQ(request.peer.address.to_string(), "127.0.0.1");
  EXPECT_FALSE(request.peer.tls);
}

TEST(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  const Served served([](const ExchangePtr& exchange) {
    // The first takes longest.
    std::thread([exchange] {
      if (exchange->request().path == "/0") std::this_thread::sleep_for(milliseconds(30));
      HttpResponse response;
      response.body = exchange->request().path + exchange->request().body;
      exchange->respond(std::move(response));
    }).detach();
  });
  Client client(served.port);
  std::string all;
  for (int i = 0; i < 20; ++i) all += http_request("POST", "/" + std::to_string(i), "!");
  client.send(all);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.response().body, fmt::format("/{}!", i));
}

TEST(HttpServerTest, TakesChunkedBodies) {
  const Served served;
  Client client(served.port);
  const std::string head = http_request("PUT", "/", {}, "Transfer-Encoding: chunked\r\n");
  const auto response = client.exchange(
      head + "5;name=value\r\nhello\r\n1\r\n \r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(response.body, "hello 0123456789");
  // Byte by byte, and the connection goes on.
  for (const char c : head + "3\r\nabc\r\n0\r\n\r\n") client.send({&c, 1});
  EXPECT_EQ(client.response().body, "abc");
}

TEST(HttpServerTest, UndoesContentCodings) {
  const Served served;
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += fmt::format("line {}\n", i);
  Client client(served.port);
  const std::pair<std::string, std::string> coded[] = {
      {"gzip", gzip(text)},
      {"x-gzip", gzip(text.substr(0, 1000)) + gzip(text.substr(1000))},
      {"deflate", zlib_deflate(text)},
      {"deflate", zlib_deflate(text, true)},
      {"zstd", zstd(text)},
      {"zstd", zstd(text.substr(0, 1000)) + zstd(text.substr(1000))},
      {"identity", text},
  };
  for (const auto& [coding, bytes] : coded) {
    const auto response =
        client.exchange(http_request("POST", "/", bytes, fmt::format("Content-Encoding: {}\r\n", coding)));
    EXPECT_EQ(response.status, 200) << coding;
    EXPECT_TRUE(response.body == text) << coding;
    const std::string chunked =
        http_request("PUT", "/", {},
                     fmt::format("Content-Encoding: {}\r\n", coding) + "Transfer-Encoding: chunked\r\n") +
        fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", bytes.size(), bytes);
    EXPECT_TRUE(client.exchange(chunked).body == text) << coding;
  }
  EXPECT_EQ(client.exchange(http_request("POST", "/", {}, "Content-Encoding: gzip\r\n")).status, 200);
  const auto unknown = client.exchange(http_request("POST", "/", "x", "Content-Encoding: br\r\n"));
  EXPECT_EQ(unknown.status, 415);
  EXPECT_NE(find_header(unknown.headers, "accept-encoding"), "");
}

TEST(HttpServerTest, TakesLargeBodies) {
  const Served served;
  std::string body(8U << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761U >> 24);
  Client client(served.port);
  std::thread sender([&] { client.send(http_request("POST", "/", body)); });
  const auto response = client.response();
  sender.join();
  EXPECT_TRUE(response.body == body);
}

TEST(HttpServerTest, ContinuesOnlyIfAdmitted) {
  HttpServerOptions options = loopback_options();
  options.admit = [](const HttpRequest& head, HttpResponse& refusal) {
    if (head.path == "/open") return true;
    refusal.status = 401;
    refusal.headers.emplace_back("WWW-Authenticate", "Basic");
    refusal.body = "who are you?";
    return false;
  };
  const Served served(echo, options);
  const std::string_view expect = "Expect: 100-continue\r\nContent-Length: 2\r\n";
  Client client(served.port);
  EXPECT_EQ(client.exchange(http_request("PUT", "/open", {}, expect)).status, 100);
  client.send("hi");
  EXPECT_EQ(client.response().body, "hi");
  // Without a body the connection goes on.
  EXPECT_EQ(client.exchange(http_request("GET", "/closed")).body, "who are you?");
  const auto refused = client.exchange(http_request("PUT", "/closed", {}, expect));
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(find_header(refused.headers, "connection"), "close");
  EXPECT_TRUE(client.sees_end());
  EXPECT_EQ(Client(served.port).exchange(http_request("PUT", "/open", {}, "Expect: magic\r\n")).status, 417);
}

TEST(HttpServerTest, AnswersHeadWithoutBody) {
  const Served served([](const ExchangePtr& exchange) {
    HttpResponse response;
    response.body = "four";
    if (exchange->request().path == "/none") response.status = 204;
    if (exchange->request().path != "/stream") return exchange->respond(std::move(response));
    exchange->begin(std::move(response));
    exchange->write("piece");
    exchange->end();
  });
  Client client(served.port);
  client.send(http_request("HEAD", "/"));
  EXPECT_EQ(find_header(client.response(true).headers, "content-length"), "4");
  client.send(http_request("HEAD", "/stream"));
  EXPECT_EQ(find_header(client.response(true).headers, "transfer-encoding"), "chunked");
  const auto none = client.exchange(http_request("GET", "/none"));
  EXPECT_EQ(none.status, 204);
  EXPECT_EQ(find_header(none.headers, "content-length"), "");
  EXPECT_EQ(client.exchange(http_request("GET", "/")).body, "four");
}

TEST(HttpServerTest, ClosesWhenAskedAndSpeaksHttp10) {
  const Served served;
  Client closing(served.port);
  EXPECT_EQ(find_header(closing.exchange(http_request("GET", "/", {}, "Connection: Close\r\n")).headers,
                        "connection"),
            "close");
  EXPECT_TRUE(closing.sees_end());
  Client old(served.port);
  EXPECT_EQ(old.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").status, 200);
  EXPECT_EQ(old.exchange("GET / HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(old.sees_end());
}

TEST(HttpServerTest, StreamsAnswers) {
  const Served served([](const ExchangePtr& exchange) {
    std::thread([exchange] {
      HttpResponse head;
      head.headers.emplace_back("Content-Type", "text/event-stream");
      exchange->begin(std::move(head));
      for (int i = 0; i < 1000; ++i) {
        if (!exchange->write(fmt::format("event {}\n{}", i, std::string(5000, 'x')))) break;
      }
      exchange->end();
    }).detach();
  });
  Client client(served.port);
  for (int i = 0; i < 2; ++i) {
    const auto response = client.exchange(http_request("GET", "/"));
    EXPECT_TRUE(response.complete);
    EXPECT_GT(response.body.size(), 5'000'000U);
    EXPECT_NE(response.body.find("event 999\n"), std::string::npos);
  }
  Client old(served.port);
  const auto response = old.exchange("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(find_header(response.headers, "transfer-encoding"), "");
  EXPECT_NE(response.body.find("event 999\n"), std::string::npos);
}

TEST(HttpServerTest, AnswersForHandlersThatForget) {
  std::promise<ExchangePtr> half;
  const Served served([&](const ExchangePtr& exchange) {
    if (exchange->request().path != "/stream") return;
    exchange->begin({});
    exchange->write("half");
    half.set_value(exchange);
  });
  Client client(served.port);
  EXPECT_EQ(client.exchange(http_request("GET", "/")).status, 500);
  EXPECT_EQ(client.exchange(http_request("GET", "/")).status, 500);
  // A stream that is let go must not look whole.
  client.send(http_request("GET", "/stream"));
  std::string got;
  while (got.find("half") == std::string::npos && !client.timed_out()) got += client.receive();
  half.get_future().get().reset();
  EXPECT_EQ(client.receive_all().find("0\r\n\r\n"), std::string::npos);
  EXPECT_FALSE(client.timed_out());
}

TEST(HttpServerTest, LeavesOutFieldsThatAreNotTheHandlers) {
  const Served served([](const ExchangePtr& exchange) {
    HttpResponse response;
    response.headers = {
        {"X-Split", "a\r\nSet-Cookie: b"}, {"Content-Length", "7"}, {"X-Good", "yes"}, {"bad name", "x"}};
    exchange->respond(std::move(response));
  });
  const auto response = Client(served.port).exchange(http_request("GET", "/"));
  EXPECT_EQ(find_header(response.headers, "set-cookie"), "");
  EXPECT_EQ(find_header(response.headers, "content-length"), "0");
  EXPECT_EQ(find_header(response.headers, "x-good"), "yes");
}

TEST(HttpServerTest, TellsThatTheClientHasGone) {
  std::promise<bool> gone;
  HttpServerOptions options = loopback_options();
  options.idle_timeout = milliseconds(400);  // sweeps more often
  const Served served(
      [&](const ExchangePtr& exchange) {
        std::thread([&gone, exchange] {
          const bool saw = eventually([&] { return exchange->client_gone(); });
          exchange->respond({});
          gone.set_value(saw);
        }).detach();
      },
      options);
  {
    Client client(served.port);
    client.send(http_request("GET", "/"));
    ASSERT_TRUE(eventually([&] { return served.server->counters().requests == 1; }));
  }
  EXPECT_TRUE(gone.get_future().get());
  EXPECT_TRUE(eventually([&] { return served.server->counters().open == 0; }));
}

TEST(HttpServerTest, ListensOnBothFamilies) {
  HttpServerOptions options = loopback_options();
  options.listen.host = "";
  const Served served(echo, options);
  EXPECT_EQ(Client(served.port).exchange(http_request("GET", "/")).status, 200);
  Client v6(served.port, "::1");
  if (!v6.connected()) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_EQ(v6.exchange(http_request("GET", "/")).status, 200);
}

TEST(HttpServerTest, NamesAnAddressThatIsTaken) {
  Served served;
  HttpServerOptions options = loopback_options();
  options.listen.port = served.port;
  const auto second = HttpServer::start(served.io, options, echo);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, base::ErrorCode::io);
  EXPECT_NE(second.error().message.find(fmt::format("127.0.0.1:{}", served.port)), std::string::npos);
}

TEST(HttpServerTest, DrainsUnderLoad) {
  std::atomic<int> handled{0};
  Served served([&](const ExchangePtr& exchange) {
    std::thread([&handled, exchange] {
      std::this_thread::sleep_for(milliseconds(5));
      ++handled;
      exchange->respond({});
    }).detach();
  });
  std::atomic<int> answered{0};
  std::atomic<int> broken{0};
  std::vector<std::thread> clients;
  Client idle(served.port);
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      Client client(served.port);
      for (;;) {
        if (!client.send(http_request("GET", "/"))) return;
        const auto response = client.response();
        if (response.status == 0) return;
        response.complete ? ++answered : ++broken;
        if (find_header(response.headers, "connection") == "close") return;
      }
    });
  }
  ASSERT_TRUE(eventually([&] { return answered > 50; }));
  served.server->drain(kPatience);
  for (auto& client : clients) client.join();
  EXPECT_EQ(handled, answered);
  EXPECT_EQ(broken, 0);
  EXPECT_EQ(served.server->counters().open, 0);
  EXPECT_TRUE(idle.sees_end());
  EXPECT_FALSE(Client(served.port).connected());
}

TEST(HttpServerTest, DrainClosesTheRestAtTheDeadline) {
  std::promise<ExchangePtr> kept;
  Served served([&](const ExchangePtr& exchange) { kept.set_value(exchange); });
  Client client(served.port);
  client.send(http_request("GET", "/"));
  const ExchangePtr exchange = kept.get_future().get();
  served.server->drain(milliseconds(50));
  EXPECT_TRUE(client.sees_end());
  EXPECT_TRUE(exchange->client_gone());
  exchange->respond({});
}

TEST(HttpServerTest, ExchangesMayOutliveServerAndIo) {
  std::promise<ExchangePtr> kept;
  auto served = std::make_unique<Served>([&](const ExchangePtr& exchange) { kept.set_value(exchange); });
  Client client(served->port);
  client.send(http_request("POST", "/", "body"));
  const ExchangePtr exchange = kept.get_future().get();
  served.reset();
  EXPECT_EQ(exchange->take_body(), "body");
  exchange->begin({});
  EXPECT_FALSE(exchange->write("x"));
  exchange->end();
}

TEST(HttpServerTest, IoMayEndBeforeTheServer) {
  Served served;
  Client client(served.port);
  EXPECT_EQ(client.exchange(http_request("GET", "/")).status, 200);
  served.io.stop();
  EXPECT_TRUE(client.sees_end());
  served.server->drain(kPatience);
}

TEST(HttpServerTest, ServesCurl) {
  if (std::system("curl --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "curl is not installed";
  const Served served;
  const std::string command = fmt::format(
      "head -c 3000000 /dev/zero | curl -sS -m 20 -T - http://127.0.0.1:{}/up | wc -c", served.port);
  FILE* pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  char text[64] = {};
  EXPECT_NE(std::fgets(text, sizeof text, pipe), nullptr);
  ::pclose(pipe);
  EXPECT_EQ(std::atoi(text), 3'000'000);
}

}  // namespace
}  // namespace vedette::net::test
