// Apache httpd's error log, versions 2.2 and 2.4:
//   [Tue Nov 03 09:12:00.123456 2026] [core:error] [pid 12:tid 34] [client 192.0.2.1:5000] AH00037: message
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

std::string_view level_of(std::string_view text) {
  if (text.starts_with("trace")) return text;
  for (const std::string_view level : kLevels) {
    if (text == level) return level;
  }
  return {};
}

// "[time] [module:level]": the start by which the format is known.
bool split_start(Scan& scan, const ParseContext& context, OptionalTime& time, std::string_view& module,
                 std::string_view& level) {
  if (!scan.take('[')) return false;
  time = take_ctime(scan, context);
  if (!time || !scan.take("] [")) return false;
  std::string_view label;
  if (!scan.field(']', label) || label.size() > 64) return false;
  const auto colon = label.find(':');
  module = colon == label.npos ? std::string_view{} : label.substr(0, colon);
  level = level_of(colon == label.npos ? label : label.substr(colon + 1));
  return !level.empty();
}

class ApacheErrorParser final : public FormatParser {
 public:
  explicit ApacheErrorParser(const ParseContext& context) : context_(context) {}

  Outcome parse(std::string_view record, Row& row) override {
    Scan scan(record);
    OptionalTime time;
    std::string_view module, level;
    if (!split_start(scan, context_, time, module, level)) return Outcome::not_mine;
    row.ref(field::event_original, record);
    row.dataset("apache", "apache.error");
    row.time(*time);
    const bool error = level == "error" || level == "crit" || level == "alert" || level == "emerg";
    row.add(field::event_category, Value::list(kWeb));
    row.add(field::event_type, error ? Value::list(kError) : Value::list(kInfo));
    row.ref(field::log_level, level);
    if (!module.empty() && module != "-") row.ref(fields_.apache_error_module, module);
    has_port_ = !module.empty();
    while (scan.take(" [") && add_label(scan, row)) {
    }
    scan.take(' ');
    add_message(scan.rest(), row);
    return Outcome::parsed;
  }

 private:
  // "pid 12:tid 34]", "client 192.0.2.1:5000]"; anything else is a part of the message, and false is the
  // answer.
  bool add_label(Scan& scan, Row& row) {
    Scan at = scan;
    std::string_view label;
    if (at.take("pid ")) {
      if (!at.field(']', label)) return false;
      const auto tid = label.find(":tid ");
      add_number(field::process_pid, label.substr(0, tid), row);
      if (tid != label.npos) add_number(fields_.process_thread_id, label.substr(tid + 5), row);
    } else if (at.take("client ") || at.take("remote ")) {
      if (!at.field(']', label)) return false;
      if (label.starts_with('[') && at.peek() == ':') {  // "[client [2001:db8::1]:5000]"
        std::string_view port;
        if (!at.field(']', port)) return false;
        label = {label.data(), label.size() + 1 + port.size()};
      }
      add_client(label, row);
    } else {
      message_from_ = scan.rest().data() - 1;
      return false;
    }
    scan = at;
    message_from_ = nullptr;
    return true;
  }

  void add_client(std::string_view text, Row& row) {
    std::string_view address = text, port;
    const auto colon = text.rfind(':');
    if (has_port_ && colon != text.npos) {
      address = text.substr(0, colon);
      port = text.substr(colon + 1);
    }
    row.ref(field::source_address, address);
    add_ip(row, field::source_ip, address);
    add_port(row, field::source_port, port);
  }

  static void add_number(model::FieldId id, std::string_view text, Row& row) {
    std::int64_t number = 0;
    if (canonical_integer(text, number)) row.add(id, Value::integer(number));
  }

  void add_message(std::string_view text, Row& row) {
    if (message_from_)
      text = {message_from_, static_cast<std::size_t>(text.data() + text.size() - message_from_)};
    message_from_ = nullptr;
    row.ref(field::message, text);
    if (text.size() > 8 && text.starts_with("AH") && text[7] == ':')
      row.ref(field::event_code, text.substr(0, 7));
    const auto referrer = text.rfind(", referer: ");
    if (referrer != text.npos) row.ref(field::http_request_referrer, text.substr(referrer + 11));
  }

  ParseContext context_;
  const TextFields& fields_ = text_fields();
  bool has_port_ = false;  // 2.4 writes "address:port", 2.2 the address alone
  const char* message_from_ = nullptr;
};

int recognise_apache_error(std::string_view record) {
  Scan scan(record);
  OptionalTime time;
  std::string_view module, level;
  return split_start(scan, ParseContext{}, time, module, level) ? 97 : 0;
}

}  // namespace

const Format& apache_error_format() {
  static const BasicFormat<ApacheErrorParser> format({.name = "apache-error",
                                                      .title = "Apache error log",
                                                      .summary = "Apache httpd's error log, 2.2 and 2.4."},
                                                     recognise_apache_error);
  return format;
}

}  // namespace vedette::normalize
