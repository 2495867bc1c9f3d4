// Any line: the last resort. The line is the message; a time stamp at its start is read.
#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "formats/text_scan.hpp"

namespace vedette::normalize {
namespace {

constexpr std::size_t kMaxLead = 4;  // brackets and blanks before the time stamp

OptionalTime leading_time(std::string_view line, const ParseContext& context) {
  Scan scan(line);
  for (std::size_t i = 0; i < kMaxLead && (scan.peek() == '[' || scan.peek() == '(' || scan.peek() == ' ');
       ++i) {
    scan.skip(1);
  }
  if (base::is_digit(scan.peek())) {
    Scan at = scan;
    if (auto time = take_iso_time(at, context)) return time;
    if (auto time = take_clf_time(at, context)) return time;
    // Seconds or milliseconds since the epoch, alone.
    const std::string_view word = scan.word();
    if (word.size() < 10 || word.size() > 20) return std::nullopt;
    return parse_any_time(word, context);
  }
  if (auto time = take_month_time(scan, context)) return time;
  return take_ctime(scan, context);
}

class PlainParser final : public FormatParser {
 public:
  explicit PlainParser(const ParseContext& context) : context_(context) {}

  Outcome parse(std::string_view record, Row& row) override {
    row.ref(model::field::message, record);
    if (const auto time = leading_time(record, context_)) row.time(*time);
    return Outcome::parsed;
  }

 private:
  ParseContext context_;
};

int recognise_plain(std::string_view) {
  return 1;
}

}  // namespace

const Format& plain_format() {
  static const BasicFormat<PlainParser> format(
      {.name = "plain",
       .title = "Plain text",
       .summary = "Lines of text; a time stamp at the start is understood."},
      recognise_plain);
  return format;
}

}  // namespace vedette::normalize
