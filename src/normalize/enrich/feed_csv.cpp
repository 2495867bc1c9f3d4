// CSV feeds, whose columns are known by their names, and plain lists.
#include <algorithm>
#include <optional>

#include "enrich/csv_reader.hpp"
#include "enrich/feed_builder.hpp"
#include "enrich/observable.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

using Type = Indicator::Type;

enum FeedColumn : std::uint8_t {
  kValueColumn,
  kTypeColumn,
  kDescriptionColumn,
  kTlpColumn,
  kConfidenceColumn,
  kUntilColumn,
  kFromColumn,
  kIdColumn,
  kTagsColumn,
  kFeedColumns
};
struct ColumnName {
  std::string_view name;
  FeedColumn column;
};
// Of columns for the same thing, the one named first here is taken.
constexpr ColumnName kColumnNames[] = {
    {"indicator", kValueColumn},
    {"indicatorvalue", kValueColumn},
    {"ioc", kValueColumn},
    {"iocvalue", kValueColumn},
    {"value", kValueColumn},
    {"observable", kValueColumn},
    {"ipaddress", kValueColumn},
    {"dstip", kValueColumn},
    {"ip", kValueColumn},
    {"domain", kValueColumn},
    {"hostname", kValueColumn},
    {"url", kValueColumn},
    {"sha256hash", kValueColumn},
    {"sha256", kValueColumn},
    {"sha1", kValueColumn},
    {"md5", kValueColumn},
    {"hash", kValueColumn},
    {"email", kValueColumn},
    {"indicatortype", kTypeColumn},
    {"ioctype", kTypeColumn},
    {"type", kTypeColumn},
    {"description", kDescriptionColumn},
    {"comment", kDescriptionColumn},
    {"malware", kDescriptionColumn},
    {"malwareprintable", kDescriptionColumn},
    {"threat", kDescriptionColumn},
    {"signature", kDescriptionColumn},
    {"tlp", kTlpColumn},
    {"confidence", kConfidenceColumn},
    {"confidencelevel", kConfidenceColumn},
    {"validuntil", kUntilColumn},
    {"expires", kUntilColumn},
    {"expiration", kUntilColumn},
    {"expirationdate", kUntilColumn},
    {"validto", kUntilColumn},
    {"validfrom", kFromColumn},
    {"firstseen", kFromColumn},
    {"firstseenutc", kFromColumn},
    {"id", kIdColumn},
    {"iocid", kIdColumn},
    {"uuid", kIdColumn},
    {"tags", kTagsColumn},
    {"tag", kTagsColumn},
    {"labels", kTagsColumn},
};

struct IndicatorTypeName {
  std::string_view name;
  Type type;
};
constexpr IndicatorTypeName kIndicatorTypeNames[] = {
    {"ip", Type::ip},
    {"ipv4", Type::ip},
    {"ipv6", Type::ip},
    {"ipv4addr", Type::ip},
    {"ipv6addr", Type::ip},
    {"ipaddress", Type::ip},
    {"ipport", Type::ip},
    {"address", Type::ip},
    {"ipsrc", Type::ip},
    {"ipdst", Type::ip},
    {"network", Type::network},
    {"cidr", Type::network},
    {"domain", Type::domain},
    {"domainname", Type::domain},
    {"hostname", Type::domain},
    {"fqdn", Type::domain},
    {"host", Type::domain},
    {"url", Type::url},
    {"uri", Type::url},
    {"md5", Type::hash},
    {"sha1", Type::hash},
    {"sha256", Type::hash},
    {"sha512", Type::hash},
    {"hash", Type::hash},
    {"md5hash", Type::hash},
    {"sha1hash", Type::hash},
    {"sha256hash", Type::hash},
    {"filehash", Type::hash},
    {"filehashmd5", Type::hash},
    {"filehashsha1", Type::hash},
    {"filehashsha256", Type::hash},
    {"email", Type::email},
    {"emailaddr", Type::email},
    {"emailaddress", Type::email},
    {"emailsrc", Type::email},
    {"filename", Type::file_name},
    {"file", Type::file_name},
};

