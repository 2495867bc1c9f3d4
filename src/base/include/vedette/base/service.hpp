// A process as a service: it tells the service manager (systemd) how it is, and hears signals.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"

namespace vedette::base {

// The protocol of sd_notify(3). Without NOTIFY_SOCKET in the environment nothing is sent and all calls
// succeed. Thread safe. Errors: io, of which a service may take no notice.
class ServiceNotifier {
 public:
  struct Environment {
    std::string notify_socket;  // a path, or an abstract name that begins with '@'; empty: none
    std::string watchdog_usec;
    std::string watchdog_pid;  // empty: any process
  };
  ServiceNotifier();  // with the environment of the process
  explicit ServiceNotifier(Environment environment);

  Status ready();      // after the start, and at the end of a reload
  Status reloading();  // with the time of the monotonic clock, as systemd wants it
  Status stopping();
  Status status(std::string_view text);  // one line, shown by `systemctl status`; cut at a line end
  Status watchdog();                     // a sign of life
  // While the start or the stop takes longer than the manager's limit: this much more time from now.
  Status extend_timeout(std::chrono::milliseconds time);

  bool active() const { return !environment_.notify_socket.empty(); }
  // How often watchdog() is to be called: half of what the manager waits; nothing if it does not watch.
  std::optional<std::chrono::milliseconds> watchdog_interval() const;

 private:
  Status send(std::string_view message) const;
  Environment environment_;
};

enum class ServiceSignal : std::uint8_t {
  stop,    // SIGTERM, SIGINT, or request_stop()
  reload,  // SIGHUP
  none,    // the time is over
};

// Takes SIGTERM, SIGINT and SIGHUP of the process from its making to its end, and ignores SIGPIPE. To be made
// by the main thread before other threads begin, as these inherit its signal mask; one at a time.
class ServiceSignals {
 public:
  static Result<std::unique_ptr<ServiceSignals>> open();
  ~ServiceSignals();
  ServiceSignals(const ServiceSignals&) = delete;
  ServiceSignals& operator=(const ServiceSignals&) = delete;

  // Waits for the next signal. Equal signals that come before it is read are one. One thread at a time.
  ServiceSignal wait(std::chrono::milliseconds timeout);
  // Makes wait() return `stop`, once. Thread safe.
  void request_stop();
  // What ended the last wait(), for messages: "SIGTERM", or empty.
  std::string_view last_name() const { return last_name_; }

 private:
  struct State;
  explicit ServiceSignals(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  std::string_view last_name_;
};

}  // namespace vedette::base
