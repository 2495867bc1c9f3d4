// W3C extended log files (IIS, Windows Firewall, proxies): the #Fields directive names the columns. Columns
// keep their names; what is known goes to ECS as well.
#include <algorithm>
#include <string>
#include <vector>

#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "formats/key_rules.hpp"
#include "formats/text_fields.hpp"
#include "formats/web_common.hpp"
#include "vedette/base/ip.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

constexpr std::size_t kMaxLogFields = 512;

constexpr Value kWeb[] = {Value::string("web")};
constexpr Value kAccess[] = {Value::string("access")};
constexpr Value kNetwork[] = {Value::string("network")};
constexpr Value kConnection[] = {Value::string("connection")};

constexpr KeyRule kRules[] = {
    {"action", "event.action", KeyAs::lower},
    {"c-ip", "source.address"},
    {"c-ip", "source.ip", KeyAs::ip},
    {"c-port", "source.port", KeyAs::port},
    {"cs(Referer)", "http.request.referrer"},
    {"cs-bytes", "http.request.bytes", KeyAs::integer},
    {"cs-host", "url.domain"},
    {"cs-method", "http.request.method"},
    {"cs-uri-stem", "url.path"},
    {"cs-uri-query", "url.query"},
    {"cs-username", "user.name"},
    {"cs-version", ""},
    {"dst-ip", "destination.address"},
    {"dst-ip", "destination.ip", KeyAs::ip},
    {"dst-port", "destination.port", KeyAs::port},
    {"path", "network.direction", KeyAs::direction},
    {"protocol", "network.transport", KeyAs::transport},
    {"s-computername", "host.name"},
    {"s-computername", "host.hostname"},
    {"s-ip", "destination.address"},
    {"s-ip", "destination.ip", KeyAs::ip},
    {"s-port", "destination.port", KeyAs::port},
    {"s-sitename", "service.name"},
    {"sc-bytes", "http.response.bytes", KeyAs::integer},
    {"size", "network.bytes", KeyAs::integer},
    {"src-ip", "source.address"},
    {"src-ip", "source.ip", KeyAs::ip},
    {"src-port", "source.port", KeyAs::port},
};

class W3cParser final : public FormatParser {
 public:
  explicit W3cParser(const ParseContext& context)
      : context_(context), local_offset_(context.utc_offset_seconds) {
    context_.utc_offset_seconds = 0;  // the standard says UTC
  }

  Outcome parse(std::string_view record, Row& row) override {
    if (record.starts_with("\xEF\xBB\xBF")) record.remove_prefix(3);
    if (record.starts_with('#')) return take_directive(record, row);
    if (record.empty()) return Outcome::skipped;
    row.ref(field::event_original, record);
    if (columns_.empty()) {
      row.fail("W3C log: a line before the #Fields directive");
      return Outcome::parsed;
    }
    add_source(row);
    date_ = time_ = stem_ = query_ = {};
    add_values(record, row);
    finish(row);
    return Outcome::parsed;
  }

 private:
  enum class Special : std::uint8_t { none, date, time, stem, query, agent, status, version, taken, stamp };
  struct Column {
    model::FieldId id{};
    std::span<const KeyTable::Entry> rules;
    Special special = Special::none;
  };

  static Special special_of(std::string_view name) {
    constexpr std::pair<std::string_view, Special> kSpecials[] = {{"date", Special::date},
                                                                  {"time", Special::time},
                                                                  {"cs-uri-stem", Special::stem},
                                                                  {"cs-uri-query", Special::query},
                                                                  {"cs(User-Agent)", Special::agent},
                                                                  {"sc-status", Special::status},
                                                                  {"cs-version", Special::version},
                                                                  {"time-taken", Special::taken},
                                                                  {"x-timestamp", Special::stamp}};
    for (const auto& [known, special] : kSpecials) {
      if (known == name) return special;
    }
    return Special::none;
  }

  Outcome take_directive(std::string_view line, Row& row) {
    constexpr std::string_view kFields = "#Fields:", kSoftware = "#Software:";
    if (line.starts_with(kSoftware)) {
      const std::string_view name = line.substr(kSoftware.size());
      const bool iis = name.find("Internet Information Services") != name.npos;
      const bool firewall = name.find("Windows Firewall") != name.npos;
      module_ = iis ? "iis" : firewall ? "windows_firewall" : "w3c";
      dataset_ = iis ? "iis.access" : firewall ? "windows_firewall.log" : "w3c.log";
      local_time_ = firewall;
    } else if (line.starts_with("#Time Format:")) {
      local_time_ = line.find("Local") != line.npos;
    } else if (line.starts_with(kFields)) {
      columns_.clear();
      Scan scan(line.substr(kFields.size()));
      tabs_ = scan.rest().find('\t') != std::string_view::npos;
      for (std::string_view name; next_value(scan, name) && columns_.size() < kMaxLogFields;) {
        columns_.push_back({row.names().intern(name), rules().find(name), special_of(name)});
      }
    }
    return Outcome::skipped;
  }

  // The next value; quoted ones may hold blanks.
  bool next_value(Scan& scan, std::string_view& out) const {
    const char separator = tabs_ ? '\t' : ' ';
    if (!tabs_) scan.skip_blanks();
    if (scan.done()) return false;
    Scan at = scan;
    if (at.take('"') && at.field('"', out) && (at.done() || at.peek() == separator)) {
      scan = at;
      scan.take(separator);
      return true;
    }
    if (!scan.field(separator, out)) {
      out = scan.rest();
      scan.skip(scan.left());
    }
    return true;
  }

