#include "vedette/base/logger.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>

#include <fmt/format.h>
#include <unistd.h>

#include "repetition_limit.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::base {
namespace {

constexpr std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "info";
}

TimeNs wall_clock() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

TimeNs steady_clock() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct JsonFieldWriter {
  JsonWriter& json;
  void operator()(std::string_view value) const { json.string(value); }
  void operator()(std::int64_t value) const { json.number(value); }
  void operator()(double value) const { json.number(value); }
  void operator()(bool value) const { json.boolean(value); }
};

std::string json_line(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line;
  JsonWriter json(line);
  json.begin_object()
      .field("@timestamp", format_rfc3339(wall_clock()))
      .field("log.level", log_level_name(level));
  json.field("message", message);
  for (const LogField& field : fields) {
    json.key(field.name);
    std::visit(JsonFieldWriter{json}, field.value);
  }
  json.end_object();
  return line;
}

struct TextFieldWriter {
  std::string& line;
  void operator()(std::string_view value) const {
    const bool plain = !value.empty() && value.find_first_of(" \"=") == std::string_view::npos;
    std::string text = escape_control(value);
    if (!plain) {
      std::string quoted;
      for (const char c : text) {
        if (c == '"') quoted += '\\';
        quoted += c;
      }
      text = "\"" + quoted + "\"";
    }
    line += text;
  }
  void operator()(std::int64_t value) const { line += std::to_string(value); }
  void operator()(double value) const { line += fmt::format("{}", value); }
  void operator()(bool value) const { line += value ? "true" : "false"; }
};

std::string text_line(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = fmt::format("{} {:<7} {}", format_rfc3339(wall_clock()), log_level_name(level),
                                 escape_control(message));
  for (const LogField& field : fields) {
    line.append("  ").append(escape_control(field.name)).append("=");
    std::visit(TextFieldWriter{line}, field.value);
  }
  return line;
}

void write_to_standard_error(std::string_view line) {
  std::string bytes(line);
  bytes += '\n';
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote = ::write(STDERR_FILENO, bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;  // nowhere to say so
    done += static_cast<std::size_t>(wrote);
  }
}

}  // namespace

bool RepetitionLimit::admit(LogLevel level, std::string_view message, TimeNs now) {
  const auto [it, added] = windows_.try_emplace({level, std::string(message)});
  Window& window = it->second;
  if (added) {
    window.begin = now;
    if (windows_.size() == 1) next_end_ = now + kWindow;
  }
  return ++window.entries <= kEntries;
}

std::vector<RepetitionLimit::Untold> RepetitionLimit::take_ended(TimeNs now) {
  std::vector<Untold> untold;
  const bool full = windows_.size() >= kMaxMessages;
  if (windows_.empty() || (now < next_end_ && !full)) return untold;
  next_end_ = now + kWindow;
  for (auto it = windows_.begin(); it != windows_.end();) {
    Window& window = it->second;
    if (now < window.begin + kWindow && !full) {
      next_end_ = std::min(next_end_, window.begin + kWindow);
      ++it;
      continue;
    }
    if (window.entries > kEntries) {
      untold.push_back({it->first.first, it->first.second, window.entries - kEntries});
    }
    it = windows_.erase(it);
  }
  return untold;
}

std::vector<RepetitionLimit::Untold> RepetitionLimit::take_all() {
  std::vector<Untold> untold;
  for (const auto& [key, window] : windows_) {
    if (window.entries > kEntries) untold.push_back({key.first, key.second, window.entries - kEntries});
  }
  windows_.clear();
  return untold;
}

struct Logger::State {
  LoggerOptions options;
  std::mutex mutex;  // guards `limit`, and orders the lines
  RepetitionLimit limit;

  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const {
    const std::string line = options.format == LogFormat::json ? json_line(level, message, fields)
                                                               : text_line(level, message, fields);
    options.write(line);
  }
  void tell(const std::vector<RepetitionLimit::Untold>& untold) const {
    for (const auto& entry : untold) {
      write(entry.level, fmt::format("{} ... and {} more like it", entry.message, entry.count), {});
    }
  }
};

Logger::Logger(LoggerOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  if (!state_->options.write) state_->options.write = write_to_standard_error;
}

Logger::~Logger() {
  const std::lock_guard lock(state_->mutex);
  state_->tell(state_->limit.take_all());
}

void Logger::log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (level < state_->options.level) return;
  const std::lock_guard lock(state_->mutex);
  const TimeNs now = steady_clock();
  state_->tell(state_->limit.take_ended(now));
  if (state_->limit.admit(level, message, now)) state_->write(level, message, fields);
}

}  // namespace vedette::base
