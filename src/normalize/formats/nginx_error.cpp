// nginx's error log:
//   2026/11/03 09:12:00 [error] 12#34: *56 message, client: 192.0.2.1, server: example, request: "GET /
//   HTTP/1.1", ...
#include <algorithm>

#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "formats/web_common.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

constexpr Value kWeb[] = {Value::string("web")};
constexpr Value kError[] = {Value::string("error")};
constexpr Value kInfo[] = {Value::string("info")};
constexpr std::string_view kLevels[] = {"emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"};
constexpr int kMaxClients = 8;

struct Start {
  OptionalTime time;
  std::string_view level, pid, tid;
};

bool split_start(Scan& scan, const ParseContext& context, Start& out) {
  if (scan.peek(4) != '/') return false;
  out.time = take_iso_time(scan, context);
  if (!out.time || !scan.take(" [") || !scan.field(']', out.level) || !scan.take(' ')) return false;
  if (std::find(std::begin(kLevels), std::end(kLevels), out.level) == std::end(kLevels)) return false;
  return scan.field('#', out.pid) && scan.field(':', out.tid) && out.pid.size() <= 10 && out.tid.size() <= 10;
}

class NginxErrorParser final : public FormatParser {
 public:
  explicit NginxErrorParser(const ParseContext& context) : context_(context) {}

  Outcome parse(std::string_view record, Row& row) override {
    Scan scan(record);
    Start start;
    if (!split_start(scan, context_, start)) return Outcome::not_mine;
    row.ref(field::event_original, record);
    row.dataset("nginx", "nginx.error");
    row.time(*start.time);
    const bool error =
        start.level == "error" || start.level == "crit" || start.level == "alert" || start.level == "emerg";
    row.add(field::event_category, Value::list(kWeb));
    row.add(field::event_type, error ? Value::list(kError) : Value::list(kInfo));
    row.ref(field::log_level, start.level);
    add_number(field::process_pid, start.pid, row);
    add_number(fields_.process_thread_id, start.tid, row);
    scan.take(' ');
    if (scan.peek() == '*' && base::is_digit(scan.peek(1))) {
      scan.skip(1);
      const auto connection = scan.digits();
      row.add(fields_.nginx_connection, Value::integer(static_cast<std::int64_t>(*connection)));
      scan.take(' ');
    }
    const std::string_view text = scan.rest();
    const auto tail = text.find(", client: ");
    row.ref(field::message, text.substr(0, tail));
    if (tail != text.npos) add_tail(text, tail, row);
    return Outcome::parsed;
  }

 private:
  static void add_number(model::FieldId id, std::string_view text, Row& row) {
    std::int64_t number = 0;
    if (canonical_integer(text, number)) row.add(id, Value::integer(number));
  }

  // File names in the message and the request are the client's own words and may imitate ", client: ...":
  // every address that stands there is kept.
  void add_tail(std::string_view text, std::size_t tail, Row& row) {
    for (int i = 0; i < kMaxClients && tail != text.npos; ++i) {
      const std::string_view rest = text.substr(tail + 10);
      const std::string_view address = rest.substr(0, rest.find(','));
      if (add_ip(row, field::source_ip, address)) row.ref(field::source_address, address);
      tail = text.find(", client: ", tail + 10);
    }
    std::string_view value;
    if (quoted_after(text, ", request: ", value)) add_request_line(row, value);
    if (quoted_after(text, ", host: ", value)) row.ref(field::url_domain, value);
    if (quoted_after(text, ", referrer: ", value)) row.ref(field::http_request_referrer, value);
    if (quoted_after(text, ", upstream: ", value)) row.ref(fields_.nginx_upstream, value);
    const auto server = text.find(", server: ");
    if (server == text.npos) return;
    const std::string_view name = text.substr(server + 10);
    row.ref(fields_.server_address, name.substr(0, name.find(',')));
  }

  static bool quoted_after(std::string_view text, std::string_view mark, std::string_view& out) {
    const auto at = text.find(mark);
    if (at == text.npos) return false;
    Scan scan(text.substr(at + mark.size()));
    return scan.take('"') && scan.field('"', out);
  }

  ParseContext context_;
  const TextFields& fields_ = text_fields();
};

int recognise_nginx_error(std::string_view record) {
  Scan scan(record);
  Start start;
  return split_start(scan, ParseContext{}, start) ? 97 : 0;
}

}  // namespace

const Format& nginx_error_format() {
  static const BasicFormat<NginxErrorParser> format(
      {.name = "nginx-error", .title = "nginx error log", .summary = "The error log of nginx."},
      recognise_nginx_error);
  return format;
}

}  // namespace vedette::normalize
