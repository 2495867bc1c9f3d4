// The stream listeners as the node makes them, over real sockets, with the peers that are on this machine:
// logger (util-linux) and librelp's client.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

extern "C" {
#include <librelp.h>
}

#include "test/stream_doubles.hpp"
#include "test/temporary_folder.hpp"

namespace vedette::ingest::streams_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Client {
 public:
  Client(int type, std::uint16_t port) : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { ::close(fd_); }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0);
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // What comes until so many bytes are here, or the end.
  std::string receive(std::size_t wanted) const {
    std::string all;
    char buffer[4096];
    while (all.size() < wanted) {
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      all.append(buffer, static_cast<std::size_t>(got));
    }
    return all;
  }
  void send_tls(std::string_view bytes) const {
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL* const tls = SSL_new(context);
    SSL_set_fd(tls, fd_);
    ASSERT_EQ(SSL_connect(tls), 1);
    EXPECT_EQ(SSL_write(tls, bytes.data(), static_cast<int>(bytes.size())), static_cast<int>(bytes.size()));
    SSL_shutdown(tls);
    SSL_free(tls);
    SSL_CTX_free(context);
  }

 private:
  int fd_;
};

class StreamSockets : public test::TemporaryFolder {
 protected:
  void SetUp() override {
    TemporaryFolder::SetUp();
    certificate_ = at("server.pem");
    key_ = at("server.key");
  }
  void TearDown() override {
    listeners_.clear();
    io_.stop();
    TemporaryFolder::TearDown();
  }

  void use_tls() {
    ASSERT_TRUE(net::make_self_signed(certificate_, key_, {"localhost", "127.0.0.1"}).ok());
    auto tls = net::TlsContext::load({certificate_, key_, "", false});
    ASSERT_TRUE(tls.ok());
    tls_ = *tls;
  }
  Listener& start(const std::string& name, const std::string& yaml = "") {
    for (const ListenerInfo& info : all_listeners()) {
      if (info.name != name) continue;
      base::ConfigSource source;
      source.yaml = (info.network ? "listen: 127.0.0.1:0\n" : "") + yaml;
      const auto loaded = base::load_config(listener_keys(info), source);
      for (const auto& diagnostic : loaded.diagnostics) ADD_FAILURE() << diagnostic.to_string();
      const ListenerContext context{io_, intake_, metrics_, log_, tls_, at("state"), "1.0.0", nullptr};
      listeners_.push_back(info.make(context, loaded.root));
      const auto started = listeners_.back()->start();
      EXPECT_TRUE(started.ok()) << (started.ok() ? "" : started.error().message);
      return *listeners_.back();
    }
    ADD_FAILURE() << "no listener " << name;
    std::abort();
  }
  static std::uint16_t port_of(const Listener& listener, const std::string& scheme) {
    const std::string where = listener.where();
    std::smatch match;
    EXPECT_TRUE(std::regex_search(where, match, std::regex(scheme + " 127\\.0\\.0\\.1:(\\d+)"))) << where;
    return static_cast<std::uint16_t>(std::stoi(match[1]));
  }
  static bool run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
  }

  net::Io io_{2};
  StreamIntake intake_;
  base::Metrics metrics_;
  base::Logger log_{{.level = base::LogLevel::error, .write = [](std::string_view) {}}};
  std::shared_ptr<net::TlsContext> tls_;
  std::string certificate_, key_;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

TEST_F(StreamSockets, SyslogOverUdpAndTcp) {
  Listener& listener = start("syslog");
  Client(SOCK_DGRAM, port_of(listener, "udp")).send("<13>Oct 11 22:14:15 host app: over udp\n");
  ASSERT_TRUE(intake_.wait_for(1));
  Client(SOCK_STREAM, port_of(listener, "tcp")).send("<13>by line\n10 <13>counted<13>last");
  ASSERT_TRUE(intake_.wait_for(4));
  listener.drain(milliseconds{500});
  EXPECT_THAT(intake_.texts(), ElementsAre("<13>Oct 11 22:14:15 host app: over udp", "<13>by line",
                                           "<13>counte", "d<13>last"));
  EXPECT_EQ(intake_.records()[1].source, "syslog://127.0.0.1");
  EXPECT_THAT(metrics_.render(),
              HasSubstr(R"(vedette_listener_events_total{listener="syslog",source="127.0.0.1"} 4)"));
}

