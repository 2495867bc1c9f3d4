// Syslog by RFC 5424, with an octet count (RFC 6587) tolerated before it.
#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "formats/syslog_common.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;

constexpr std::size_t kMaxSdName = 255;  // the RFC says 32; senders exceed it

// The next header word ("-" as empty) and the blank behind it.
bool take_header(Scan& scan, std::string_view& out) {
  if (!scan.field(' ', out)) {
    out = scan.rest();
    scan.skip(out.size());
  }
  if (out == "-") out = {};
  return true;
}

void skip_octet_count(Scan& scan) {
  Scan at = scan;
  if (at.digits(9) && at.take(' ') && at.peek() == '<') scan = at;
}

class Syslog5424Parser final : public FormatParser {
 public:
  explicit Syslog5424Parser(const ParseContext& context) : context_(context) {}

  Outcome parse(std::string_view record, Row& row) override {
    Scan scan(record);
    skip_octet_count(scan);
    const int priority = take_priority(scan);
    const auto version = priority >= 0 ? scan.digits(3) : std::nullopt;
    if (!version || *version == 0 || !scan.take(' ')) return Outcome::not_mine;
    row.ref(field::event_original, record);
    add_priority(row, priority);
    row.add(field::log_syslog_version, model::Value::integer(static_cast<std::int64_t>(*version)));

    std::string_view stamp, hostname, program, pid, id;
    take_header(scan, stamp);
    OptionalTime time;
    if (!stamp.empty()) {
      Scan at(stamp);
      time = take_iso_time(at, context_);
      if (!time || !at.done()) row.fail("syslog: the time stamp is not one of RFC 3339");
    }
    take_header(scan, hostname);
    take_header(scan, program);
    take_header(scan, pid);
    take_header(scan, id);
    add_syslog_host(row, hostname);
    add_syslog_process(row, program, pid);
    if (!id.empty()) row.ref(field::log_syslog_msgid, id);
    const Scan at_data = scan;
    if (scan.done()) {
      row.fail("syslog: the line ends before the structured data");
    } else if (!take_structured_data(scan, row)) {
      row.fail("syslog: malformed structured data");
      scan = at_data;
    }
    scan.take(' ');
    scan.take("\xEF\xBB\xBF");
    add_syslog_message(row, context_, scan.rest(), program);
    if (time) row.time(*time);
    return Outcome::parsed;
  }

 private:
  bool take_structured_data(Scan& scan, Row& row) {
    if (scan.take('-')) return scan.done() || scan.peek() == ' ';
    if (scan.peek() != '[') return false;
    while (scan.take('[')) {
      if (!take_element(scan, row)) return false;
    }
    return scan.done() || scan.peek() == ' ';
  }

  static std::string_view take_name(Scan& scan) {
    const std::string_view rest = scan.rest();
    std::size_t at = 0;
    while (at < rest.size() && at <= kMaxSdName && rest[at] > ' ' && rest[at] != '=' && rest[at] != ']' &&
           rest[at] != '"') {
      ++at;
    }
    scan.skip(at);
    return at <= kMaxSdName ? rest.substr(0, at) : std::string_view{};
  }

  bool take_element(Scan& scan, Row& row) {
    const std::string_view id = take_name(scan);
    if (id.empty()) return false;
    name_.assign("log.syslog.structured_data.").append(id);
    const std::size_t prefix = name_.size();
    if (scan.peek() == ']') row.named(name_, model::Value::boolean(true));
    while (!scan.take(']')) {
      if (!scan.take(' ')) return false;
      scan.skip_blanks();
      if (scan.take(']')) return true;
      const std::string_view param = take_name(scan);
      std::string_view value;
      if (param.empty() || !scan.take("=\"") || !take_value(scan, row, value)) return false;
      name_.resize(prefix);
      name_.append(".").append(param);
      row.ref(name_, value);
    }
    return true;
  }

  // Up to the closing quote, which is taken. Copied only if something is escaped.
  static bool take_value(Scan& scan, Row& row, std::string_view& out) {
    const std::string_view rest = scan.rest();
    bool escaped = false;
    std::size_t at = 0;
    for (; at < rest.size() && rest[at] != '"'; ++at) {
      if (rest[at] == '\\' && at + 1 < rest.size()) escaped = true, ++at;
    }
    if (at >= rest.size()) return false;
    scan.skip(at + 1);
    out = rest.substr(0, at);
    if (!escaped) return true;
    char* to = row.arena().allocate(at);
    std::size_t length = 0;
    for (std::size_t i = 0; i < at; ++i) {
      const char next = i + 1 < at ? rest[i + 1] : '\0';
      if (rest[i] == '\\' && (next == '"' || next == '\\' || next == ']')) ++i;
      to[length++] = rest[i];
    }
    out = {to, length};
    return true;
  }

  ParseContext context_;
  std::string name_;
};

int recognise_syslog5424(std::string_view record) {
  Scan scan(record);
  skip_octet_count(scan);
  if (take_priority(scan) < 0) return 0;
  const auto version = scan.digits(3);
  if (!version || *version == 0 || !scan.take(' ')) return 0;
  if (scan.take("- ")) return 96;
  return take_iso_time(scan, ParseContext{}) ? 99 : 70;
}

}  // namespace

const Format& syslog_rfc5424_format() {
  static const BasicFormat<Syslog5424Parser> format(
      {.name = "syslog5424",
       .title = "Syslog (RFC 5424)",
       .summary = "Syslog lines with a version, an ISO 8601 time stamp and structured data."},
      recognise_syslog5424);
  return format;
}

}  // namespace vedette::normalize
