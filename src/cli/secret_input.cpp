#include "secret_input.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "console.hpp"
#include "interrupt.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cli {
namespace {

constexpr std::size_t kMaxLine = std::size_t{64} << 10;

// Echo is off as long as it lives.
class NoEcho {
 public:
  NoEcho() : known_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!known_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool known_;
};

// Byte by byte, so that what follows the line stays for the next reader.
base::Result<std::string> read_line() {
  std::string line;
  for (;;) {
    // Unlike read, poll comes back when a signal does.
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (interrupt_token().cancelled()) return base::make_error(base::ErrorCode::cancelled, "cancelled");
    if (::poll(&input, 1, -1) < 0) {
      if (errno == EINTR) continue;
      return base::make_error(base::ErrorCode::io, "the standard input cannot be read");
    }
    char c = 0;
    const ssize_t size = ::read(STDIN_FILENO, &c, 1);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::make_error(base::ErrorCode::io, "the standard input cannot be read");
    if (size == 0 && line.empty())
      return base::make_error(base::ErrorCode::io, "the standard input has ended");
    if (size == 0 || c == '\n') break;
    line += c;
    if (line.size() > kMaxLine) return base::make_error(base::ErrorCode::limit, "the line is too long");
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

bool can_ask() {
  return is_terminal(stdin) && is_terminal(stderr);
}

base::Result<std::string> ask_line(std::string_view prompt, bool secret) {
  if (!can_ask()) return read_line();
  // Silent before the prompt is there to be answered.
  std::optional<NoEcho> silence;
  if (secret) silence.emplace();
  print(stderr, prompt);
  std::fflush(stderr);
  return read_line();
}

bool has_password_file() {
  const char* file = std::getenv("VEDETTE_PASSWORD_FILE");
  return file && *file;
}

base::Result<std::string> ask_password(std::string_view prompt) {
  if (!has_password_file()) return ask_line(prompt, true);
  TRY_ASSIGN(std::string text, base::read_file(std::getenv("VEDETTE_PASSWORD_FILE"), kMaxLine));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

bool confirm(std::string_view question) {
  if (!can_ask()) return false;
  const auto answer = ask_line(question, false);
  if (!answer) return false;
  const std::string word = base::to_lower_ascii(base::trim(*answer));
  return word == "y" || word == "yes";
}

}  // namespace vedette::cli
