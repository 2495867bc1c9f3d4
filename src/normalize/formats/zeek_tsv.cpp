// Zeek's own log format: #-lines name the separators, the log, its fields and their types. Fields keep Zeek's
// names.
#include <string>
#include <vector>

#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "formats/text_scan.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

constexpr std::size_t kMaxZeekColumns = 1024;

enum class ZeekType : std::uint8_t { text, integer, real, boolean, time };

// Resolves \xHH, the only escape of this format besides a doubled backslash.
std::string_view unescape(std::string_view text, Row& row) {
  if (text.find('\\') == text.npos) return text;
  char* to = row.arena().allocate(text.size());
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
      const int high = base::hex_digit(text[i + 2]), low = base::hex_digit(text[i + 3]);
      if (high >= 0 && low >= 0) c = static_cast<char>(high * 16 + low), i += 3;
    } else if (c == '\\' && i + 1 < text.size() && text[i + 1] == '\\') {
      ++i;
    }
    to[length++] = c;
  }
  return {to, length};
}

class ZeekParser final : public FormatParser {
 public:
  explicit ZeekParser(const ParseContext& context) : context_(context) {}

  Outcome parse(std::string_view record, Row& row) override {
    if (record.starts_with('#')) return take_header(record, row);
    if (record.empty()) return Outcome::skipped;
    row.ref(field::event_original, record);
    if (columns_.empty()) {
      row.fail("Zeek log: a line before the #fields header");
      return Outcome::parsed;
    }
    row.dataset("zeek", row.arena().copy(dataset_));
    std::size_t count = 0;
    for (std::string_view rest = record;; ++count) {
      const auto end = rest.find(separator_);
      if (count < columns_.size()) add_column(columns_[count], rest.substr(0, end), row);
      if (end == rest.npos) break;
      rest.remove_prefix(end + 1);
    }
    if (count + 1 != columns_.size()) row.fail("Zeek log: the number of values is not that of #fields");
    return Outcome::parsed;
  }

 private:
  struct Column {
    model::FieldId id{};
    ZeekType type = ZeekType::text;
    bool many = false;
    bool is_time = false;
  };

  Outcome take_header(std::string_view line, Row& row) {
    if (line.starts_with("#separator ")) {
      const std::string_view code = line.substr(11);
      if (code.starts_with("\\x") && code.size() >= 4 && base::hex_digit(code[2]) >= 0 &&
          base::hex_digit(code[3]) >= 0) {
        separator_ = static_cast<char>(base::hex_digit(code[2]) * 16 + base::hex_digit(code[3]));
      } else if (code.size() == 1) {
        separator_ = code[0];
      }
      return Outcome::skipped;
    }
    const auto at = line.find(separator_);
    const std::string_view key = line.substr(0, at),
                           value = at == line.npos ? std::string_view{} : line.substr(at + 1);
    if (key == "#set_separator" && value.size() == 1) set_separator_ = value[0];
    if (key == "#empty_field") empty_ = value;
    if (key == "#unset_field") unset_ = value;
    if (key == "#path") set_path(value);
    if (key == "#fields") take_fields(value, row);
    if (key == "#types") take_types(value);
    return Outcome::skipped;
  }

  void set_path(std::string_view path) {
    dataset_ = "zeek.";
    for (const char c : path.substr(0, 64)) dataset_ += base::is_alnum(c) || c == '_' || c == '-' ? c : '_';
  }

  void take_fields(std::string_view text, Row& row) {
    columns_.clear();
    for (std::string_view rest = text; columns_.size() < kMaxZeekColumns;) {
      const auto end = rest.find(separator_);
      const std::string_view name = rest.substr(0, end);
      columns_.push_back({.id = row.names().intern(name), .is_time = name == "ts"});
      if (end == rest.npos) break;
      rest.remove_prefix(end + 1);
    }
  }

  void take_types(std::string_view text) {
    std::string_view rest = text;
    for (Column& column : columns_) {
      const auto end = rest.find(separator_);
      std::string_view name = rest.substr(0, end);
      if (const auto open = name.find('['); open != name.npos && name.ends_with(']')) {
        column.many = true;
        name = name.substr(open + 1, name.size() - open - 2);
      }
      column.type = type_of(name);
      if (end == rest.npos) break;
      rest.remove_prefix(end + 1);
    }
  }

  static ZeekType type_of(std::string_view name) {
    if (name == "count" || name == "int" || name == "port") return ZeekType::integer;
    if (name == "double" || name == "interval") return ZeekType::real;
    if (name == "time") return ZeekType::time;
    if (name == "bool") return ZeekType::boolean;
    return ZeekType::text;
  }

  void add_column(const Column& column, std::string_view text, Row& row) {
    if (text == unset_) return;
    if (column.is_time) {
      if (const auto time = parse_any_time(text, context_)) row.time(*time);
    }
    if (!column.many)
      return row.add(column.id, text == empty_ ? Value::string("") : value_of(column.type, text, row));
    std::size_t count = text == empty_ ? 0 : 1;
    if (count) {
      for (const char c : text) count += c == set_separator_;
    }
    const auto items = row.arena().allocate_array<Value>(count);
    std::string_view rest = text;
    for (Value& item : items) {
      const auto end = rest.find(set_separator_);
      const std::string_view part = rest.substr(0, end);
      item = part == unset_ ? Value::null() : value_of(column.type, part, row);
      rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    }
    row.add(column.id, Value::list(items));
  }

  // A value that is not of its type stays the text it is.
  static Value value_of(ZeekType type, std::string_view text, Row& row) {
    std::int64_t number = 0;
    switch (type) {
      case ZeekType::integer:
        if (canonical_integer(text, number)) return Value::integer(number);
        break;
      case ZeekType::real:
      case ZeekType::time:
        if (const auto real = base::parse_double(text)) return Value::real(*real);
        break;
      case ZeekType::boolean:
        if (text == "T") return Value::boolean(true);
        if (text == "F") return Value::boolean(false);
        break;
      case ZeekType::text:
        break;
    }
    return Value::string(unescape(text, row));
  }

  ParseContext context_;
  char separator_ = '\t';
  char set_separator_ = ',';
  std::string empty_ = "(empty)", unset_ = "-", dataset_ = "zeek.unknown";
  std::vector<Column> columns_;
};

int recognise_zeek_tsv(std::string_view record) {
  if (record.starts_with("#separator ")) return 99;
  if (record.starts_with("#fields\t") || record.starts_with("#types\t") || record.starts_with("#path\t"))
    return 97;
  if (record.starts_with("#set_separator\t") || record.starts_with("#unset_field\t") ||
      record.starts_with("#empty_field\t") || record.starts_with("#open\t") ||
      record.starts_with("#close\t")) {
    return 97;
  }
  Scan scan(record);
  if (!take_epoch_time(scan) || scan.peek() != '\t' || record.find('.') > 11) return 0;
  return record.find('\t', record.find('\t') + 1) != record.npos ? 20 : 0;
}

}  // namespace

const Format& zeek_tsv_format() {
  static const BasicFormat<ZeekParser> format(
      {.name = "zeek-tsv",
       .title = "Zeek log (TSV)",
       .summary = "Zeek's tab-separated logs with their # header lines.",
       .stateful = true},
      recognise_zeek_tsv);
  return format;
}

}  // namespace vedette::normalize
