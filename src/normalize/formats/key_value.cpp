// key=value lines: logfmt, Fortinet, netfilter and the many relatives. Keys keep their names.
#include <algorithm>

#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "formats/key_rules.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

constexpr std::size_t kMaxKey = 64;
constexpr std::size_t kMaxPairs = 1024;
constexpr std::size_t kLooked = 16384;  // of a line, to recognise it

constexpr KeyRule kGenericRules[] = {
    {"level", "log.level", KeyAs::lower},
    {"lvl", "log.level", KeyAs::lower},
    {"msg", "message"},
    {"pid", "process.pid", KeyAs::integer},
    {"@timestamp", "", KeyAs::event_time},
    {"timestamp", "", KeyAs::event_time},
    {"time", "", KeyAs::event_time},
    {"ts", "", KeyAs::event_time},
};

constexpr KeyRule kFortinetRules[] = {
    {"action", "event.action"},
    {"agent", "user_agent.original"},
    {"devid", "observer.serial_number"},
    {"devname", "observer.name"},
    {"dstintf", "observer.egress.interface.name"},
    {"dstip", "destination.address"},
    {"dstip", "destination.ip", KeyAs::ip},
    {"dstmac", "destination.mac", KeyAs::mac},
    {"dstport", "destination.port", KeyAs::port},
    {"eventtime", "", KeyAs::event_time},
    {"filename", "file.name"},
    {"filesize", "file.size", KeyAs::integer},
    {"group", "user.group.name"},
    {"hostname", "url.domain"},
    {"httpmethod", "http.request.method"},
    {"level", "log.level", KeyAs::lower},
    {"logdesc", "event.reason"},
    {"logid", "event.code"},
    {"msg", "message"},
    {"policyid", "rule.id"},
    {"policyname", "rule.name"},
    {"proto", "network.transport", KeyAs::transport},
    {"qname", "dns.question.name"},
    {"qtype", "dns.question.type"},
    {"rcvdbyte", "destination.bytes", KeyAs::integer},
    {"rcvdpkt", "destination.packets", KeyAs::integer},
    {"referralurl", "http.request.referrer"},
    {"remip", "source.ip", KeyAs::ip},
    {"sentbyte", "source.bytes", KeyAs::integer},
    {"sentpkt", "source.packets", KeyAs::integer},
    {"service", "network.protocol", KeyAs::lower},
    {"srcintf", "observer.ingress.interface.name"},
    {"srcip", "source.address"},
    {"srcip", "source.ip", KeyAs::ip},
    {"srcmac", "source.mac", KeyAs::mac},
    {"srcname", "source.domain"},
    {"srcport", "source.port", KeyAs::port},
    {"status", "event.outcome", KeyAs::outcome},
    {"tranip", "destination.nat.ip", KeyAs::ip},
    {"tranport", "destination.nat.port", KeyAs::port},
    {"transip", "source.nat.ip", KeyAs::ip},
    {"transport", "source.nat.port", KeyAs::port},
    {"unauthuser", "user.name"},
    {"url", "url.original"},
    {"user", "user.name"},
};

constexpr KeyRule kNetfilterRules[] = {
    {"DPT", "destination.port", KeyAs::port},
    {"DST", "destination.address"},
    {"DST", "destination.ip", KeyAs::ip},
    {"IN", "observer.ingress.interface.name"},
    {"LEN", "network.bytes", KeyAs::integer},
    {"OUT", "observer.egress.interface.name"},
    {"PROTO", "network.transport", KeyAs::transport},
    {"SPT", "source.port", KeyAs::port},
    {"SRC", "source.address"},
    {"SRC", "source.ip", KeyAs::ip},
};

bool is_separator(char c) {
  return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '|';
}