// Letters and digits only, in lower case.
std::string plain_name(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 64)) {
    if (base::is_alnum(c)) out += base::ascii_lower(c);
  }
  return out;
}

std::optional<Type> named_type(std::string_view text) {
  const std::string name = plain_name(text);
  for (const IndicatorTypeName& known : kIndicatorTypeNames) {
    if (known.name == name) return known.type;
  }
  return std::nullopt;
}

std::size_t column_rank(std::string_view cell, FeedColumn& column) {
  const std::string name = plain_name(cell);
  for (std::size_t i = 0; i < std::size(kColumnNames); ++i) {
    if (kColumnNames[i].name != name) continue;
    column = kColumnNames[i].column;
    return i;
  }
  return std::size(kColumnNames);
}

class CsvFeedReader {
 public:
  CsvFeedReader(std::string_view text, FeedBuilder& builder) : text_(text), builder_(builder) {}

  void read() {
    std::string_view header;
    const std::size_t body = find_header(header);
    if (header.empty()) return builder_.complain("", "no line names a column of indicators");
    const char delimiter = guess_delimiter(header);
    read_header(header, delimiter);
    CsvReader reader(text_.substr(body), delimiter, '#');
    std::vector<std::string_view> cells;
    const auto first = static_cast<std::uint32_t>(
        std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(body), '\n'));
    for (;;) {
      const CsvReader::Outcome outcome = reader.next(cells);
      if (outcome == CsvReader::Outcome::end) return;
      const std::string place = "line " + std::to_string(first + reader.line());
      if (outcome == CsvReader::Outcome::bad) {
        builder_.skip(place, std::string("the row ") + reader.fault());
      } else {
        read_row(cells, place);
      }
    }
  }

 private:
  // The header may stand in a comment, as some feeds have it. Answers where the rows start.
  std::size_t find_header(std::string_view& header) const {
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      const std::string_view line = base::trim(text_.substr(at, end - at));
      at = std::min(end + 1, text_.size());
      if (is_feed_header(line)) {
        header = line.substr(std::min(line.find_first_not_of("# "), line.size()));
        return at;
      }
      if (!line.empty() && line.front() != '#') break;
    }
    return 0;
  }

  void read_header(std::string_view header, char delimiter) {
    std::fill(std::begin(columns_), std::end(columns_), kAbsent);
    std::size_t ranks[kFeedColumns];
    std::fill(std::begin(ranks), std::end(ranks), std::size(kColumnNames));
    CsvReader reader(header, delimiter, '\0');
    std::vector<std::string_view> cells;
    if (reader.next(cells) != CsvReader::Outcome::record) return;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      FeedColumn column{};
      const std::size_t rank = column_rank(base::trim(cells[i]), column);
      if (rank >= std::size(kColumnNames) || rank >= ranks[column]) continue;
      ranks[column] = rank;
      columns_[column] = i;
      if (column == kValueColumn) header_type_ = named_type(cells[i]);
    }
  }

  std::string_view cell(const std::vector<std::string_view>& cells, FeedColumn column) const {
    return columns_[column] < cells.size() ? base::trim(cells[columns_[column]]) : std::string_view{};
  }

  void read_row(const std::vector<std::string_view>& cells, const std::string& place) {
    Indicator indicator;
    const std::string_view value = cell(cells, kValueColumn);
    if (value.empty()) return builder_.skip(place, "the row has no indicator");
    const std::string_view type_name = cell(cells, kTypeColumn);
    std::optional<Type> type = named_type(type_name);
    // A column of types may hold something else, such as "botnet_cc" or "c2".
    if (!type && header_type_) type = header_type_;
    indicator.value = type == Type::file_name ? std::string(value) : refanged(value);
    if (!type || type == Type::domain) {
      // Lists of hosts hold addresses, too.
      const auto guessed = guess_type(indicator.value);
      if (guessed && (!type || *guessed == Type::ip)) type = guessed;
    }
    if (!type) return builder_.skip(place, "cannot tell what \"" + indicator.value.substr(0, 100) + "\" is");
    indicator.type = *type;
    describe(cells, indicator);
    builder_.add(std::move(indicator), place);
  }

  void describe(const std::vector<std::string_view>& cells, Indicator& indicator) const {
    indicator.id = cell(cells, kIdColumn);
    indicator.description = cell(cells, kDescriptionColumn);
    indicator.tlp = tlp_of(cell(cells, kTlpColumn));
    indicator.valid_until = base::parse_iso8601(cell(cells, kUntilColumn)).value_or(0);
    indicator.valid_from = base::parse_iso8601(cell(cells, kFromColumn)).value_or(0);
    indicator.confidence = confidence_of(cell(cells, kConfidenceColumn));
    std::string_view tags = cell(cells, kTagsColumn);
    while (!tags.empty() && indicator.tags.size() < 16) {
      const std::size_t end = std::min(tags.find_first_of(",;|"), tags.size());
      const std::string_view tag = base::trim(tags.substr(0, end));
      if (!tag.empty() && tag != "None") indicator.tags.emplace_back(tag);
      tags.remove_prefix(std::min(end + 1, tags.size()));
    }
  }

  static int confidence_of(std::string_view text) {
    if (text.ends_with('%')) text.remove_suffix(1);
    if (const auto number = base::parse_int(text))
      return *number >= 0 && *number <= 100 ? static_cast<int>(*number) : -1;
    if (base::equals_ignore_case_ascii(text, "low")) return 15;
    if (base::equals_ignore_case_ascii(text, "medium")) return 50;
    return base::equals_ignore_case_ascii(text, "high") ? 85 : -1;
  }

  static constexpr std::size_t kAbsent = ~std::size_t{0};
  std::string_view text_;
  FeedBuilder& builder_;
  std::size_t columns_[kFeedColumns];
  std::optional<Type> header_type_;
};

