// Certificates, and servers behind TLS.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "test/net_test_support.hpp"

namespace vedette::net::test {
namespace {

using std::chrono::milliseconds;

// A self-signed certificate is its own authority.
struct Identity {
  Identity(const TemporaryFolder& folder, const std::string& name)
      : certificate(folder.file(name + ".crt")), key(folder.file(name + ".key")) {
    EXPECT_TRUE(make_self_signed(certificate, key, {name, "localhost", "127.0.0.1", "::1"}).ok());
  }
  std::string certificate;
  std::string key;
};

std::string contents(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::shared_ptr<TlsContext> loaded(const TlsOptions& options) {
  auto context = TlsContext::load(options);
  EXPECT_TRUE(context.ok()) << context.error().message;
  return context.value();
}

struct TlsServed {
  explicit TlsServed(TlsOptions tls_options, HttpServerOptions options = {}) : tls(loaded(tls_options)) {
    options.listen = {"127.0.0.1", 0};
    options.tls = tls;
    auto started = HttpServer::start(io, std::move(options), [](const ExchangePtr& exchange) {
      HttpResponse response;
      const Peer& peer = exchange->request().peer;
      response.headers.emplace_back("X-Client", peer.tls ? "tls " + peer.certificate_name : "plain");
      response.body = exchange->take_body();
      exchange->respond(std::move(response));
    });
    server = std::move(started).value();
    port = server->local().port;
  }
  std::shared_ptr<TlsContext> tls;
  Io io{2};
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
};

TEST(TlsTest, MakesACertificateOnce) {
  const TemporaryFolder folder;
  const Identity identity(folder, "siem.example");
  const std::string certificate = contents(identity.certificate);
  const std::string key = contents(identity.key);
  EXPECT_NE(certificate.find("BEGIN CERTIFICATE"), std::string::npos);
  EXPECT_NE(key.find("BEGIN PRIVATE KEY"), std::string::npos);
  struct stat status {};
  ASSERT_EQ(::stat(identity.key.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_TRUE(make_self_signed(identity.certificate, identity.key, {"other"}).ok());
  EXPECT_EQ(contents(identity.certificate), certificate);
  // A lost certificate is made anew for the key that is there.
  std::remove(identity.certificate.c_str());
  EXPECT_TRUE(make_self_signed(identity.certificate, identity.key, {"other"}).ok());
  EXPECT_NE(contents(identity.certificate), certificate);
  EXPECT_EQ(contents(identity.key), key);
  const int days = loaded({identity.certificate, identity.key, {}, false})->days_left();
  EXPECT_GE(days, 394);
  EXPECT_LE(days, 397);
  EXPECT_FALSE(make_self_signed(folder.file("none/a.crt"), folder.file("none/a.key"), {}).ok());
}

TEST(TlsTest, NamesFilesThatCannotBeUsed) {
  const TemporaryFolder folder;
  const Identity one(folder, "one");
  const Identity two(folder, "two");
  const std::string garbage = folder.file("garbage");
  std::ofstream(garbage) << "-----BEGIN CERTIFICATE-----\ngarbage\n-----END CERTIFICATE-----\n";
  const auto expect_error = [](const TlsOptions& options, base::ErrorCode code, const std::string& name) {
    const auto context = TlsContext::load(options);
    ASSERT_FALSE(context.ok());
    EXPECT_EQ(context.error().code, code);
    EXPECT_NE(context.error().message.find(name), std::string::npos) << context.error().message;
  };
  using base::ErrorCode;
  expect_error({folder.file("none"), one.key, {}, false}, ErrorCode::not_found, "none");
  expect_error({one.certificate, folder.file("none"), {}, false}, ErrorCode::not_found, "none");
  expect_error({garbage, one.key, {}, false}, ErrorCode::invalid_argument, "garbage");
  expect_error({one.certificate, garbage, {}, false}, ErrorCode::invalid_argument, "garbage");
  expect_error({one.certificate, two.key, {}, false}, ErrorCode::invalid_argument, "two.key");
  expect_error({one.certificate, one.key, garbage, true}, ErrorCode::invalid_argument, "garbage");
  expect_error({one.certificate, one.key, folder.file("none"), true}, ErrorCode::not_found, "none");
  expect_error({one.certificate, one.key, {}, true}, ErrorCode::invalid_argument, "authorities");
}

TEST(TlsTest, ServesThroughTls) {
  const TemporaryFolder folder;
  const Identity identity(folder, "server");
  const TlsServed served({identity.certificate, identity.key, {}, false});
  Client client(served.port);
  ASSERT_TRUE(client.start_tls({identity.certificate, {}, {}}));
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{10}, std::size_t{100'000}, std::size_t{3} << 20}) {
    const std::string body(size, 'b');
    std::thread sender([&] { client.send(http_request("POST", "/", body)); });
    sender.join();
    const auto response = client.response();
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.body == body) << size;
    EXPECT_EQ(find_header(response.headers, "x-client"), "tls ");
  }
}

TEST(TlsTest, ServesCurlThroughTls) {
  if (std::system("curl --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "curl is not installed";
  const TemporaryFolder folder;
  const Identity identity(folder, "server");
  const TlsServed served({identity.certificate, identity.key, {}, false});
  const std::string base = fmt::format("curl -sS -o /dev/null -m 20 --cacert {} ", identity.certificate);
  const std::string quiet = " 2>/dev/null";
  EXPECT_EQ(std::system((base + fmt::format("https://127.0.0.1:{}/", served.port)).c_str()), 0);
  EXPECT_EQ(std::system((base + fmt::format("--tls-max 1.2 https://127.0.0.1:{}/", served.port)).c_str()), 0);
  // Neither old versions nor ciphers without forward secrecy.
  EXPECT_NE(
      std::system((base + fmt::format("--tls-max 1.1 https://127.0.0.1:{}/", served.port) + quiet).c_str()),
      0);
  EXPECT_NE(std::system(
                (base + fmt::format("--tls-max 1.2 --ciphers AES256-SHA https://127.0.0.1:{}/", served.port) +
                 quiet)
                    .c_str()),
            0);
}

TEST(TlsTest, TakesClientsByTheirCertificates) {
  const TemporaryFolder folder;
  const Identity server(folder, "server");
  const Identity friendly(folder, "friend");
  const Identity stranger(folder, "stranger");
  const TlsServed served({server.certificate, server.key, friendly.certificate, true});
  Client known(served.port);
  ASSERT_TRUE(known.start_tls({server.certificate, friendly.certificate, friendly.key}));
  EXPECT_EQ(find_header(known.exchange(http_request("GET", "/")).headers, "x-client"), "tls friend");
  // With TLS 1.3 the client believes it is connected until it reads.
  Client unknown(served.port);
  unknown.start_tls({server.certificate, stranger.certificate, stranger.key});
  EXPECT_EQ(unknown.exchange(http_request("GET", "/")).status, 0);
  Client anonymous(served.port);
  anonymous.start_tls({server.certificate, {}, {}});
  EXPECT_EQ(anonymous.exchange(http_request("GET", "/")).status, 0);
  EXPECT_TRUE(eventually([&] { return served.server->counters().handshakes_failed == 2; }));
  EXPECT_EQ(served.server->counters().requests, 1U);
}

TEST(TlsTest, ClientCertificatesMayBeOptional) {
  const TemporaryFolder folder;
  const Identity server(folder, "server");
  const Identity friendly(folder, "friend");
  const Identity stranger(folder, "stranger");
  const TlsServed served({server.certificate, server.key, friendly.certificate, false});
  Client known(served.port);
  ASSERT_TRUE(known.start_tls({server.certificate, friendly.certificate, friendly.key}));
  EXPECT_EQ(find_header(known.exchange(http_request("GET", "/")).headers, "x-client"), "tls friend");
  Client anonymous(served.port);
  ASSERT_TRUE(anonymous.start_tls({server.certificate, {}, {}}));
  EXPECT_EQ(find_header(anonymous.exchange(http_request("GET", "/")).headers, "x-client"), "tls ");
  Client unknown(served.port);
  unknown.start_tls({server.certificate, stranger.certificate, stranger.key});
  EXPECT_EQ(unknown.exchange(http_request("GET", "/")).status, 0);
}

TEST(TlsTest, ReloadsUnderLoad) {
  const TemporaryFolder folder;
  const Identity old_one(folder, "old");
  const Identity new_one(folder, "new");
  const std::string certificate = folder.file("live.crt");
  const std::string key = folder.file("live.key");
  const auto install = [&](const Identity& identity) {
    std::ofstream(certificate) << contents(identity.certificate);
    std::ofstream(key) << contents(identity.key);
  };
  install(old_one);
  const TlsServed served({certificate, key, {}, false});
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&, keeps = i == 0] {
      auto client = std::make_unique<Client>(served.port);
      if (!client->start_tls()) ++failed;
      while (!stop) {
        if (!keeps) {
          client = std::make_unique<Client>(served.port);
          if (!client->start_tls()) ++failed;
        }
        client->exchange(http_request("POST", "/", "x")).body == "x" ? ++answered : ++failed;
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    install(i % 2 == 0 ? new_one : old_one);
    EXPECT_TRUE(served.tls->reload().ok());
    std::this_thread::sleep_for(milliseconds(10));
  }
  install(new_one);
  EXPECT_TRUE(served.tls->reload().ok());
  // What cannot be used changes nothing.
  std::ofstream(certificate) << "garbage";
  EXPECT_FALSE(served.tls->reload().ok());
  Client fresh(served.port);
  EXPECT_TRUE(fresh.start_tls({new_one.certificate, {}, {}}));
  Client behind_the_times(served.port);
  EXPECT_FALSE(behind_the_times.start_tls({old_one.certificate, {}, {}}));
  EXPECT_TRUE(eventually([&] { return answered > 20; }));
  stop = true;
  for (auto& client : clients) client.join();
  EXPECT_EQ(failed, 0);
}

TEST(TlsTest, GarbageAndStallsEndTheHandshake) {
  const TemporaryFolder folder;
  const Identity identity(folder, "server");
  HttpServerOptions options;
  options.handshake_timeout = milliseconds(300);
  options.max_connections = 50;
  const TlsServed served({identity.certificate, identity.key, {}, false}, options);
  const std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  for (const std::string& bytes : {http_request("GET", "/"), std::string("\0\0\0\0\0\0", 6),
                                   std::string(100'000, '\xff'), hello, std::string()}) {
    Client client(served.port);
    client.send(bytes);
    EXPECT_TRUE(client.sees_end());
  }
  EXPECT_TRUE(eventually([&] { return served.server->counters().handshakes_failed == 5; }));
  // The last two said nothing more.
  EXPECT_EQ(served.server->counters().timed_out, 2U);
  EXPECT_TRUE(eventually([&] { return served.server->counters().open == 0; }));
  Client client(served.port);
  ASSERT_TRUE(client.start_tls());
  EXPECT_EQ(client.exchange(http_request("POST", "/", "fine")).body, "fine");
}

TEST(TlsTest, ClientsMayGoAtAnyTime) {
  const TemporaryFolder folder;
  const Identity identity(folder, "server");
  const TlsServed served({identity.certificate, identity.key, {}, false});
  const std::string request = http_request("POST", "/", std::string(1U << 20, 'x'));
  for (int i = 0; i < 10; ++i) {
    Client client(served.port);
    ASSERT_TRUE(client.start_tls());
    client.send(i < 5 ? request : request.substr(0, 1000));
    if (i % 2 == 0) client.reset();
  }
  EXPECT_TRUE(eventually([&] { return served.server->counters().open == 0; }));
}

}  // namespace
}  // namespace vedette::net::test
