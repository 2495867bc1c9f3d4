// The log of Vedette itself: one line an entry, JSON or text. Not for the events of others.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace vedette::base {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { text, json };

// A named value of an entry. Secrets are never passed here.
struct LogField {
  std::string_view name;  // an ECS name where there is one
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

struct LoggerOptions {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  std::function<void(std::string_view line)> write;  // nullptr: standard error
};

// Thread safe. Control characters of messages and values are escaped. Entries with the same message and level
// beyond 10 in 10 s are counted, and told as one entry ("... and 512 more like it") afterwards.
class Logger {
 public:
  explicit Logger(LoggerOptions options = {});
  ~Logger();

  // `message` is a sentence without values, which go into `fields`: equal messages can be counted.
  void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::info, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::warning, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    log(LogLevel::error, message, fields);
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::base
