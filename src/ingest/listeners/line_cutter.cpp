#include "listeners/line_cutter.hpp"

#include <algorithm>
#include <cstring>

#include <re2/re2.h>

#include "vedette/base/text.hpp"

namespace vedette::ingest {

struct LineCutter::Matcher {
  explicit Matcher(const std::string& pattern) : expression(pattern, RE2::Quiet) {}
  RE2 expression;
};

LineCutter::LineCutter(const LineRules& rules) : rules_(rules) {}
LineCutter::~LineCutter() = default;

base::Result<std::unique_ptr<LineCutter>> LineCutter::make(const LineRules& rules) {
  std::unique_ptr<LineCutter> cutter(new LineCutter(rules));
  if (rules.join == LineRules::Join::pattern) {
    cutter->matcher_ = std::make_unique<Matcher>(rules.pattern);
    if (!cutter->matcher_->expression.ok()) {
      return base::make_error(base::ErrorCode::invalid_argument,
                              "multiline_pattern: " + cutter->matcher_->expression.error());
    }
  }
  return cutter;
}

bool LineCutter::goes_on(std::string_view line, bool utf16) const {
  if (rules_.join == LineRules::Join::none) return false;
  std::string text;
  if (utf16) {
    text = base::utf16le_to_utf8(line);
    line = text;
  }
  if (rules_.join == LineRules::Join::indent) return line.starts_with(' ') || line.starts_with('\t');
  return !RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), matcher_->expression);
}

// The position of the line feed, or npos.
std::size_t LineCutter::find_line_end(std::string_view buffer, std::size_t from, bool utf16) const {
  if (!utf16) return buffer.find('\n', from);
  for (std::size_t at = buffer.find('\n', from); at != std::string_view::npos;
       at = buffer.find('\n', at + 1)) {
    if (at % 2 == 0 && at + 1 < buffer.size() && buffer[at + 1] == '\0') return at;
  }
  return std::string_view::npos;
}

std::size_t LineCutter::skip_line(std::string_view buffer, bool utf16, std::size_t unit) {
  const std::size_t end = find_line_end(buffer, 0, utf16);
  if (end == std::string_view::npos) return buffer.size() - buffer.size() % unit;
  skipping_ = false;
  return end + unit;
}

std::size_t LineCutter::cut(std::string_view buffer, Flush flush, bool utf16,
                            std::vector<CutRecord>& records) {
  const std::size_t unit = utf16 ? 2 : 1;
  std::size_t begin = 0;  // of the record under way
  if (skipping_) {
    begin = skip_line(buffer, utf16, unit);
    if (skipping_) return begin;
  }
  std::size_t line = begin;  // of the line under way
  std::size_t content_end = begin;
  std::size_t lines = 0;
  const auto finish = [&](std::size_t end, std::size_t next, bool cut) {
    if (end > begin) records.push_back({begin, end, next, cut});
    begin = next;
    lines = 0;
  };
  for (;;) {
    const std::size_t end = find_line_end(buffer, std::max(line, searched_), utf16);
    if (end == std::string_view::npos) break;
    searched_ = 0;
    std::size_t stop = end;
    if (stop >= line + unit && buffer[stop - unit] == '\r') stop -= unit;
    const std::string_view text = buffer.substr(line, stop - line);
    const bool fits = stop - begin <= rules_.max_bytes && lines < rules_.max_lines;
    if (lines != 0 && (!fits || !goes_on(text, utf16))) finish(content_end, line, false);
    ++lines;
    content_end = stop;
    line = end + unit;
    if (stop - begin > rules_.max_bytes) {
      finish(begin + rules_.max_bytes - rules_.max_bytes % unit, line, true);
    } else if (rules_.join == LineRules::Join::none) {
      finish(content_end, line, false);
    }
  }
  // What is left: whole lines that may go on, and a line without its end.
  const bool partial = line < buffer.size();
  const bool too_long = buffer.size() - begin > rules_.max_bytes + unit;
  if (lines != 0 && (too_long || flush == Flush::all || (flush == Flush::joined && !partial))) {
    if (too_long || !partial || !goes_on(buffer.substr(line), utf16)) finish(content_end, line, false);
  }
  if (flush == Flush::all && buffer.size() > begin) finish(buffer.size(), buffer.size(), false);
  if (lines == 0 && buffer.size() - begin > rules_.max_bytes + unit) {
    records.push_back({begin, begin + rules_.max_bytes - rules_.max_bytes % unit, begin, true});
    skipping_ = true;
    searched_ = 0;
    return buffer.size() - buffer.size() % unit;
  }
  // A line under way need not be searched again.
  const std::size_t known = buffer.size() - begin;
  searched_ = lines == 0 ? known - std::min(known, unit - 1) : 0;
  return begin;
}

}  // namespace vedette::ingest