// The length of "key=" at `text` without the '=', or 0.
std::size_t key_length(std::string_view text) {
  const char first = text.empty() ? '\0' : text[0];
  if (!base::is_alnum(first) && first != '_' && first != '@') return 0;
  if (base::is_digit(first)) return 0;
  const std::size_t limit = std::min(text.size(), kMaxKey + 1);
  for (std::size_t at = 1; at < limit; ++at) {
    const char c = text[at];
    if (c == '=') return at;
    if (!base::is_alnum(c) && c != '_' && c != '.' && c != '-' && c != '/' && c != '@') return 0;
  }
  return 0;
}

struct Pair {
  std::string_view key;
  std::string_view value;  // raw: escapes as they are
  bool quoted = false;
  bool escaped = false;
};

// A quoted value that is closed before a separator or the end; false otherwise, and nothing moves.
bool take_quoted(Scan& scan, Pair& pair) {
  const std::string_view text = scan.rest();
  const char quote = text.empty() ? '\0' : text[0];
  if (quote != '"' && quote != '\'') return false;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      pair.escaped = true;
      ++at;
    } else if (text[at] == quote) {
      if (at + 1 < text.size() && !is_separator(text[at + 1])) break;
      pair.quoted = true;
      pair.value = text.substr(1, at - 1);
      scan.skip(at + 1);
      return true;
    }
  }
  pair.escaped = false;
  return false;
}

// Up to a blank, or to another separator that stands before a key or the end.
void take_bare(Scan& scan, Pair& pair) {
  const std::string_view text = scan.rest();
  std::size_t at = 0;
  for (; at < text.size() && text[at] != ' ' && text[at] != '\t'; ++at) {
    if (!is_separator(text[at])) continue;
    const std::string_view next = text.substr(at + 1);
    if (next.empty() || next[0] == ' ' || key_length(next)) break;
  }
  pair.value = text.substr(0, at);
  scan.skip(at);
}

// Whether unquoted text behind the key may be a sentence.
bool is_sentence_key(std::string_view key) {
  return key == "msg" || key == "message" || key == "error" || key == "err" || key == "reason" ||
         key == "cmd" || key == "command";
}

// The next pair; words that are none are passed over. False at the end.
bool next_pair(Scan& scan, Pair& pair, std::size_t& loose_bytes) {
  for (;;) {
    while (!scan.done() && is_separator(scan.peek())) scan.skip(1);
    if (scan.done()) return false;
    const std::size_t length = key_length(scan.rest());
    if (length == 0) {
      loose_bytes += scan.word().size();
      continue;
    }
    pair = Pair{};
    pair.key = scan.rest().substr(0, length);
    scan.skip(length + 1);
    if (take_quoted(scan, pair)) return true;
    take_bare(scan, pair);
    if (!is_sentence_key(pair.key)) return true;
    const char* from = pair.value.data();
    while (scan.peek() == ' ' && scan.left() > 1) {
      Scan ahead = scan;
      ahead.skip_blanks();
      if (ahead.done() || key_length(ahead.rest())) break;
      ahead.word();
      pair.value = {from, static_cast<std::size_t>(ahead.rest().data() - from)};
      scan = ahead;
    }
    return true;
  }
}

bool is_fortinet(std::string_view text) {
  if (!text.starts_with("date=")) return false;
  const std::string_view head = text.substr(0, 400);
  return head.find(" time=") != head.npos &&
         (head.find(" logid=") != head.npos || head.find(" devid=") != head.npos ||
          head.find(" devname=") != head.npos || head.find(" log_id=") != head.npos);
}

bool is_netfilter(std::string_view text) {
  const std::string_view head = text.substr(0, 400);
  return head.find("IN=") != head.npos && head.find(" OUT=") != head.npos && head.find(" SRC=") != head.npos;
}

