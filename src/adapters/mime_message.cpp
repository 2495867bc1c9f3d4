#include "mime_message.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {

namespace {

constexpr std::size_t kEncodedWordBytes = 42;  // of UTF-8: 56 of base64, within the 75 of a word
constexpr std::size_t kBase64Line = 57;        // bytes of a line of 76
constexpr std::size_t kMaxSubject = 512;

// Text of any characters: encoded words of RFC 2047, which hold neither line ends nor anything that means
// something in a header.
std::string encoded_words(std::string_view text) {
  const bool plain =
      text.size() <= 60 && std::all_of(text.begin(), text.end(), [](char c) {
        return base::is_alnum(c) || std::string_view(" -.,:()/#").find(c) != std::string_view::npos;
      });
  if (plain) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const std::size_t size = std::max<std::size_t>(base::utf8_prefix(text, kEncodedWordBytes).size(), 1);
    out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ",
                       base::base64_encode(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out = base::to_valid_utf8(text.substr(0, kMaxSubject));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return out;
}

std::string mail_date(base::TimeNs time) {
  constexpr std::array kDays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // 1970-01-01 was a Thursday
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const base::CivilTime civil = base::to_civil(time);
  const std::int64_t seconds = time / base::kNsPerSecond - (time % base::kNsPerSecond < 0 ? 1 : 0);
  const std::int64_t days = seconds / 86'400 - (seconds % 86'400 < 0 ? 1 : 0);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     kDays[static_cast<std::size_t>(((days % 7) + 7) % 7)], civil.day,
                     kMonths[static_cast<std::size_t>(civil.month - 1)], civil.year, civil.hour, civil.minute,
                     civil.second);
}

void append_body(std::string& out, std::string_view type, std::string_view text) {
  out += fmt::format("Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", type);
  const std::string valid = base::to_valid_utf8(text);
  for (std::size_t at = 0; at < valid.size(); at += kBase64Line) {
    out += base::base64_encode(std::string_view(valid).substr(at, kBase64Line)) + "\r\n";
  }
}

}  // namespace

std::string mime_message(const ports::MailMessage& message) {
  std::string out = fmt::format("Date: {}\r\nFrom: {} <{}>\r\n", mail_date(message.time),
                                encoded_words(one_line(message.from_name)), message.from);
  for (std::size_t i = 0; i < message.to.size(); ++i) {
    out += fmt::format("{}<{}>{}", i == 0 ? "To: " : " ", message.to[i],
                       i + 1 < message.to.size() ? ",\r\n" : "\r\n");
  }
  out += fmt::format("Subject: {}\r\n", encoded_words(one_line(message.subject)));
  if (!message.id.empty()) {
    out +=
        fmt::format("Message-ID: <{}@{}>\r\n", message.id, message.from.substr(message.from.find('@') + 1));
  }
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  if (message.html.empty()) {
    append_body(out, "text/plain", message.text);
    return out;
  }
  // No line of base64 begins with two hyphens.
  const std::string boundary = "vedette-" + base::hash128_hex(message.id + message.text);
  out += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", boundary);
  out += fmt::format("--{}\r\n", boundary);
  append_body(out, "text/plain", message.text);
  out += fmt::format("--{}\r\n", boundary);
  append_body(out, "text/html", message.html);
  return out + fmt::format("--{}--\r\n", boundary);
}

}  // namespace vedette::adapters
