// ArcSight Common Event Format: CEF:0|vendor|product|version|class|name|severity|key=value key=value ...
#include <array>

#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "formats/key_rules.hpp"
#include "formats/text_fields.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

constexpr KeyRule kRules[] = {
    {"act", "event.action"},
    {"app", "network.protocol", KeyAs::lower},
    {"cfp1", "", KeyAs::text, true},
    {"cfp2", "", KeyAs::text, true},
    {"cfp3", "", KeyAs::text, true},
    {"cfp4", "", KeyAs::text, true},
    {"cn1", "", KeyAs::text, true},
    {"cn2", "", KeyAs::text, true},
    {"cn3", "", KeyAs::text, true},
    {"cnt", "", KeyAs::text, true},
    {"destinationServiceName", "service.name"},
    {"destinationTranslatedAddress", "destination.nat.ip", KeyAs::ip},
    {"destinationTranslatedPort", "destination.nat.port", KeyAs::port, true},
    {"deviceAction", "event.action"},
    {"deviceDirection", "network.direction", KeyAs::direction, true},
    {"deviceExternalId", "observer.name"},
    {"deviceInboundInterface", "observer.ingress.interface.name"},
    {"deviceOutboundInterface", "observer.egress.interface.name"},
    {"deviceProcessName", "process.name"},
    {"dhost", "destination.domain"},
    {"dmac", "destination.mac", KeyAs::mac},
    {"dntdom", "destination.registered_domain"},
    {"dpid", "", KeyAs::text, true},
    {"dpt", "destination.port", KeyAs::port, true},
    {"dst", "destination.address"},
    {"dst", "destination.ip", KeyAs::ip},
    {"duid", "destination.user.id"},
    {"duser", "destination.user.name"},
    {"dvc", "observer.ip", KeyAs::ip},
    {"dvchost", "observer.hostname"},
    {"dvcmac", "observer.mac", KeyAs::mac},
    {"dvcpid", "", KeyAs::text, true},
    {"end", "event.end", KeyAs::time},
    {"externalId", "event.id"},
    {"fileHash", "", KeyAs::hash},
    {"fileId", "file.inode"},
    {"filePath", "file.path"},
    {"filePermission", "file.mode"},
    {"fileType", "file.type"},
    {"fname", "file.name"},
    {"fsize", "file.size", KeyAs::integer, true},
    {"in", "source.bytes", KeyAs::integer, true},
    {"oldFileSize", "", KeyAs::text, true},
    {"out", "destination.bytes", KeyAs::integer, true},
    {"outcome", "event.outcome", KeyAs::outcome},
    {"proto", "network.transport", KeyAs::transport},
    {"reason", "event.reason"},
    {"request", "url.original"},
    {"requestClientApplication", "user_agent.original"},
    {"requestContext", "http.request.referrer"},
    {"requestMethod", "http.request.method"},
    {"shost", "source.domain"},
    {"smac", "source.mac", KeyAs::mac},
    {"sntdom", "source.registered_domain"},
    {"sourceServiceName", "service.name"},
    {"sourceTranslatedAddress", "source.nat.ip", KeyAs::ip},
    {"sourceTranslatedPort", "source.nat.port", KeyAs::port, true},
    {"spid", "process.pid", KeyAs::integer, true},
    {"sproc", "process.name"},
    {"spt", "source.port", KeyAs::port, true},
    {"src", "source.address"},
    {"src", "source.ip", KeyAs::ip},
    {"start", "event.start", KeyAs::time},
    {"suid", "source.user.id"},
    {"suser", "source.user.name"},
};

constexpr std::size_t kHeaderParts = 7;

bool is_key_char(char c) {
  return base::is_alnum(c) || c == '_' || c == '.' || c == '-' || c == '[' || c == ']';
}

// The text before the first unescaped '|', which is passed; false if there is none.
bool take_part(Scan& scan, Row& row, std::string_view& out) {
  const std::string_view rest = scan.rest();
  bool escaped = false;
  std::size_t at = 0;
  for (; at < rest.size() && rest[at] != '|'; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size()) escaped = true, ++at;
  }
  if (at >= rest.size()) return false;
  scan.skip(at + 1);
  out = rest.substr(0, at);
  if (!escaped) return true;
  char* to = row.arena().allocate(at);
  std::size_t length = 0;
  for (std::size_t i = 0; i < at; ++i) {
    if (rest[i] == '\\' && i + 1 < at && (rest[i + 1] == '|' || rest[i + 1] == '\\')) ++i;
    to[length++] = rest[i];
  }
  out = {to, length};
  return true;
}

std::string_view unescape_value(Row& row, std::string_view text) {
  if (text.find('\\') == text.npos) return text;
  char* to = row.arena().allocate(text.size());
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      const char next = text[i + 1];
      if (next == '\\' || next == '=' || next == '|')
        c = next, ++i;
      else if (next == 'n')
        c = '\n', ++i;
      else if (next == 'r')
        c = '\r', ++i;
    }
    to[length++] = c;
  }
  return {to, length};
}

class CefParser final : public FormatParser {
 public:
  explicit CefParser(const ParseContext& context) : context_(context) {}