int recognise_key_value(std::string_view record) {
  const std::string_view text = base::trim(record);
  if (text.empty() || text[0] == '{' || text[0] == '<' || text[0] == '#') return 0;
  if (text.size() > 3 && text.find('=') == text.npos) return 0;
  if (is_fortinet(text)) return 96;
  if (is_netfilter(text)) return 70;
  Scan scan(text.substr(0, kLooked));
  Pair pair;
  std::size_t pairs = 0, loose = 0;
  while (next_pair(scan, pair, loose)) ++pairs;
  if (pairs < 3 || loose * 2 > std::min(text.size(), kLooked)) return 0;
  return key_length(text) ? 60 : 40;
}

class KeyValueParser final : public FormatParser {
 public:
  explicit KeyValueParser(const ParseContext& context) : context_(context) {}

  Outcome parse(std::string_view record, Row& row) override {
    if (recognise_key_value(record) == 0) return Outcome::not_mine;
    if (!row.builder().find_open(field::event_original)) row.ref(field::event_original, record);
    const KeyTable& table = choose_table(base::trim(record), row);
    date_ = time_ = zone_ = {};
    Scan scan(record);
    Pair pair;
    std::size_t pairs = 0, loose = 0;
    while (next_pair(scan, pair, loose)) {
      if (++pairs > kMaxPairs) {
        row.fail("key=value: more than 1024 pairs");
        break;
      }
      add_pair(pair, table, row);
    }
    if (!row.has_time()) set_split_time(row);
    return Outcome::parsed;
  }

 private:
  static const KeyTable& choose_table(std::string_view text, Row& row) {
    static const KeyTable generic("", kGenericRules);
    static const KeyTable fortinet("", kFortinetRules);
    static const KeyTable netfilter("", kNetfilterRules);
    if (is_fortinet(text)) {
      row.dataset("fortinet", "fortinet.fortigate");
      row.builder().add_derived(field::observer_vendor, Value::string("Fortinet"));
      row.builder().add_derived(field::observer_product, Value::string("FortiGate"));
      return fortinet;
    }
    if (is_netfilter(text)) {
      row.dataset("iptables", "iptables.log");
      return netfilter;
    }
    row.dataset("kv", "kv.log");
    return generic;
  }

  void add_pair(const Pair& pair, const KeyTable& table, Row& row) {
    const std::string_view value = pair.escaped ? unescape(pair.value, row) : pair.value;
    row.named(pair.key, pair.quoted ? Value::string(value) : typed_value(value));
    apply_rules(table.find(pair.key), value, context_, row);
    if (pair.key == "date") date_ = value;
    if (pair.key == "time") time_ = value;
    if (pair.key == "tz") zone_ = value;
  }

  static std::string_view unescape(std::string_view text, Row& row) {
    char* to = row.arena().allocate(text.size());
    std::size_t length = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      char c = text[i];
      if (c == '\\' && i + 1 < text.size()) {
        const char next = text[i + 1];
        if (next == '"' || next == '\'' || next == '\\')
          c = next, ++i;
        else if (next == 'n')
          c = '\n', ++i;
        else if (next == 't')
          c = '\t', ++i;
        else if (next == 'r')
          c = '\r', ++i;
      }
      to[length++] = c;
    }
    return {to, length};
  }

  // date=2026-11-03 time=09:12:00 tz="+0100"
  void set_split_time(Row& row) {
    if (date_.empty() || date_.size() + time_.size() + zone_.size() > 60) return;
    char text[64];
    std::size_t length = 0;
    for (const std::string_view part : {date_, std::string_view(time_.empty() ? "" : "T"), time_, zone_}) {
      std::copy(part.begin(), part.end(), text + length);
      length += part.size();
    }
    if (const auto time = parse_any_time({text, length}, context_)) row.time(*time);
  }

  ParseContext context_;
  std::string_view date_, time_, zone_;
};

}  // namespace

const Format& key_value_format() {
  static const BasicFormat<KeyValueParser> format(
      {.name = "kv",
       .title = "key=value pairs",
       .summary = "Lines of key=value pairs: logfmt, Fortinet FortiGate, netfilter and others.",
       .payload = true},
      recognise_key_value);
  return format;
}

}  // namespace vedette::normalize
