// Command lines to arguments.
#include "mapping/structured.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {

using base::Arena;
using model::Value;

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// The end of an argument that has none of the special characters, or npos if it has one.
template <char... kSpecial>
std::size_t plain_end(std::string_view line, std::size_t at) {
  for (; at < line.size() && !base::is_space(line[at]); ++at) {
    if (((line[at] == kSpecial) || ...)) return std::string_view::npos;
  }
  return at;
}

// An argument with quotes, by the rules of CommandLineToArgvW; moves `at` past it.
std::string_view quoted_windows_argument(std::string_view line, std::size_t& at, Arena& arena) {
  char* const start = arena.allocate(line.size() - at);
  char* to = start;
  bool quoted = false;
  while (at < line.size() && (quoted || !is_blank(line[at]))) {
    if (line[at] == '\\') {
      std::size_t slashes = 0;
      while (at < line.size() && line[at] == '\\') ++slashes, ++at;
      const bool before_quote = at < line.size() && line[at] == '"';
      const std::size_t kept = before_quote ? slashes / 2 : slashes;
      for (std::size_t i = 0; i < kept; ++i) *to++ = '\\';
      if (before_quote && slashes % 2 == 1) *to++ = line[at++];
    } else if (line[at] == '"') {
      if (quoted && at + 1 < line.size() && line[at + 1] == '"') {
        *to++ = '"';
        ++at;
      } else {
        quoted = !quoted;
      }
      ++at;
    } else {
      *to++ = line[at++];
    }
  }
  arena.shrink_last(start, static_cast<std::size_t>(to - start));
  return {start, static_cast<std::size_t>(to - start)};
}

std::string_view quoted_posix_word(std::string_view line, std::size_t& at, Arena& arena) {
  char* const start = arena.allocate(line.size() - at);
  char* to = start;
  char quote = 0;
  while (at < line.size() && (quote != 0 || !base::is_space(line[at]))) {
    const char c = line[at++];
    if (c == '\\' && quote != '\'' && at < line.size()) {
      // Inside double quotes a backslash escapes only these.
      if (quote == '"' && std::string_view("\"\\$`").find(line[at]) == std::string_view::npos) *to++ = c;
      *to++ = line[at++];
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      *to++ = c;
    }
  }
  arena.shrink_last(start, static_cast<std::size_t>(to - start));
  return {start, static_cast<std::size_t>(to - start)};
}

}  // namespace

void split_windows_command_line(std::string_view line, Arena& arena, std::vector<Value>& out) {
  std::size_t at = 0;
  while (out.size() < kMaxArgs) {
    while (at < line.size() && base::is_space(line[at])) ++at;
    if (at == line.size()) return;
    // The program's name: quotes are its only syntax.
    if (out.empty() && line[at] == '"') {
      const std::size_t close = line.find('"', at + 1);
      const std::size_t end = close == std::string_view::npos ? line.size() : close;
      out.push_back(Value::string(line.substr(at + 1, end - at - 1)));
      at = end == line.size() ? end : end + 1;
      continue;
    }
    const std::size_t end = plain_end<'"'>(line, at);
    if (end != std::string_view::npos) {
      out.push_back(Value::string(line.substr(at, end - at)));
      at = end;
    } else {
      out.push_back(Value::string(quoted_windows_argument(line, at, arena)));
    }
  }
}

void split_posix_command_line(std::string_view line, Arena& arena, std::vector<Value>& out) {
  std::size_t at = 0;
  while (out.size() < kMaxArgs) {
    while (at < line.size() && base::is_space(line[at])) ++at;
    if (at == line.size()) return;
    const std::size_t end = plain_end<'"', '\'', '\\'>(line, at);
    if (end != std::string_view::npos) {
      out.push_back(Value::string(line.substr(at, end - at)));
      at = end;
    } else {
      out.push_back(Value::string(quoted_posix_word(line, at, arena)));
    }
  }
}

}  // namespace vedette::normalize
