// Access logs of Apache httpd, nginx and all who write alike: common and combined, with or without the
// virtual host in front, with further columns behind.
#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "formats/web_common.hpp"
#include "vedette/base/ip.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

constexpr Value kWeb[] = {Value::string("web")};
constexpr Value kAccess[] = {Value::string("access")};
constexpr std::size_t kMaxHead = 2048;  // of the columns before the time

struct AccessLine {
  std::string_view vhost, client, ident, user, forwarded;
  OptionalTime time;
  std::string_view request, status, bytes, referrer, agent, extra;
  bool has_request = false;
};

bool is_address(std::string_view text) {
  return text.size() >= 2 && text.size() <= 45 && base::IpAddress::parse(text).has_value();
}

// "[vhost[:port] ]client[, proxy...] ident user"
bool split_head(std::string_view head, AccessLine& out) {
  Scan scan(head);
  std::string_view first = scan.word();
  scan.skip_blanks();
  if (!is_address(first) && !first.ends_with(',')) {
    Scan ahead = scan;
    const std::string_view second = ahead.word();
    if (is_address(second) || (first.find(':') != first.npos && second != "-")) {
      out.vhost = first;
      ahead.skip_blanks();
      first = second;
      scan = ahead;
    }
  }
  const char* from = first.data();
  const bool chain = first.ends_with(',');
  out.client = chain ? first.substr(0, first.size() - 1) : first;
  for (std::string_view word = first; word.ends_with(',');) {
    word = scan.word();
    scan.skip_blanks();
    out.forwarded = {from, static_cast<std::size_t>(word.data() + word.size() - from)};
  }
  out.ident = scan.word();
  if (!scan.take(' ')) return false;
  out.user = scan.rest();
  return !out.client.empty() && !out.ident.empty() && !out.user.empty();
}

// Up to the request; the tail is read by split_tail().
bool split_front(std::string_view line, AccessLine& out, Scan& tail) {
  const std::string_view head = line.substr(0, kMaxHead);
  for (auto at = head.find(" ["); at != head.npos; at = head.find(" [", at + 2)) {
    Scan scan(line.substr(at + 2));
    out.time = take_clf_time(scan, ParseContext{});
    if (!out.time || !scan.take("] ")) continue;
    if (scan.peek() != '"') return false;
    tail = scan;
    return split_head(line.substr(0, at), out);
  }
  return false;
}

void split_tail(Scan scan, AccessLine& out) {
  out.has_request = take_web_quoted(scan, out.request);
  if (!out.has_request || !scan.take(' ')) return;
  out.status = scan.word();
  if (!scan.take(' ')) return;
  out.bytes = scan.word();
  if (!scan.take(' ')) return;
  if (!take_web_quoted(scan, out.referrer) || !scan.take(' ')) return;
  take_web_quoted(scan, out.agent);
  scan.take(' ');
  out.extra = scan.rest();
}

class WebAccessParser final : public FormatParser {
 public:
  explicit WebAccessParser(const ParseContext&) {}

  Outcome parse(std::string_view record, Row& row) override {
    AccessLine line;
    Scan tail(record);
    if (!split_front(record, line, tail)) return Outcome::not_mine;
    split_tail(tail, line);
    row.ref(field::event_original, record);
    row.dataset("web", "web.access");
    row.add(field::event_category, Value::list(kWeb));
    row.add(field::event_type, Value::list(kAccess));
    row.time(*line.time);
    add_client(line, row);
    std::int64_t status = 0;
    if (!line.has_request)
      row.fail("access log: the request has no closing quote");
    else if (!canonical_integer(line.status, status))
      row.fail("access log: the status is not a number");
    if (line.has_request) add_request_line(row, unescape_web(row, line.request));
    if (status > 0) add_http_status(row, status);
    std::int64_t bytes = 0;
    if (canonical_integer(line.bytes, bytes)) row.add(field::http_response_body_bytes, Value::integer(bytes));
    add_text(field::http_request_referrer, line.referrer, row);
    add_text(field::user_agent_original, line.agent, row);
    add_forwarded(line, row);
    return Outcome::parsed;
  }

 private:
  static void add_text(model::FieldId id, std::string_view text, Row& row) {
    if (!text.empty() && text != "-") row.ref(id, unescape_web(row, text));
  }

  void add_client(const AccessLine& line, Row& row) {
    if (line.client != "-") {
      row.ref(field::source_address, line.client);
      if (!add_ip(row, field::source_ip, line.client)) row.ref(fields_.source_domain, line.client);
    }
    add_text(field::user_name, line.user == "\"\"" ? std::string_view{} : line.user, row);
    add_text(fields_.web_ident, line.ident, row);
    if (line.vhost.empty()) return;
    const auto colon = line.vhost.rfind(':');
    const bool port = colon != line.vhost.npos && line.vhost.find(']', colon) == line.vhost.npos;
    row.ref(fields_.server_address, line.vhost.substr(0, port ? colon : line.vhost.npos));
    if (port) add_port(row, fields_.server_port, line.vhost.substr(colon + 1));
  }

  // A quoted column behind the user agent that starts with an address is X-Forwarded-For.
  void add_forwarded(const AccessLine& line, Row& row) {
    std::string_view chain = line.forwarded;
    Scan scan(line.extra);
    std::string_view column;
    for (int i = 0; chain.empty() && i < 8 && !scan.done(); ++i) {
      if (take_web_quoted(scan, column) && is_address(column.substr(0, column.find(',')))) chain = column;
      scan.word();
      scan.skip_blanks();
    }
    for (int i = 0; !chain.empty() && i < 16; ++i) {
      const auto comma = chain.find(',');
      add_ip(row, fields_.network_forwarded_ip, base::trim(chain.substr(0, comma)));
      chain = comma == chain.npos ? std::string_view{} : chain.substr(comma + 1);
    }
  }

  const TextFields& fields_ = text_fields();
};

int recognise_web_access(std::string_view record) {
  AccessLine line;
  Scan tail(record);
  if (!split_front(record, line, tail)) return 0;
  split_tail(tail, line);
  return line.status.size() == 3 && base::is_digit(line.status[0]) ? 97 : 75;
}

}  // namespace

const Format& web_access_format() {
  static const BasicFormat<WebAccessParser> format(
      {.name = "web-access",
       .title = "Web access log (common, combined)",
       .summary = "Access logs of Apache httpd and nginx in the common and combined formats."},
      recognise_web_access);
  return format;
}

}  // namespace vedette::normalize
