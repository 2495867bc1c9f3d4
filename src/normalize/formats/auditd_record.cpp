#include "formats/auditd_record.hpp"

#include <algorithm>

#include "formats/auditd_names.hpp"
#include "formats/syslog_common.hpp"

namespace vedette::normalize::auditd {
namespace {

constexpr char kEnriched = '\x1d';  // stands between a record and the names that auditd looked up
constexpr std::size_t kMaxKey = 64;

bool is_key_char(char c) {
  return base::is_alnum(c) || c == '_' || c == '-' || c == '[' || c == ']' || c == '.';
}

// "1604996384.965:93777):"
bool take_stamp(Scan& scan, Record& out) {
  if (!scan.take("audit(")) return false;
  const auto time = take_epoch_time(scan);
  if (!time || !scan.take(':')) return false;
  const auto serial = scan.digits(18);
  if (!serial || !scan.take(')')) return false;
  scan.take(':');
  scan.take(' ');
  out.time = *time;
  out.serial = *serial;
  return true;
}

bool take_type(Scan& scan, std::string_view& out) {
  const std::string_view type = scan.word();
  if (type.empty() || type.size() > 48 || !scan.take(' ')) return false;
  const auto is_type_char = [](char c) { return base::is_alnum(c) || c == '_' || c == '[' || c == ']'; };
  if (!std::all_of(type.begin(), type.end(), is_type_char)) return false;
  std::string_view number = type;
  if (number.starts_with("UNKNOWN[") && number.ends_with(']')) number = number.substr(8, number.size() - 9);
  const auto parsed = !number.empty() && base::is_digit(number[0]) ? base::parse_uint(number) : std::nullopt;
  const std::string_view name = parsed ? record_type_name(*parsed) : std::string_view{};
  out = name.empty() ? type : name;
  return true;
}

// The length of the key in "key=", or 0.
std::size_t key_length(std::string_view text) {
  const std::size_t limit = std::min(text.size(), kMaxKey + 1);
  std::size_t at = 0;
  while (at < limit && is_key_char(text[at])) ++at;
  return at > 0 && at < limit && text[at] == '=' ? at : 0;
}

}  // namespace

bool split_record(std::string_view line, Record& out) {
  Scan scan(line);
  if (scan.take("node=")) {
    out.node = scan.word();
    if (!scan.take(' ')) return false;
  }
  if (!scan.take("type=") && !scan.take("audit: type=")) return false;
  if (!take_type(scan, out.type)) return false;
  scan.take("msg=");
  if (!take_stamp(scan, out)) return false;
  out.body = scan.rest();
  return true;
}

bool split_syslog_record(std::string_view line, const ParseContext& context, Record& out) {
  BsdLine syslog;
  if (!split_bsd_line(line, context, syslog)) return false;
  std::string_view message = syslog.message;
  if (message.starts_with('[')) {  // the kernel's clock
    const auto close = message.substr(0, 32).find("] ");
    if (close != message.npos) message.remove_prefix(close + 2);
  }
  const bool found = split_record(message, out);
  if (found && out.node.empty()) out.node = syslog.hostname;
  return found;
}

bool Pairs::next(Pair& out) {
  for (;;) {
    while (!scan_.done()) {
      const char c = scan_.peek();
      if (c != ' ' && c != kEnriched && c != ',' && c != '(' && c != ':') break;
      if (c == kEnriched) in_message_ = false;
      scan_.skip(1);
    }
    if (scan_.done()) return false;
    const std::size_t length = key_length(scan_.rest());
    if (length == 0) {
      const std::string_view rest = scan_.rest();
      scan_.skip(
          std::max<std::size_t>(1, std::min(rest.find_first_of(std::string_view(" \x1d")), rest.size())));
      continue;
    }
    out = Pair{};
    out.key = scan_.rest().substr(0, length);
    scan_.skip(length + 1);
    if (out.key == "msg" && scan_.peek() == '\'') {
      scan_.skip(1);
      in_message_ = true;
      continue;
    }
    take_value(out);
    if (out.value == "{") continue;  // SADDR={ saddr_fam=inet ... }
    return true;
  }
}

void Pairs::take_value(Pair& out) {
  if (scan_.take('"')) {
    out.quoted = true;
    if (scan_.field('"', out.value)) return;
    out.value = scan_.rest();  // never closed
    scan_.skip(out.value.size());
    return;
  }
  const std::string_view text = scan_.rest();
  std::size_t end = 0;
  const auto to_stop = [&] {
    while (end < text.size() && text[end] != ' ' && text[end] != kEnriched) ++end;
  };
  to_stop();
  if (out.key == "op" || out.key == "reason") {  // may be several words
    while (end + 1 < text.size() && text[end] == ' ' && base::is_alnum(text[end + 1]) &&
           !key_length(text.substr(end + 1))) {
      ++end;
      to_stop();
    }
  }
  scan_.skip(end);
  out.value = text.substr(0, end);
  if (in_message_ && out.value.ends_with('\'')) {
    out.value.remove_suffix(1);
    in_message_ = false;
  }
  if (out.value.ends_with(')') && out.value.find('(') == out.value.npos) out.value.remove_suffix(1);
  if (out.value.ends_with(',')) out.value.remove_suffix(1);
}

}  // namespace vedette::normalize::auditd
