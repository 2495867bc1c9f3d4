// Sessions over TCP and TLS, and datagrams.
#include <cstring>
#include <future>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/net_test_support.hpp"

namespace vedette::net::test {
namespace {

using std::chrono::milliseconds;

// What all sessions saw.
struct Seen {
  std::mutex mutex;
  std::vector<std::string> lines;
  int ended = 0;
  std::shared_ptr<StreamConnection> last;

  std::size_t count() {
    const std::scoped_lock lock(mutex);
    return lines.size();
  }
  std::shared_ptr<StreamConnection> connection() {
    const std::scoped_lock lock(mutex);
    return last;
  }
};

// Lines; a line is answered by "ok\n", "bye" closes.
class LineSession final : public StreamSession {
 public:
  LineSession(Seen& seen, std::shared_ptr<StreamConnection> connection)
      : seen_(seen), connection_(std::move(connection)) {}

  std::size_t on_bytes(std::string_view bytes, bool at_end) override {
    std::size_t used = 0;
    for (;;) {
      const std::size_t end = bytes.find('\n', used);
      if (end == std::string_view::npos) break;
      take(bytes.substr(used, end - used));
      used = end + 1;
    }
    if (at_end) {
      if (used < bytes.size()) take(bytes.substr(used));
      const std::scoped_lock lock(seen_.mutex);
      ++seen_.ended;
      return bytes.size();
    }
    return used;
  }

 private:
  void take(std::string_view line) {
    {
      const std::scoped_lock lock(seen_.mutex);
      seen_.lines.emplace_back(line);
    }
    connection_->send("ok\n");
    if (line == "bye") connection_->close();
    if (line == "stop") connection_->pause();
  }

