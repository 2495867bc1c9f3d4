// IBM Log Event Extended Format: LEEF:1.0|vendor|product|version|event id|key=value<tab>key=value...,
// and 2.0, which names its delimiter in a further header part.
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
    {"action", "event.action"},
    {"devTime", "", KeyAs::event_time},
    {"domain", "user.domain"},
    {"dst", "destination.address"},
    {"dst", "destination.ip", KeyAs::ip},
    {"dstBytes", "destination.bytes", KeyAs::integer, true},
    {"dstMAC", "destination.mac", KeyAs::mac},
    {"dstPackets", "destination.packets", KeyAs::integer, true},
    {"dstPort", "destination.port", KeyAs::port, true},
    {"dstPostNAT", "destination.nat.ip", KeyAs::ip},
    {"dstPostNATPort", "destination.nat.port", KeyAs::port, true},
    {"fileHash", "", KeyAs::hash},
    {"fileName", "file.name"},
    {"filePath", "file.path"},
    {"identHostName", "host.name"},
    {"identHostName", "host.hostname"},
    {"identMAC", "host.mac", KeyAs::mac},
    {"identSrc", "host.ip", KeyAs::ip},
    {"policy", "rule.name"},
    {"proto", "network.transport", KeyAs::transport},
    {"resource", "observer.hostname"},
    {"sev", "event.severity", KeyAs::integer, true},
    {"src", "source.address"},
    {"src", "source.ip", KeyAs::ip},
    {"srcBytes", "source.bytes", KeyAs::integer, true},
    {"srcMAC", "source.mac", KeyAs::mac},
    {"srcPackets", "source.packets", KeyAs::integer, true},
    {"srcPort", "source.port", KeyAs::port, true},
    {"srcPostNAT", "source.nat.ip", KeyAs::ip},
    {"srcPostNATPort", "source.nat.port", KeyAs::port, true},
    {"totalPackets", "network.packets", KeyAs::integer, true},
    {"url", "url.original"},
    {"usrName", "user.name"},
};

constexpr std::size_t kHeaderParts = 5;

// The delimiter part of a 2.0 header: one character, or its code as x5E, 0x5E or 5E. '\0' if it is no
// delimiter.
char read_delimiter(std::string_view text) {
  if (text.empty()) return '\t';
  if (text.size() == 1) return text[0];
  if (text == "\\t") return '\t';
  if (text.starts_with("0x") || text.starts_with("0X"))
    text.remove_prefix(2);
  else if (text[0] == 'x' || text[0] == 'X')
    text.remove_prefix(1);
  else if (text.starts_with("\\x"))
    text.remove_prefix(2);
  const auto code = text.size() <= 4 ? base::parse_uint(text, 16) : std::nullopt;
  return code && *code > 0 && *code < 256 ? static_cast<char>(*code) : '\0';
}

class LeefParser final : public FormatParser {
 public:
  explicit LeefParser(const ParseContext& context) : context_(context) {}

  Outcome parse(std::string_view record, Row& row) override {
    Scan scan(record);
    scan.skip_blanks();
    if (!scan.take("LEEF:")) return Outcome::not_mine;
    if (!row.builder().find_open(field::event_original)) row.ref(field::event_original, record);
    row.dataset("leef", "leef.log");
    std::array<std::string_view, kHeaderParts> header;
    std::size_t parts = 0;
    while (parts < kHeaderParts && scan.field('|', header[parts])) ++parts;
    if (parts == kHeaderParts - 1) {
      header[parts++] = scan.rest();
      scan.skip(scan.left());
    }
    add_header(header, parts, row);
    if (parts < kHeaderParts) {
      row.fail("LEEF: the header has fewer than five parts");
      return Outcome::parsed;
    }
    char delimiter = '\t';
    if (header[0].starts_with('2')) {
      Scan at = scan;
      std::string_view text;
      if (at.field('|', text)) {
        if (const char named = read_delimiter(text); named != '\0') delimiter = named, scan = at;
      }
    }
    add_attributes(scan.rest(), delimiter, row);
    return Outcome::parsed;
  }

 private:
  void add_header(const std::array<std::string_view, kHeaderParts>& header, std::size_t parts, Row& row) {
    const model::FieldId ids[kHeaderParts] = {fields_.leef_version, fields_.leef_device_vendor,
                                              fields_.leef_device_product, fields_.leef_device_version,
                                              fields_.leef_event_id};
    for (std::size_t i = 0; i < parts; ++i) row.ref(ids[i], header[i]);
    if (parts < kHeaderParts) return;
    auto& builder = row.builder();
    builder.add_derived(field::observer_vendor, Value::string(header[1]));
    builder.add_derived(field::observer_product, Value::string(header[2]));
    builder.add_derived(field::observer_version, Value::string(header[3]));
    builder.add_derived(field::event_code, Value::string(header[4]));
  }

  void add_attributes(std::string_view text, char delimiter, Row& row) {
    bool any = false, junk = false;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(delimiter), text.size());
      const std::string_view pair = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      const auto equals = pair.find('=');
      const std::string_view key = base::trim(pair.substr(0, equals));
      if (equals == pair.npos || key.empty()) {
        junk |= !base::trim(pair).empty();
        continue;
      }
      any = true;
      const std::string_view value = base::trim(pair.substr(equals + 1));
      add_by_rules(rules(), key, value, context_, name_, row);
      if (key == "msg" && !value.empty() && !row.builder().find_open(field::message))
        row.ref(field::message, value);
    }
    if (junk) row.fail(any ? "LEEF: an attribute is not key=value" : "LEEF: no attribute is key=value");
  }

  static const KeyTable& rules() {
    static const KeyTable table("leef.extensions.", kRules);
    return table;
  }

  ParseContext context_;
  const TextFields& fields_ = text_fields();
  std::string name_;
};

int recognise_leef(std::string_view record) {
  Scan scan(record);
  scan.skip_blanks();
  if (!scan.take("LEEF:") || !scan.digits(2)) return 0;
  return record.find('|') != record.npos ? 99 : 60;
}

}  // namespace

const Format& leef_format() {
  static const BasicFormat<LeefParser> format(
      {.name = "leef",
       .title = "Log Event Extended Format (LEEF)",
       .summary = "IBM QRadar's LEEF 1.0 and 2.0, alone or inside syslog.",
       .payload = true},
      recognise_leef);
  return format;
}

}  // namespace vedette::normalize
