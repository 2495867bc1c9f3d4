#include "vedette/base/service.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "os_error.hpp"
#include "vedette/base/text.hpp"

namespace vedette::base {
namespace {

// Closes a descriptor at its end.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int fd) : fd_(fd) {}
  OwnedDescriptor(const OwnedDescriptor&) = delete;
  OwnedDescriptor& operator=(const OwnedDescriptor&) = delete;
  ~OwnedDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string variable_or_empty(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string_view service_signal_name(std::uint32_t number) {
  switch (static_cast<int>(number)) {
    case SIGTERM:
      return "SIGTERM";
    case SIGINT:
      return "SIGINT";
    case SIGHUP:
      return "SIGHUP";
    default:
      return {};
  }
}

}  // namespace

ServiceNotifier::ServiceNotifier()
    : ServiceNotifier(Environment{variable_or_empty("NOTIFY_SOCKET"), variable_or_empty("WATCHDOG_USEC"),
                                  variable_or_empty("WATCHDOG_PID")}) {}

ServiceNotifier::ServiceNotifier(Environment environment) : environment_(std::move(environment)) {}

Status ServiceNotifier::send(std::string_view message) const {
  const std::string& name = environment_.notify_socket;
  if (name.empty()) return ok_status();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if ((name[0] != '/' && name[0] != '@') || name.size() >= sizeof address.sun_path) {
    return make_error(ErrorCode::invalid_argument, "NOTIFY_SOCKET names no socket: " + escape_control(name));
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  const OwnedDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return os_error("open a socket for", name, errno);
  if (::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), length) < 0) {
    return os_error("write to", name, errno);
  }
  return ok_status();
}

Status ServiceNotifier::ready() {
  return send("READY=1");
}

Status ServiceNotifier::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t usec = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec));
}

Status ServiceNotifier::stopping() {
  return send("STOPPING=1");
}

Status ServiceNotifier::status(std::string_view text) {
  return send("STATUS=" + std::string(text.substr(0, text.find('\n'))));
}

Status ServiceNotifier::watchdog() {
  return send("WATCHDOG=1");
}

Status ServiceNotifier::extend_timeout(std::chrono::milliseconds time) {
  return send("EXTEND_TIMEOUT_USEC=" + std::to_string(time.count() * 1000));
}

std::optional<std::chrono::milliseconds> ServiceNotifier::watchdog_interval() const {
  const auto usec = parse_int(environment_.watchdog_usec);
  if (!usec || *usec <= 0) return std::nullopt;
  if (!environment_.watchdog_pid.empty() && environment_.watchdog_pid != std::to_string(::getpid())) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(std::max<std::int64_t>(*usec / 2000, 1));
}

struct ServiceSignals::State {
  State(int signal_fd, int event_fd) : signals(signal_fd), stop_requests(event_fd) {}
  ~State() {
    ::sigaction(SIGPIPE, &old_pipe, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &old_mask, nullptr);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  OwnedDescriptor signals, stop_requests;
  sigset_t old_mask{};
  struct sigaction old_pipe {};
};

ServiceSignals::ServiceSignals(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServiceSignals::~ServiceSignals() = default;

Result<std::unique_ptr<ServiceSignals>> ServiceSignals::open() {
  sigset_t taken;
  ::sigemptyset(&taken);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&taken, number);
  sigset_t old_mask;
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &taken, &old_mask); error != 0) {
    return os_error("block", "signals", error);
  }
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction old_pipe {};
  ::sigaction(SIGPIPE, &ignore, &old_pipe);
  auto state = std::make_unique<State>(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK),
                                       ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const int error = errno;
  state->old_mask = old_mask;
  state->old_pipe = old_pipe;
  if (state->signals.get() < 0 || state->stop_requests.get() < 0) return os_error("open", "signalfd", error);
  return std::unique_ptr<ServiceSignals>(new ServiceSignals(std::move(state)));
}

ServiceSignal ServiceSignals::wait(std::chrono::milliseconds timeout) {
  last_name_ = {};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    std::uint64_t requests = 0;
    if (::read(state_->stop_requests.get(), &requests, sizeof requests) == sizeof requests) {
      return ServiceSignal::stop;
    }
    signalfd_siginfo info{};
    if (::read(state_->signals.get(), &info, sizeof info) == sizeof info) {
      last_name_ = service_signal_name(info.ssi_signo);
      return info.ssi_signo == SIGHUP ? ServiceSignal::reload : ServiceSignal::stop;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return ServiceSignal::none;
    constexpr std::int64_t kLongest = 60'000;
    pollfd waits[2] = {{state_->signals.get(), POLLIN, 0}, {state_->stop_requests.get(), POLLIN, 0}};
    ::poll(waits, 2, static_cast<int>(std::min<std::int64_t>(left.count(), kLongest)));
  }
}

void ServiceSignals::request_stop() {
  const std::uint64_t one = 1;
  while (::write(state_->stop_requests.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

}  // namespace vedette::base