TEST_F(StreamSockets, SyslogOverTls) {
  use_tls();
  Listener& listener = start("syslog", "udp_listen: none\ntcp_listen: none\ntls_listen: 127.0.0.1:0\n");
  Client(SOCK_STREAM, port_of(listener, "tls")).send_tls("11 <13>secret1<13>other\n");
  ASSERT_TRUE(intake_.wait_for(2));
  EXPECT_THAT(intake_.texts(), ElementsAre("<13>secret1", "<13>other"));
}

TEST_F(StreamSockets, SyslogAddressForTlsNeedsACertificate) {
  for (const ListenerInfo& info : all_listeners()) {
    if (info.name != "syslog") continue;
    base::ConfigSource source;
    source.yaml = "listen: 127.0.0.1:0\ntls_listen: 127.0.0.1:0\n";
    const auto loaded = base::load_config(listener_keys(info), source);
    const ListenerContext context{io_, intake_, metrics_, log_, nullptr, at("state"), "1.0.0", nullptr};
    const auto started = info.make(context, loaded.root)->start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error().code, base::ErrorCode::invalid_argument);
  }
}

TEST_F(StreamSockets, TheLoggerOfUtilLinux) {
  if (!run("command -v logger")) GTEST_SKIP() << "logger is not installed";
  Listener& listener = start("syslog");
  const std::string udp = std::to_string(port_of(listener, "udp")),
                    tcp = std::to_string(port_of(listener, "tcp"));
  EXPECT_TRUE(run("logger -n 127.0.0.1 -d -P " + udp + " --rfc3164 -t app one"));
  ASSERT_TRUE(intake_.wait_for(1));
  EXPECT_TRUE(run("logger -n 127.0.0.1 -T -P " + tcp + " --rfc5424 -t app two"));
  ASSERT_TRUE(intake_.wait_for(2));
  EXPECT_TRUE(run("logger -n 127.0.0.1 -T -P " + tcp + " --octet-count --rfc5424 -t app three"));
  ASSERT_TRUE(intake_.wait_for(3));
  const auto texts = intake_.texts();
  EXPECT_THAT(texts[0], testing::EndsWith("app: one"));
  EXPECT_THAT(texts[1], testing::AllOf(testing::StartsWith("<13>1 "), testing::EndsWith(" two")));
  EXPECT_THAT(texts[2], testing::AllOf(testing::StartsWith("<13>1 "), testing::EndsWith(" three")));
}

TEST_F(StreamSockets, ASlowIntakeHoldsTcpBackAndNothingIsLost) {
  intake_.set_mode(StreamIntake::Mode::refuse);
  Listener& listener = start("ndjson_tcp");
  constexpr std::size_t kLines = 60'000;
  std::thread sender([&] {
    const Client client(SOCK_STREAM, port_of(listener, "tcp"));
    const std::string line = std::string(999, 'x') + "\n";
    for (std::size_t i = 0; i < kLines; ++i) client.send(line);
  });
  std::this_thread::sleep_for(milliseconds{300});
  EXPECT_TRUE(intake_.texts().empty());
  intake_.set_mode(StreamIntake::Mode::answer);
  sender.join();
  EXPECT_TRUE(intake_.wait_for(kLines));
  listener.drain(milliseconds{500});
  EXPECT_EQ(intake_.records().size(), kLines);
}

TEST_F(StreamSockets, NdjsonOverTls) {
  use_tls();
  Listener& listener = start("ndjson_tcp");
  Client(SOCK_STREAM, port_of(listener, "tls")).send_tls("{\"a\":1}\n{\"b\":2}\n");
  ASSERT_TRUE(intake_.wait_for(2));
  EXPECT_THAT(intake_.texts(), ElementsAre(R"({"a":1})", R"({"b":2})"));
}