  Outcome parse(std::string_view record, Row& row) override {
    Scan scan(record);
    scan.skip_blanks();
    if (!scan.take("CEF:")) return Outcome::not_mine;
    if (!row.builder().find_open(field::event_original)) row.ref(field::event_original, record);
    row.dataset("cef", "cef.log");
    std::array<std::string_view, kHeaderParts> header;
    std::size_t parts = 0;
    while (parts < kHeaderParts && take_part(scan, row, header[parts])) ++parts;
    if (parts == kHeaderParts - 1) {
      // Some senders leave out the last bar with the extension.
      header[parts++] = scan.rest();
      scan.skip(scan.left());
    }
    add_header(header, parts, row);
    if (parts < kHeaderParts) {
      row.fail("CEF: the header has fewer than seven parts");
      return Outcome::parsed;
    }
    message_ = header[5];
    user_ = receipt_ = end_ = start_ = {};
    add_extension(scan.rest(), row);
    row.ref(field::message, message_);
    if (!user_.empty()) row.builder().add_derived(field::user_name, Value::string(user_));
    for (const std::string_view text : {receipt_, end_, start_}) {
      if (const auto time = parse_any_time(text, context_)) row.time(*time);
    }
    return Outcome::parsed;
  }

 private:
  void add_header(const std::array<std::string_view, kHeaderParts>& header, std::size_t parts, Row& row) {
    const model::FieldId ids[kHeaderParts] = {
        fields_.cef_version,        fields_.cef_device_vendor,         fields_.cef_device_product,
        fields_.cef_device_version, fields_.cef_device_event_class_id, fields_.cef_name,
        fields_.cef_severity};
    for (std::size_t i = 0; i < parts; ++i) row.ref(ids[i], header[i]);
    if (parts < kHeaderParts) return;
    auto& builder = row.builder();
    builder.add_derived(field::observer_vendor, Value::string(header[1]));
    builder.add_derived(field::observer_product, Value::string(header[2]));
    builder.add_derived(field::observer_version, Value::string(header[3]));
    builder.add_derived(field::event_code, Value::string(header[4]));
    add_severity(header[6], row);
  }

  static void add_severity(std::string_view text, Row& row) {
    // The words stand for the upper ends of their ranges.
    constexpr std::pair<std::string_view, int> kWords[] = {
        {"low", 3}, {"medium", 6}, {"high", 8}, {"very-high", 10}, {"very high", 10}};
    std::int64_t number = -1;
    if (!canonical_integer(text, number)) {
      for (const auto& [word, value] : kWords) {
        if (base::equals_ignore_case_ascii(text, word)) number = value;
      }
    }
    if (number >= 0) row.builder().add_derived(field::event_severity, Value::integer(number));
  }

  // One pass: an '=' that follows a blank and key characters starts a pair and ends the value before it.
  void add_extension(std::string_view text, Row& row) {
    std::string_view key;
    std::size_t value_from = 0, token_from = 0;
    bool token_is_key = true;
    bool any = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const char c = text[at];
      if (c == '\\') {
        ++at;
        token_is_key = false;
      } else if (c == ' ' || c == '\t') {
        token_from = at + 1;
        token_is_key = true;
      } else if (c == '=' && token_is_key && at > token_from) {
        if (any) add_pair(key, text.substr(value_from, token_from - value_from), row);
        any = true;
        key = text.substr(token_from, at - token_from);
        value_from = at + 1;
        token_is_key = false;
      } else if (!is_key_char(c)) {
        token_is_key = false;
      }
    }
    if (any) return add_pair(key, text.substr(value_from), row);
    if (!base::trim(text).empty()) row.fail("CEF: the extension holds no key=value pair");
  }

  void add_pair(std::string_view key, std::string_view raw, Row& row) {
    while (!raw.empty() && base::is_space(raw.back())) raw.remove_suffix(1);
    const std::string_view value = unescape_value(row, raw);
    add_by_rules(rules(), key, value, context_, name_, row);
    if (key == "msg" && !value.empty()) message_ = value;
    if (key == "rt") receipt_ = value;
    if (key == "end") end_ = value;
    if (key == "start") start_ = value;
    if (key == "suser" || (key == "duser" && user_.empty())) user_ = value;
  }

  static const KeyTable& rules() {
    static const KeyTable table("cef.extensions.", kRules);
    return table;
  }

  ParseContext context_;
  const TextFields& fields_ = text_fields();
  std::string name_;
  std::string_view message_, user_, receipt_, end_, start_;
};

int recognise_cef(std::string_view record) {
  Scan scan(record);
  scan.skip_blanks();
  if (!scan.take("CEF:") || !scan.digits(2)) return 0;
  return scan.peek() == '|' ? 99 : 60;
}

}  // namespace

const Format& cef_format() {
  static const BasicFormat<CefParser> format({.name = "cef",
                                              .title = "Common Event Format (CEF)",
                                              .summary = "ArcSight's CEF, alone or inside syslog.",
                                              .payload = true},
                                             recognise_cef);
  return format;
}

}  // namespace vedette::normalize