  Seen& seen_;
  std::shared_ptr<StreamConnection> connection_;
};

struct Streamed {
  explicit Streamed(StreamServerOptions options = {}, SessionFactory sessions = nullptr) {
    options.listen = {"127.0.0.1", 0};
    if (!sessions) {
      sessions = [this](std::shared_ptr<StreamConnection> connection) {
        {
          const std::scoped_lock lock(seen.mutex);
          seen.last = connection;
        }
        return std::make_unique<LineSession>(seen, std::move(connection));
      };
    }
    auto started = StreamServer::start(io, std::move(options), std::move(sessions));
    EXPECT_TRUE(started.ok());
    server = std::move(started).value();
    port = server->local().port;
  }
  Seen seen;
  Io io{2};
  std::unique_ptr<StreamServer> server;
  std::uint16_t port = 0;
};

std::string read_exactly(Client& client, std::size_t size) {
  std::string got;
  while (got.size() < size) {
    const std::string more = client.receive(size - got.size());
    if (more.empty()) break;
    got += more;
  }
  return got;
}

TEST(StreamServerTest, HandsBytesToSessionsAndAnswers) {
  Streamed served;
  Client client(served.port);
  client.send("one\ntw");
  EXPECT_EQ(read_exactly(client, 3), "ok\n");
  client.send("o\nthree");
  EXPECT_EQ(read_exactly(client, 3), "ok\n");
  client.end_of_writing();
  served.seen.connection();
  {
    const std::scoped_lock lock(served.seen.mutex);
    served.seen.last.reset();
  }
  EXPECT_EQ(client.receive_all(), "ok\n");
  EXPECT_EQ(served.seen.lines, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(served.seen.ended, 1);
}

TEST(StreamServerTest, ClosesAfterWhatWasSent) {
  Streamed served;
  Client client(served.port);
  client.send("bye\nignored\n");
  EXPECT_EQ(read_exactly(client, 3), "ok\n");
  client.end_of_writing();
  EXPECT_TRUE(client.sees_end());
  EXPECT_TRUE(eventually([&] { return served.server->counters().open == 0; }));
  EXPECT_EQ(served.seen.ended, 0);
  served.seen.connection()->send("into the void");
  served.seen.connection()->resume();
}

TEST(StreamServerTest, AnswersThatComeAfterTheEndAreSent) {
  std::promise<std::shared_ptr<StreamConnection>> kept;
  class Silent final : public StreamSession {
    std::size_t on_bytes(std::string_view bytes, bool) override { return bytes.size(); }
  };
  Streamed served({}, [&](std::shared_ptr<StreamConnection> connection) {
    kept.set_value(std::move(connection));
    return std::make_unique<Silent>();
  });
  Client client(served.port);
  client.send("x");
  client.end_of_writing();
  auto connection = kept.get_future().get();
  std::this_thread::sleep_for(milliseconds(20));
  connection->send("late");
  connection.reset();
  EXPECT_EQ(client.receive_all(), "late");
  EXPECT_TRUE(eventually([&] { return served.server->counters().open == 0; }));
}

TEST(StreamServerTest, PauseSlowsTheSenderDown) {
  StreamServerOptions options;
  options.idle_timeout = milliseconds(200);
  Streamed served(options);
  Client client(served.port);
  client.send("stop\n");
  ASSERT_EQ(read_exactly(client, 3), "ok\n");
  const auto connection = served.seen.connection();
  connection->pause();  // counted
  const std::string line = std::string(999, 'x') + "\n";
  std::atomic<int> sent{0};
  constexpr int kLines = 20'000;  // more than the kernel's buffers hold
  std::thread sender([&] {
    for (int i = 0; i < kLines; ++i) {
      if (!client.send(line)) break;
      ++sent;
    }
    client.end_of_writing();
  });
  std::thread reader([&] { client.receive_all(); });
  // A pause outlasts the idle timeout.
  std::this_thread::sleep_for(milliseconds(400));
  const std::size_t lines_while_paused = served.seen.count();
  EXPECT_LE(lines_while_paused, 2000U);
  EXPECT_LT(sent, kLines);
  connection->resume();
  connection->resume();
  sender.join();
  EXPECT_TRUE(eventually([&] { return served.seen.count() == kLines + 1U; }));
  client.reset();
  reader.join();
}

TEST(StreamServerTest, PausedBytesAreGivenAgain) {
  // Takes one line, then pauses with the rest untouched.
  class OneByOne final : public StreamSession {
   public:
    OneByOne(std::atomic<int>& lines, std::shared_ptr<StreamConnection> connection)
        : lines_(lines), connection_(std::move(connection)) {}
    std::size_t on_bytes(std::string_view bytes, bool at_end) override {
      const std::size_t end = bytes.find('\n');
      if (end == std::string_view::npos || at_end) return 0;
      ++lines_;
      connection_->pause();
      std::thread([connection = connection_] { connection->resume(); }).detach();
      return end + 1;
    }

   private:
    std::atomic<int>& lines_;
    std::shared_ptr<StreamConnection> connection_;
  };
  std::atomic<int> lines{0};
  Streamed served({}, [&](std::shared_ptr<StreamConnection> connection) {
    return std::make_unique<OneByOne>(lines, std::move(connection));
  });
  Client client(served.port);
  client.send("a\nb\nc\nd\n");
  EXPECT_TRUE(eventually([&] { return lines == 4; }));
}

TEST(StreamServerTest, BoundsTheBuffer) {
  StreamServerOptions options;
  options.max_buffer_bytes = 10'000;
  Streamed served(options);
  Client fits(served.port);
  fits.send(std::string(9'999, 'a') + "\n");
  EXPECT_EQ(read_exactly(fits, 3), "ok\n");
  Client client(served.port);
  client.send(std::string(1'000'000, 'a'));
  client.end_of_writing();
  EXPECT_TRUE(client.sees_end());
  EXPECT_EQ(served.server->counters().too_large, 1U);
  EXPECT_EQ(served.seen.ended, 0);
}

TEST(StreamServerTest, IdleConnectionsEnd) {
  StreamServerOptions options;
  options.idle_timeout = milliseconds(150);
  Streamed served(options);
  Client client(served.port);
  client.send("half a line");
  EXPECT_EQ(read_exactly(client, 3), "ok\n");
  EXPECT_TRUE(client.sees_end());
  EXPECT_EQ(served.server->counters().timed_out, 1U);
  EXPECT_EQ(served.seen.lines, std::vector<std::string>{"half a line"});
}

TEST(StreamServerTest, ClientsThatNeverReadAreClosed) {
  StreamServerOptions options;
  options.idle_timeout = milliseconds(60'000);
  Streamed served(options);
  Client client(served.port);
  client.send("x\n");
  ASSERT_EQ(read_exactly(client, 3), "ok\n");
  const auto connection = served.seen.connection();
  const std::string piece(100'000, 'y');
  EXPECT_TRUE(eventually([&] {
    connection->send(piece);
    return served.server->counters().open == 0;
  }));
}

TEST(StreamServerTest, FloodsAreRefused) {
  StreamServerOptions options;
  options.max_connections_per_address = 5;
  Streamed served(options);
  std::vector<std::unique_ptr<Client>> crowd;
  for (int i = 0; i < 5; ++i) {
    crowd.push_back(std::make_unique<Client>(served.port));
    crowd.back()->send("x\n");
    EXPECT_EQ(read_exactly(*crowd.back(), 3), "ok\n");
  }
  EXPECT_TRUE(Client(served.port).sees_end());
  for (int i = 0; i < 100; ++i) Client flood(served.port);
  EXPECT_TRUE(eventually([&] { return served.server->counters().refused == 101; }));
  EXPECT_EQ(served.server->counters().open, 5);
}

TEST(StreamServerTest, DrainHandsOverWhatHasArrived) {
  Streamed served;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<Client>(served.port));
    clients.back()->send("first\n");
    ASSERT_EQ(read_exactly(*clients.back(), 3), "ok\n");
    clients.back()->send("last, without end");
  }
  {
    const std::scoped_lock lock(served.seen.mutex);
    served.seen.last.reset();
  }
  served.server->drain(kPatience);
  EXPECT_EQ(served.server->counters().open, 0);
  EXPECT_EQ(served.seen.count(), 10U);
  EXPECT_EQ(served.seen.ended, 5);
  for (auto& client : clients) EXPECT_EQ(client->receive_all(), "ok\n");
}

TEST(StreamServerTest, DrainEndsPausedConnectionsAtTheDeadline) {
  Streamed served;
  Client client(served.port);
  client.send("stop\nmore\n");
  ASSERT_EQ(read_exactly(client, 3), "ok\n");
  served.server->drain(milliseconds(50));
  EXPECT_EQ(served.server->counters().open, 0);
}

TEST(StreamServerTest, ServesThroughTls) {
  const TemporaryFolder folder;
  const std::string certificate = folder.file("a.crt");
  const std::string key = folder.file("a.key");
  ASSERT_TRUE(make_self_signed(certificate, key, {"localhost"}).ok());
  StreamServerOptions options;
  options.tls = TlsContext::load({certificate, key, {}, false}).value();
  options.handshake_timeout = milliseconds(200);
  Streamed served(options);
  Client client(served.port);
  ASSERT_TRUE(client.start_tls({certificate, {}, {}}));
  std::string lines;
  for (int i = 0; i < 10'000; ++i) lines += fmt::format("line {}\n", i);
  client.send(lines);
  EXPECT_EQ(read_exactly(client, 30'000).size(), 30'000U);
  EXPECT_EQ(served.seen.lines[9'999], "line 9999");
  Client stalled(served.port);
  EXPECT_TRUE(stalled.sees_end());
  EXPECT_EQ(served.server->counters().handshakes_failed, 1U);
}

TEST(StreamServerTest, ServerMayEndUnderLoad) {
  auto served = std::make_unique<Streamed>();
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([port = served->port] {
      Client client(port);
      while (client.send("line\n") && !client.receive().empty()) continue;
    });
  }
  EXPECT_TRUE(eventually([&] { return served->seen.count() > 100; }));
  served->server.reset();
  for (auto& client : clients) client.join();
}

class Sender {
 public:
  explicit Sender(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  ~Sender() { ::close(fd_); }
  void send(std::string_view bytes) { ::send(fd_, bytes.data(), bytes.size(), 0); }

 private:
  int fd_;
};

TEST(DatagramServerTest, HandsOverDatagrams) {
  Io io(2);
  std::mutex mutex;
  std::vector<std::string> got;
  DatagramServerOptions options;
  options.listen = {"127.0.0.1", 0};
  options.max_datagram_bytes = 1000;
  auto server = DatagramServer::start(io, options, [&](std::string_view bytes, const Peer& from) {
    const std::scoped_lock lock(mutex);
    EXPECT_EQ(from.address.to_string(), "127.0.0.1");
    EXPECT_NE(from.port, 0);
    got.emplace_back(bytes);
  });
  ASSERT_TRUE(server.ok());
  Sender sender((*server)->local().port);
  for (int i = 0; i < 200; ++i) sender.send(fmt::format("datagram {}", i));
  sender.send("");
  sender.send(std::string(2000, 'x'));
  EXPECT_TRUE(eventually([&] { return (*server)->received() == 202; }));
  (*server)->stop();
  EXPECT_EQ(got[0], "datagram 0");
  EXPECT_EQ(got[199], "datagram 199");
  EXPECT_EQ(got[200], "");
  EXPECT_EQ(got[201], std::string(1000, 'x'));
  EXPECT_EQ((*server)->dropped_by_kernel(), 0U);
}

TEST(DatagramServerTest, CountsWhatAFloodLoses) {
  Io io(1);
  DatagramServerOptions options;
  options.listen = {"127.0.0.1", 0};
  options.receive_buffer_bytes = 64U << 10;
  std::promise<void> go_on;
  std::shared_future<void> gate = go_on.get_future().share();
  auto server = DatagramServer::start(io, options, [&](std::string_view, const Peer&) { gate.wait(); });
  ASSERT_TRUE(server.ok());
  Sender sender((*server)->local().port);
  constexpr std::uint64_t kFlood = 5000;
  const std::string datagram(500, 'f');
  for (std::uint64_t i = 0; i < kFlood; ++i) sender.send(datagram);
  go_on.set_value();
  // The kernel tells of drops with the next datagram that comes through.
  EXPECT_TRUE(eventually([&] {
    sender.send("after the flood");
    return (*server)->dropped_by_kernel() > 0;
  }));
  std::this_thread::sleep_for(milliseconds(50));
  sender.send("last");
  EXPECT_TRUE(eventually([&] { return (*server)->received() + (*server)->dropped_by_kernel() > kFlood; }));
  EXPECT_LT((*server)->received(), kFlood);
}

TEST(DatagramServerTest, WhatHasArrivedIsHandedOverAtTheStop) {
  Io io(1);
  DatagramServerOptions options;
  options.listen = {"", 0};
  std::promise<void> go_on;
  std::shared_future<void> gate = go_on.get_future().share();
  auto server = DatagramServer::start(io, options, [&](std::string_view, const Peer&) { gate.wait(); });
  ASSERT_TRUE(server.ok());
  Sender sender((*server)->local().port);
  for (int i = 0; i < 100; ++i) sender.send("x");
  std::thread stopper([&] { (*server)->stop(); });
  std::this_thread::sleep_for(milliseconds(20));
  go_on.set_value();
  stopper.join();
  EXPECT_EQ((*server)->received(), 100U);
}

TEST(IoTest, RunsWorkNowAndLater) {
  Io io(2);
  std::promise<void> now;
  std::promise<void> later;
  std::atomic<int> never{0};
  io.after(milliseconds(20), [&] { later.set_value(); });
  io.after(std::chrono::hours(1), [&] { ++never; });
  io.post([&] { now.set_value(); });
  EXPECT_EQ(now.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(later.get_future().wait_for(kPatience), std::future_status::ready);
  io.stop();
  io.post([&] { ++never; });
  io.stop();
  EXPECT_EQ(never, 0);
}

TEST(EndpointTest, ParsesAddresses) {
  const auto expect = [](std::string_view text, std::string_view host, int port, bool loopback) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint.ok()) << text;
    EXPECT_EQ(endpoint->host, host);
    EXPECT_EQ(endpoint->port, port);
    EXPECT_EQ(endpoint->is_loopback(), loopback);
    EXPECT_EQ(endpoint->to_string(), text);
  };
  expect("0.0.0.0:9200", "0.0.0.0", 9200, false);
  expect("127.9.9.9:1", "127.9.9.9", 1, true);
  expect("[::]:514", "::", 514, false);
  expect("[::1]:514", "::1", 514, true);
  expect("localhost:0", "localhost", 0, true);
  expect(":9200", "", 9200, false);
  for (const std::string_view bad : {"", "9200", "a:", "a:65536", "a:-1", "a:1x", "::1:80", "[::1:80",
                                     "[1.2.3.4]:80", "[]:80", "a b:80", "[::1]80"}) {
    EXPECT_FALSE(Endpoint::parse(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace vedette::net::test