  void add_source(Row& row) {
    row.dataset(module_, dataset_);
    const bool network = dataset_ == "windows_firewall.log";
    row.add(field::event_category, network ? Value::list(kNetwork) : Value::list(kWeb));
    row.add(field::event_type, network ? Value::list(kConnection) : Value::list(kAccess));
  }

  void add_values(std::string_view record, Row& row) {
    Scan scan(record);
    std::string_view value;
    std::size_t count = 0;
    while (next_value(scan, value)) {
      if (count < columns_.size()) add_value(columns_[count], value, row);
      ++count;
    }
    if (count != columns_.size()) row.fail("W3C log: the number of values is not that of #Fields");
  }

  void add_value(const Column& column, std::string_view value, Row& row) {
    if (value == "-" || value.empty()) return;
    row.add(column.id, typed_value(value));
    apply_rules(column.rules, value, context_, row);
    std::int64_t number = 0;
    switch (column.special) {
      case Special::none:
        break;
      case Special::date:
        date_ = value;
        break;
      case Special::time:
        time_ = value;
        break;
      case Special::stem:
        stem_ = value;
        break;
      case Special::query:
        query_ = value;
        break;
      case Special::agent:
        row.ref(field::user_agent_original, plus_to_blank(value, row));
        break;
      case Special::status:
        if (canonical_integer(value, number)) add_http_status(row, number);
        break;
      case Special::version:
        row.ref(field::http_version, value.starts_with("HTTP/") ? value.substr(5) : value);
        break;
      case Special::taken:
        if (dataset_ == "iis.access" && canonical_integer(value, number) && number < 1'000'000'000) {
          row.add(fields_.event_duration, Value::integer(number * base::kNsPerMs));
        }
        break;
      case Special::stamp:
        if (const auto time = parse_any_time(value, context_)) row.time(*time);
        break;
    }
  }

  static std::string_view plus_to_blank(std::string_view text, Row& row) {
    if (text.find('+') == text.npos) return text;
    char* to = row.arena().allocate(text.size());
    std::replace_copy(text.begin(), text.end(), to, '+', ' ');
    return {to, text.size()};
  }

  void finish(Row& row) {
    if (!stem_.empty()) {
      if (query_.empty()) {
        row.ref(field::url_original, stem_);
      } else {
        char* to = row.arena().allocate(stem_.size() + query_.size() + 1);
        char* end = std::copy(stem_.begin(), stem_.end(), to);
        *end++ = '?';
        std::copy(query_.begin(), query_.end(), end);
        row.ref(field::url_original, {to, stem_.size() + query_.size() + 1});
      }
      const auto dot = stem_.rfind('.');
      if (dot != stem_.npos && stem_.size() - dot <= 33 && stem_.find('/', dot) == stem_.npos &&
          dot + 1 < stem_.size()) {
        row.ref(fields_.url_extension, stem_.substr(dot + 1));
      }
    }
    if (date_.size() != 10 || time_.size() < 8 || time_.size() > 20) return;
    char text[40];
    std::copy(date_.begin(), date_.end(), text);
    text[10] = 'T';
    std::copy(time_.begin(), time_.end(), text + 11);
    Scan scan({text, 11 + time_.size()});
    ParseContext context = context_;
    if (local_time_) context.utc_offset_seconds = local_offset_;
    if (const auto time = take_iso_time(scan, context)) row.time(*time);
  }

  static const KeyTable& rules() {
    static const KeyTable table("", kRules);
    return table;
  }

  ParseContext context_;
  int local_offset_ = 0;
  const TextFields& fields_ = text_fields();
  std::vector<Column> columns_;
  std::string_view module_ = "w3c", dataset_ = "w3c.log";
  bool tabs_ = false;
  bool local_time_ = false;
  std::string_view date_, time_, stem_, query_;
};

int recognise_w3c(std::string_view record) {
  if (record.starts_with("\xEF\xBB\xBF")) record.remove_prefix(3);
  if (record.starts_with("#Software: ") || record.starts_with("#Fields: ")) return 90;
  if (record.starts_with("#Version: ")) return 80;
  if (record.starts_with("#Date: ") || record.starts_with("#Time Format: ") ||
      record.starts_with("#Start-Date: ")) {
    return 60;
  }
  // "2026-11-03 09:12:00 192.0.2.1 GET /": likely, but only #Fields makes it sure.
  Scan scan(record);
  if (scan.peek(10) != ' ' || !take_iso_time(scan, ParseContext{}) || !scan.take(' ')) return 0;
  const std::string_view word = scan.word();
  const bool firewall = word == "ALLOW" || word == "DROP";
  return firewall || (word.size() <= 45 && base::IpAddress::parse(word)) || word.starts_with("W3SVC") ? 10
                                                                                                      : 0;
}

}  // namespace

const Format& iis_w3c_format() {
  static const BasicFormat<W3cParser> format(
      {.name = "w3c",
       .title = "W3C extended log file",
       .summary = "IIS, Windows Firewall and proxy logs whose #Fields line names the columns.",
       .stateful = true},
      recognise_w3c);
  return format;
}

}  // namespace vedette::normalize
