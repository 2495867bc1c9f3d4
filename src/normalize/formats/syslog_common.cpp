#include "formats/syslog_common.hpp"

#include <algorithm>

#include "formats/text_fields.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

constexpr std::string_view kFacilities[] = {"kern",   "user",   "mail",   "daemon", "auth",     "syslog",
                                            "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                            "ntp",    "audit",  "alert",  "clock",  "local0",   "local1",
                                            "local2", "local3", "local4", "local5", "local6",   "local7"};
constexpr std::string_view kSeverities[] = {"emergency", "alert",  "critical",      "error",
                                            "warning",   "notice", "informational", "debug"};
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kMaxTag = 128;
constexpr std::size_t kMaxCiscoPrefix = 160;

bool is_tag_char(char c) {
  return base::is_alnum(c) || c == '_' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' ||
         c == '@' || c == '+' || c == '#' || c == '\\' || c == '$' || c == '*';
}

bool is_host_char(char c) {
  return base::is_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '/';
}

// "tag:", "tag[pid]:" or "tag[pid]" before a blank.
bool take_tag(Scan& scan, BsdLine& out) {
  const std::string_view rest = scan.rest();
  const std::size_t limit = std::min(rest.size(), kMaxTag);
  std::size_t at = 0;
  while (at < limit && is_tag_char(rest[at])) ++at;
  if (at == 0 || at == limit) return false;
  const std::string_view program = rest.substr(0, at);
  std::string_view pid;
  if (rest[at] == '[') {
    const std::size_t from = ++at;
    while (at < limit && base::is_digit(rest[at])) ++at;
    if (at == from || at == limit || rest[at] != ']') return false;
    pid = rest.substr(from, at - from);
    ++at;
  }
  if (at < rest.size() && rest[at] == ':') {
    if (++at < rest.size() && rest[at] == ':') return false;  // an IPv6 address
    if (pid.empty() && at < rest.size() && rest[at] != ' ') return false;
  } else if (pid.empty() || (at < rest.size() && rest[at] != ' ')) {
    return false;
  }
  scan.skip(at);
  scan.take(' ');
  out.program = program;
  out.pid = pid;
  return true;
}

bool take_hostname(Scan& scan, BsdLine& out) {
  Scan at = scan;
  const std::string_view word = at.word();
  if (word.empty() || word.size() > 255 || word.back() == ':') return false;
  if (!std::all_of(word.begin(), word.end(), is_host_char)) return false;
  at.skip_blanks();
  out.hostname = word;
  scan = at;
  return true;
}

// "%SYS-5-CONFIG_I:" at `text`; facilities may have several parts ("%SEC_LOGIN-SP-4-LOGIN_FAILED:").
bool match_cisco_mark(std::string_view text, BsdLine& out) {
  const auto is_part = [](char c) {
    return (c >= 'A' && c <= 'Z') || base::is_digit(c) || c == '_' || c == '/';
  };
  const std::size_t limit = std::min<std::size_t>(text.size(), 96);
  std::size_t severity = 0;
  for (std::size_t at = 1; at < limit; ++at) {
    const char c = text[at];
    if (c == '-') {
      if (!severity && at > 1 && at + 2 < limit && text[at + 1] >= '0' && text[at + 1] <= '7' &&
          text[at + 2] == '-') {
        severity = at + 1;
        at += 2;
      }
    } else if (c == ':') {
      if (!severity || at == severity + 2) return false;
      out.cisco_facility = text.substr(1, severity - 2);
      out.cisco_severity = text[severity];
      out.cisco_mnemonic = text.substr(severity + 2, at - severity - 2);
      return true;
    } else if (!is_part(c)) {
      return false;
    }
  }
  return false;
}

// What stands before a Cisco mark: sequence number, host name, time, in the orders that devices and relays
// write.
bool read_cisco_prefix(std::string_view prefix, const ParseContext& context, BsdLine& out) {
  Scan scan(prefix);
  OptionalTime device_time;
  while (!scan.done()) {
    const char c = scan.peek();
    if (c == ' ' || c == ':' || c == '*' || c == '.') {
      scan.skip(1);
      continue;
    }
    if (auto time = take_month_time(scan, context)) {
      if (scan.take(" UTC") || scan.take(" GMT")) *time += context.utc_offset_seconds * base::kNsPerSecond;
      device_time = time;
      continue;
    }
    if (auto time = take_iso_time(scan, context)) {
      device_time = time;
      continue;
    }
    std::string_view word = scan.word();
    const bool colon = word.ends_with(':');
    if (colon) word.remove_suffix(1);
    const bool number = std::all_of(word.begin(), word.end(), base::is_digit);
    if (number && colon) {
      out.cisco_sequence = word;
    } else if (device_time && colon && word.size() >= 3 && word.size() <= 4 &&
               word.find_first_of(kLower) == word.npos) {
      continue;  // a zone by name: ambiguous, so the context's offset stands
    } else if (out.hostname.empty() && std::all_of(word.begin(), word.end(), is_host_char)) {
      out.hostname = word;
    } else {
      return false;
    }
  }
  if (device_time) out.time = device_time;
  return true;
}

