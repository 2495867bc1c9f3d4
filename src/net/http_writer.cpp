#include "http_writer.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "vedette/base/text.hpp"

namespace vedette::net {

namespace {

constexpr std::string_view kServersFields[] = {"content-length", "transfer-encoding", "connection", "date",
                                               "keep-alive"};

bool is_servers_field(std::string_view name) {
  return std::any_of(std::begin(kServersFields), std::end(kServersFields),
                     [name](std::string_view own) { return base::equals_ignore_case_ascii(name, own); });
}

bool can_be_sent(std::string_view name, std::string_view value) {
  const auto bad_in_name = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == ':' || c == 0x7f;
  };
  const auto bad_in_value = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  return !name.empty() && std::none_of(name.begin(), name.end(), bad_in_name) &&
         std::none_of(value.begin(), value.end(), bad_in_value);
}

// "Sun, 06 Nov 1994 08:49:37 GMT", made once a second and thread.
std::string_view date_now() {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  thread_local std::time_t second = -1;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != second) {
    std::tm t{};
    gmtime_r(&now, &t);
    text = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[t.tm_wday], t.tm_mday,
                       kMonths[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    second = now;
  }
  return text;
}

}  // namespace

bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

void write_head(const HttpResponse& response, BodyFraming framing, bool keep_alive, int minor_version,
                std::string& out) {
  out.clear();
  auto to = std::back_inserter(out);
  fmt::format_to(to, FMT_COMPILE("HTTP/1.1 {} {}\r\nDate: {}\r\n"), response.status,
                 status_text(response.status), date_now());
  if (framing == BodyFraming::length)
    fmt::format_to(to, FMT_COMPILE("Content-Length: {}\r\n"), response.body.size());
  if (framing == BodyFraming::chunked) out += "Transfer-Encoding: chunked\r\n";
  if (!keep_alive) out += "Connection: close\r\n";
  if (keep_alive && minor_version == 0) out += "Connection: keep-alive\r\n";
  for (const auto& [name, value] : response.headers) {
    if (is_servers_field(name) || !can_be_sent(name, value)) continue;
    out.append(name).append(": ").append(value).append("\r\n");
  }
  out += "\r\n";
}

}  // namespace vedette::net
