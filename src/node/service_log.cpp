#include "vedette/node/service_log.hpp"

#include <cerrno>
#include <mutex>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace vedette::node {
namespace {

base::LogLevel log_level_of(const std::string& name) {
  if (name == "debug") return base::LogLevel::debug;
  if (name == "warning") return base::LogLevel::warning;
  if (name == "error") return base::LogLevel::error;
  return base::LogLevel::info;
}

void write_log_line(int fd, std::string_view line) {
  std::string bytes(line);
  bytes += '\n';
  std::string_view left = bytes;
  while (!left.empty()) {
    const ssize_t wrote = ::write(fd, left.data(), left.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;  // nowhere to say so
    left.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

base::Result<int> open_log_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
  if (fd >= 0) return fd;
  return base::make_error(base::ErrorCode::io,
                          "cannot open " + path + ": " + std::generic_category().message(errno));
}

}  // namespace

struct ServiceLog::State {
  ~State() {
    logger.reset();  // tells what it has counted
    if (fd != STDERR_FILENO) ::close(fd);
  }
  std::string path;
  std::mutex mutex;  // guards fd
  int fd = STDERR_FILENO;
  std::optional<base::Logger> logger;
};

ServiceLog::ServiceLog() : state_(std::make_unique<State>()) {}
ServiceLog::~ServiceLog() = default;

base::Result<std::unique_ptr<ServiceLog>> ServiceLog::open(const base::ConfigSection& section) {
  std::unique_ptr<ServiceLog> log(new ServiceLog);
  State& state = *log->state_;
  state.path = section.text("file");
  TRY(log->reopen());
  const std::string& format = section.text("format");
  const bool terminal = state.path.empty() && ::isatty(STDERR_FILENO) == 1;
  base::LoggerOptions options;
  options.level = log_level_of(section.text("level"));
  options.format =
      format == "json" || (format == "auto" && !terminal) ? base::LogFormat::json : base::LogFormat::text;
  options.write = [&state](std::string_view line) {
    const std::lock_guard lock(state.mutex);
    write_log_line(state.fd, line);
  };
  state.logger.emplace(std::move(options));
  return log;
}

base::Logger& ServiceLog::logger() {
  return *state_->logger;
}

base::Status ServiceLog::reopen() {
  if (state_->path.empty()) return base::ok_status();
  TRY_ASSIGN(const int fd, open_log_file(state_->path));
  const std::lock_guard lock(state_->mutex);
  if (state_->fd != STDERR_FILENO) ::close(state_->fd);
  state_->fd = fd;
  return base::ok_status();
}

}  // namespace vedette::node