bool split_cisco(std::string_view text, const ParseContext& context, BsdLine& out) {
  const std::string_view head = text.substr(0, kMaxCiscoPrefix);
  for (std::size_t at = head.find('%'); at != head.npos; at = head.find('%', at + 1)) {
    BsdLine line = out;
    if (!match_cisco_mark(text.substr(at), line)) continue;
    if (!read_cisco_prefix(text.substr(0, at), context, line)) return false;
    line.message = text.substr(at);
    out = line;
    return true;
  }
  return false;
}

// "Tue 2026-11-03 09:12:00 UTC " as journalctl -o short-full writes.
OptionalTime take_journal_time(Scan& scan, const ParseContext& context) {
  Scan at = scan;
  if (at.peek(3) != ' ' || at.peek(8) != '-') return std::nullopt;
  at.skip(4);
  auto time = take_iso_time(at, context);
  if (!time || !at.take(' ')) return std::nullopt;
  const std::string_view zone = at.word();
  if (zone == "UTC" || zone == "GMT") *time += context.utc_offset_seconds * base::kNsPerSecond;
  scan = at;
  return time;
}

}  // namespace

int take_priority(Scan& scan) {
  Scan at = scan;
  if (!at.take('<')) return -1;
  const auto value = at.digits(3);
  if (!value || *value > 191 || !at.take('>')) return -1;
  scan = at;
  return static_cast<int>(*value);
}

void add_priority(Row& row, int priority) {
  const int facility = priority >> 3, severity = priority & 7;
  row.add(field::log_syslog_priority, Value::integer(priority));
  row.add(field::log_syslog_facility_code, Value::integer(facility));
  row.ref(field::log_syslog_facility_name, kFacilities[facility]);
  row.add(field::log_syslog_severity_code, Value::integer(severity));
  row.ref(field::log_syslog_severity_name, kSeverities[severity]);
}

void add_syslog_host(Row& row, std::string_view hostname) {
  if (hostname.empty()) return;
  row.ref(field::log_syslog_hostname, hostname);
  row.builder().add_derived(field::host_hostname, Value::string(hostname));
  row.builder().add_derived(field::host_name, Value::string(hostname));
}

void add_syslog_process(Row& row, std::string_view program, std::string_view pid) {
  if (!program.empty()) {
    row.ref(field::log_syslog_appname, program);
    // Old PAM modules add themselves: "sshd(pam_unix)". A path is cut to its last part.
    const std::string_view path = program.substr(0, program.find('(', 1));
    row.builder().add_derived(field::process_name, Value::string(path.substr(path.rfind('/') + 1)));
  }
  if (pid.empty()) return;
  row.ref(field::log_syslog_procid, pid);
  std::int64_t number = 0;
  if (canonical_integer(pid, number) && number >= 0) {
    row.builder().add_derived(field::process_pid, Value::integer(number));
  }
}

void add_syslog_message(Row& row, const ParseContext& context, std::string_view message,
                        std::string_view program) {
  std::string_view payload = message;
  if (program == "kernel" && message.starts_with('[')) {
    // The kernel's own clock: "[ 1234.567890] ".
    const auto close = message.substr(0, 32).find("] ");
    if (close != message.npos) payload.remove_prefix(close + 2);
  }
  const bool taken =
      !payload.empty() && context.payloads && context.payloads->parse_payload(payload, program, row);
  if (!taken) row.dataset("system", "system.syslog");
  if (!row.builder().find_open(field::message)) row.ref(field::message, message);
}

bool split_bsd_line(std::string_view line, const ParseContext& context, BsdLine& out) {
  Scan scan(line);
  out.priority = take_priority(scan);
  if (out.priority >= 0 && base::is_digit(scan.peek()) && scan.peek(1) == ' ') return false;  // RFC 5424
  if (split_cisco(scan.rest(), context, out)) return true;
  scan.skip_blanks();
  out.time = take_month_time(scan, context);
  if (!out.time) {
    out.time = scan.peek(10) == 'T' || out.priority >= 0 ? take_iso_time(scan, context) : std::nullopt;
    if (!out.time) out.time = take_journal_time(scan, context);
    out.iso_time = out.time.has_value();
  }
  if (out.time && scan.peek() == ' ') {
    scan.skip_blanks();
    const bool tagged = take_tag(scan, out) || (take_hostname(scan, out) && take_tag(scan, out));
    out.message = scan.rest();
    return tagged || !out.iso_time || out.priority >= 0;
  }
  if (line.starts_with("-- Logs begin at ") || line.starts_with("-- Journal begins at ") ||
      line.starts_with("-- Boot ")) {
    return out.journal_note = true;
  }
  if (out.priority < 0) return false;
  take_tag(scan, out);
  out.message = scan.rest();
  return true;
}

}  // namespace vedette::normalize
