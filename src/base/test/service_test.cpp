#include "vedette/base/service.hpp"

#include <csignal>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vedette/base/text.hpp"

namespace vedette::base {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// The manager's end of the socket.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
  }
  ~NotifySocket() { ::close(fd_); }
  std::string receive() const {
    char buffer[1024];
    const ssize_t size = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    return size < 0 ? "(nothing)" : std::string(buffer, static_cast<std::size_t>(size));
  }

 private:
  int fd_;
};

void expect_protocol(const std::string& name) {
  const NotifySocket manager(name);
  ServiceNotifier notifier({name, "", ""});
  EXPECT_TRUE(notifier.active());
  EXPECT_TRUE(notifier.ready().ok());
  EXPECT_EQ(manager.receive(), "READY=1");
  EXPECT_TRUE(notifier.status("replaying 3 of 7\nREADY=1").ok());
  EXPECT_EQ(manager.receive(), "STATUS=replaying 3 of 7");
  EXPECT_TRUE(notifier.watchdog().ok());
  EXPECT_EQ(manager.receive(), "WATCHDOG=1");
  EXPECT_TRUE(notifier.stopping().ok());
  EXPECT_EQ(manager.receive(), "STOPPING=1");
  EXPECT_TRUE(notifier.extend_timeout(std::chrono::seconds(90)).ok());
  EXPECT_EQ(manager.receive(), "EXTEND_TIMEOUT_USEC=90000000");
  EXPECT_TRUE(notifier.reloading().ok());
  const std::string text = manager.receive();
  const std::string before = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_THAT(text, StartsWith(before));
  const auto usec = parse_int(text.substr(before.size()));
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  ASSERT_TRUE(usec.has_value());
  EXPECT_NEAR(static_cast<double>(*usec) / 1e6, static_cast<double>(now.tv_sec), 5);
}

TEST(ServiceNotifierTest, SpeaksToAbstractSockets) {
  expect_protocol("@vedette-service-test-" + std::to_string(::getpid()));
}

TEST(ServiceNotifierTest, SpeaksToSocketsInTheFileSystem) {
  std::string folder = (std::filesystem::temp_directory_path() / "vedette-service-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  expect_protocol(folder + "/notify");
  std::filesystem::remove_all(folder);
}

TEST(ServiceNotifierTest, WithoutAManagerNothingHappens) {
  ServiceNotifier notifier(ServiceNotifier::Environment{});
  EXPECT_FALSE(notifier.active());
  EXPECT_TRUE(notifier.ready().ok());
  EXPECT_FALSE(notifier.watchdog_interval().has_value());
}

TEST(ServiceNotifierTest, TellsWhatCannotBeReached) {
  EXPECT_EQ(ServiceNotifier({"/does/not/exist", "", ""}).ready().error().code, ErrorCode::not_found);
  EXPECT_EQ(ServiceNotifier({"vsock:2:1", "", ""}).ready().error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(ServiceNotifier({"/" + std::string(200, 'x'), "", ""}).ready().error().code,
            ErrorCode::invalid_argument);
}

TEST(ServiceNotifierTest, KnowsTheWatchdog) {
  const auto interval = [](const std::string& usec, const std::string& pid) {
    return ServiceNotifier({"", usec, pid}).watchdog_interval();
  };
  EXPECT_EQ(interval("30000000", ""), std::chrono::seconds(15));
  EXPECT_EQ(interval("30000000", std::to_string(::getpid())), std::chrono::seconds(15));
  EXPECT_EQ(interval("30000000", "1"), std::nullopt);
  EXPECT_EQ(interval("x", ""), std::nullopt);
  EXPECT_EQ(interval("0", ""), std::nullopt);
  EXPECT_EQ(interval("1", ""), 1ms);
}

TEST(ServiceSignalsTest, HearsSignals) {
  auto signals = ServiceSignals::open();
  ASSERT_TRUE(signals.ok());
  EXPECT_EQ((*signals)->wait(0ms), ServiceSignal::none);
  EXPECT_EQ((*signals)->wait(5ms), ServiceSignal::none);
  ::kill(::getpid(), SIGHUP);
  EXPECT_EQ((*signals)->wait(std::chrono::seconds(5)), ServiceSignal::reload);
  EXPECT_EQ((*signals)->last_name(), "SIGHUP");
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ((*signals)->wait(std::chrono::seconds(5)), ServiceSignal::stop);
  EXPECT_EQ((*signals)->last_name(), "SIGTERM");
  ::kill(::getpid(), SIGINT);
  EXPECT_EQ((*signals)->wait(std::chrono::seconds(5)), ServiceSignal::stop);
  EXPECT_EQ((*signals)->wait(0ms), ServiceSignal::none);
  ::kill(::getpid(), SIGPIPE);  // ignored
}

TEST(ServiceSignalsTest, StopsOnRequest) {
  auto signals = ServiceSignals::open();
  ASSERT_TRUE(signals.ok());
  std::thread other([&] {
    std::this_thread::sleep_for(10ms);
    (*signals)->request_stop();
  });
  EXPECT_EQ((*signals)->wait(std::chrono::seconds(30)), ServiceSignal::stop);
  EXPECT_EQ((*signals)->last_name(), "");
  other.join();
  EXPECT_EQ((*signals)->wait(0ms), ServiceSignal::none);
}

TEST(ServiceSignalsTest, LeavesSignalsAsTheyWere) {
  {
    auto signals = ServiceSignals::open();
    ASSERT_TRUE(signals.ok());
  }
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_FALSE(sigismember(&mask, SIGTERM));
  struct sigaction pipe {};
  ::sigaction(SIGPIPE, nullptr, &pipe);
  EXPECT_EQ(pipe.sa_handler, SIG_DFL);
}

}  // namespace
}  // namespace vedette::base