TEST_F(StreamSockets, GelfOverUdpAndTcp) {
  Listener& listener = start("gelf");
  Client(SOCK_DGRAM, port_of(listener, "udp")).send(R"({"host":"h","short_message":"u"})");
  ASSERT_TRUE(intake_.wait_for(1));
  Client(SOCK_STREAM, port_of(listener, "tcp"))
      .send(R"({"host":"h","short_message":"t"})" + std::string(1, '\0'));
  ASSERT_TRUE(intake_.wait_for(2));
  EXPECT_THAT(intake_.texts(),
              ElementsAre(R"({"host.name":"h","message":"u"})", R"({"host.name":"h","message":"t"})"));
}

TEST_F(StreamSockets, FluentForwardAcknowledges) {
  Listener& listener = start("fluent_forward");
  const Client client(SOCK_STREAM, port_of(listener, "tcp"));
  client.send(
      "\x94\xa3tag\x01\x81\xa1k\xa1v\x81\xa5"
      "chunk\xa1"
      "c");
  const std::string ack =
      "\x81\xa3"
      "ack\xa1"
      "c";
  EXPECT_EQ(client.receive(ack.size()), ack);
  EXPECT_THAT(intake_.texts(), ElementsAre(R"({"k":"v"})"));
}

void quiet_relp(char*, ...) {}

struct RelpClient {
  explicit RelpClient(std::uint16_t port, std::string authority = "", std::string key = "") {
    EXPECT_EQ(relpEngineConstruct(&engine), RELP_RET_OK);
    relpEngineSetDbgprint(engine, quiet_relp);
    relpEngineSetEnableCmd(engine, reinterpret_cast<unsigned char*>(const_cast<char*>("syslog")),
                           eRelpCmdState_Required);
    EXPECT_EQ(relpEngineCltConstruct(engine, &client), RELP_RET_OK);
    relpCltSetTimeout(client, 5);
    if (!authority.empty()) {
      std::string mode = "name", name = "localhost";
      EXPECT_EQ(relpCltEnableTLS(client), RELP_RET_OK);
      EXPECT_EQ(relpCltSetCACert(client, authority.data()), RELP_RET_OK);
      // It offers anonymous ciphers only, unless it has a certificate of its own.
      EXPECT_EQ(relpCltSetOwnCert(client, authority.data()), RELP_RET_OK);
      EXPECT_EQ(relpCltSetPrivKey(client, key.data()), RELP_RET_OK);
      EXPECT_EQ(relpCltSetAuthMode(client, mode.data()), RELP_RET_OK);
      EXPECT_EQ(relpCltAddPermittedPeer(client, name.data()), RELP_RET_OK);
    }
    std::string number = std::to_string(port), host = "127.0.0.1";
    connected = relpCltConnect(client, 2, reinterpret_cast<unsigned char*>(number.data()),
                               reinterpret_cast<unsigned char*>(host.data()));
  }
  // Waits for what is not acknowledged yet, as far as librelp does when it closes.
  ~RelpClient() {
    relpEngineCltDestruct(engine, &client);
    relpEngineDestruct(&engine);
  }
  relpRetVal send(std::string message) {
    return relpCltSendSyslog(client, reinterpret_cast<unsigned char*>(message.data()), message.size());
  }
  relpEngine_t* engine = nullptr;
  relpClt_t* client = nullptr;
  relpRetVal connected = RELP_RET_OK;
};

TEST_F(StreamSockets, LibrelpAsClient) {
  Listener& listener = start("relp");
  constexpr int kMessages = 500;  // more than its window, so that it must wait for answers
  {
    RelpClient client(port_of(listener, "tcp"));
    ASSERT_EQ(client.connected, RELP_RET_OK);
    for (int i = 0; i < kMessages; ++i)
      ASSERT_EQ(client.send("<13>message " + std::to_string(i)), RELP_RET_OK);
  }
  ASSERT_TRUE(intake_.wait_for(kMessages));
  const auto texts = intake_.texts();
  for (int i = 0; i < kMessages; ++i)
    EXPECT_EQ(texts[static_cast<std::size_t>(i)], "<13>message " + std::to_string(i));
}

