#include "console.hpp"

#include <chrono>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::cli {

bool is_terminal(std::FILE* stream) {
  return isatty(fileno(stream)) == 1;
}

int terminal_width(std::FILE* stream) {
  winsize size{};
  if (!is_terminal(stream) || ioctl(fileno(stream), TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col > 0 ? size.ws_col : 80;
}

report::WriterOptions writer_options(std::FILE* stream) {
  return {is_terminal(stream) && std::getenv("NO_COLOR") == nullptr, terminal_width(stream)};
}

void print(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

void print_diagnostics(const base::Diagnostics& diagnostics, base::Severity at_least) {
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity >= at_least) print(stderr, diagnostic.to_string() + "\n");
  }
}

base::Result<std::int64_t> parse_time_argument(const std::string& text, bool end_of_day) {
  if (const auto ago = base::parse_duration(text)) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() - *ago;
  }
  if (const auto time = base::parse_iso8601(text)) {
    const bool date_only = text.size() == 10;
    return date_only && end_of_day ? *time + 86'400 * base::kNsPerSecond - 1 : *time;
  }
  return base::make_error(
      base::ErrorCode::invalid_argument,
      "'" + base::escape_control(text) +
          "' is no time: write 2026-11-03, 2026-11-03T09:12:00Z, or 24h for the last day");
}

base::Result<int> parse_offset_argument(const std::string& text) {
  // The offset of a date-time that ends in it.
  const auto utc = base::parse_iso8601("2000-01-01T12:00:00Z");
  const auto local = base::parse_iso8601("2000-01-01T12:00:00" + text);
  if (!local) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "'" + base::escape_control(text) + "' is no offset: write +02:00 or Z");
  }
  return static_cast<int>((*utc - *local) / base::kNsPerSecond);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace vedette::cli