// Cuts what stands behind the indicator off a line: a comment, or further words.
std::string_view indicator_of_line(std::string_view line) {
  for (std::size_t at = 1; at < line.size(); ++at) {
    if ((line[at] == '#' || line[at] == ';') && base::is_space(line[at - 1])) {
      line = line.substr(0, at);
      break;
    }
  }
  return base::trim(line);
}

}  // namespace

// A line of names, one of which is a column of indicators. One in a comment needs three of them, so that
// prose is not taken for it.
bool is_feed_header(std::string_view line) {
  if (line.empty() || line.size() > 4096) return false;
  const bool commented = line.front() == '#';
  line = line.substr(std::min(line.find_first_not_of("# "), line.size()));
  const char delimiter = guess_delimiter(line);
  const auto cells = base::split(line, delimiter);
  if (commented && cells.size() < 3) return false;
  return std::any_of(cells.begin(), cells.end(), [](std::string_view cell) {
    FeedColumn column{};
    return column_rank(base::trim(cell), column) < std::size(kColumnNames) && column == kValueColumn;
  });
}

void parse_csv_feed(std::string_view text, FeedBuilder& builder) {
  CsvFeedReader(text, builder).read();
}

void parse_list(std::string_view text, FeedBuilder& builder) {
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = base::trim(text.substr(at, end - at));
    at = end + 1;
    ++number;
    if (line.empty() || line.front() == '#' || line.front() == ';' || line.starts_with("//")) continue;
    line = indicator_of_line(line);
    Indicator indicator;
    indicator.value = refanged(line.substr(0, kMaxUrl + 1));
    // The lines of a hosts file: "0.0.0.0 evil.example".
    for (const std::string_view sink : {"0.0.0.0", "127.0.0.1"}) {
      if (indicator.value.starts_with(sink) && indicator.value.size() > sink.size() &&
          base::is_space(indicator.value[sink.size()])) {
        indicator.value = std::string(base::trim(std::string_view(indicator.value).substr(sink.size())));
        break;
      }
    }
    const auto type = guess_type(indicator.value);
    if (!type) {
      builder.skip("line " + std::to_string(number),
                   "cannot tell what \"" + indicator.value.substr(0, 100) + "\" is");
      continue;
    }
    indicator.type = *type;
    builder.add(std::move(indicator), "line " + std::to_string(number));
  }
}

}  // namespace vedette::normalize