TEST_F(StreamSockets, LibrelpOverTls) {
  use_tls();
  Listener& listener = start("relp");
  RelpClient client(port_of(listener, "tls"), certificate_, key_);
  ASSERT_EQ(client.connected, RELP_RET_OK);
  ASSERT_EQ(client.send("<13>secret"), RELP_RET_OK);
  ASSERT_TRUE(intake_.wait_for(1));
}

TEST_F(StreamSockets, GarbageOnEveryListener) {
  for (const std::string name : {"syslog", "relp", "gelf", "fluent_forward", "ndjson_tcp"}) {
    Listener& listener = start(name);
    std::string garbage;
    for (int i = 0; i < 50'000; ++i) garbage += static_cast<char>(i * 2654435761u >> 13);
    const Client client(SOCK_STREAM, port_of(listener, "tcp"));
    for (std::size_t at = 0; at < garbage.size(); at += 1000) {
      // It may be closed by now.
      const Client other(SOCK_STREAM, port_of(listener, "tcp"));
      other.send(std::string_view(garbage).substr(at, 1000));
    }
    listener.drain(milliseconds{300});
  }
}

TEST_F(StreamSockets, FilesAreFollowed) {
  put("logs/a.log", "one\n");
  Listener& listener =
      start("files", "inputs:\n  - paths: [\"" + at("logs/*.log") + "\"]\n    format: plain\n");
  ASSERT_TRUE(intake_.wait_for(1));
  std::ofstream(at("logs/a.log"), std::ios::app) << "two\n";
  ASSERT_TRUE(intake_.wait_for(2));
  listener.drain(milliseconds{500});
  EXPECT_THAT(intake_.texts(), ElementsAre("one", "two"));
  EXPECT_TRUE(std::filesystem::exists(at("state/files.json")));
}

// The journal that systemd-journal-remote makes of entries in the export format.
TEST_F(StreamSockets, JournalOfAFolder) {
  const char* const named = std::getenv("SYSTEMD_JOURNAL_REMOTE");  // where it is, if not at its usual place
  const std::string maker = named ? named : "/lib/systemd/systemd-journal-remote";
  if (::access(maker.c_str(), X_OK) != 0) GTEST_SKIP() << "systemd-journal-remote is not installed";
  const auto entry = [](int i) {
    return "__REALTIME_TIMESTAMP=" + std::to_string(1'700'000'000'000'000 + i) +
           "\n__MONOTONIC_TIMESTAMP=" + std::to_string(1000 + i) +
           "\n_BOOT_ID=6c7c6013a8b947a1a8a0a8b947a1a8a0\n_HOSTNAME=web\nPRIORITY=3\nMESSAGE=entry " +
           std::to_string(i) + "\n\n";
  };
  std::filesystem::create_directories(at("journal"));
  put("entries", entry(1) + entry(2));
  ASSERT_TRUE(run(maker + " -o " + at("journal/a.journal") + " " + at("entries")));
  const std::string yaml = "directory: " + at("journal") + "\n";
  {
    Listener& listener = start("journald", yaml);
    ASSERT_TRUE(intake_.wait_for(2));
    listener.drain(milliseconds{500});
  }
  put("more", entry(3));
  ASSERT_TRUE(run(maker + " -o " + at("journal/b.journal") + " " + at("more")));
  Listener& listener = start("journald", yaml);
  ASSERT_TRUE(intake_.wait_for(3));
  listener.drain(milliseconds{500});
  EXPECT_EQ(intake_.duplicates(), 0u);
  EXPECT_THAT(intake_.texts()[2], HasSubstr(R"("MESSAGE":"entry 3")"));
  EXPECT_EQ(intake_.records()[2].format, "journald-json");
}

}  // namespace
}  // namespace vedette::ingest::streams_test
