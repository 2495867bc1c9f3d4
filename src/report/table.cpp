// One line an alert, for a terminal.
#include <algorithm>
#include <array>
#include <utility>

#include "describe.hpp"
#include "text_layout.hpp"
#include "vedette/base/text.hpp"
#include "writers.hpp"

namespace vedette::report {
namespace {

enum Column : std::size_t { kTime, kLevel, kRule, kHost, kUser, kMatch, kWhere, kColumns };
constexpr std::array<std::string_view, kColumns> kTitles = {"TIME (UTC)", "LEVEL", "RULE", "HOST",
                                                            "USER",       "MATCH", "WHERE"};
using Widths = std::array<int, kColumns>;  // 0: the column is left out
constexpr int kColumnGap = 2;

// Shares `width` among the columns; narrow terminals lose the place, the user and the host, in this order.
Widths share_out(int width) {
  Widths widths = {19, 8, 44, 15, 15, 60, 40};
  if (width <= 0) return widths;
  const auto rest = [&] {
    int used = 0;
    for (const std::size_t column : {kTime, kLevel, kHost, kUser, kWhere}) {
      if (widths[column] > 0) used += widths[column] + kColumnGap;
    }
    return width - used - kColumnGap;
  };
  widths[kWhere] = std::clamp(width * 3 / 20, 14, 40);
  widths[kHost] = std::clamp(width / 10, 10, 24);
  widths[kUser] = std::clamp(width / 12, 9, 20);
  for (const std::size_t column : {kWhere, kUser, kHost}) {
    if (rest() < 40) widths[column] = 0;
  }
  const int flexible = std::max(rest(), 12);
  widths[kRule] = std::clamp(flexible / 2, 6, 60);
  widths[kMatch] = flexible - widths[kRule];
  return widths;
}

// The part of a name that tells most, if the whole does not fit: a host without its domain, a user without
// hers.
std::string_view shortened(std::size_t column, std::string_view text, int width) {
  if (display_width(text) <= width) return text;
  if (column == kUser) return text.substr(text.find('\\') + 1);
  const bool is_address = text.find_first_not_of("0123456789.:abcdef") == std::string_view::npos;
  return column == kHost && !is_address ? text.substr(0, text.find('.')) : text;
}

class TableWriter final : public AlertWriter {
 public:
  TableWriter(Sink sink, const WriterOptions& options)
      : sink_(std::move(sink)), options_(options), widths_(share_out(options.width)) {}

  void write(const model::Alert& alert) override {
    if (!std::exchange(header_written_, true)) write_header();
    const model::Event event = alert.event();
    std::array<std::string, kColumns> cells = {date_time_text(alert.time),
                                               std::string(short_level(alert.rule->level)),
                                               alert.rule->title,
                                               host_of(event),
                                               user_of(event),
                                               key_match_of(alert),
                                               location_of(alert)};
    for (std::string& cell : cells) cell = cell.empty() ? "-" : base::escape_control(cell);
    write_line(cells, alert.rule->level);
  }
  void finish() override {}

 private:
  void write_header() {
    line_.clear();
    for (std::size_t column = 0; column < kColumns; ++column) append(column, kTitles[column]);
    const std::size_t end = line_.find_last_not_of(' ');
    line_.resize(end == std::string::npos ? 0 : end + 1);
    sink_(painted(line_, ansi::kBold, options_.color) + "\n");
  }

  void write_line(const std::array<std::string, kColumns>& cells, model::Level level) {
    line_.clear();
    for (std::size_t column = 0; column < kColumns; ++column) {
      const std::size_t start = append(column, cells[column]);
      if (!options_.color || start == line_.size()) continue;
      if (column == kLevel) paint(start, cells[column].size(), ansi::level(level));
      if (column == kTime || column == kWhere) paint(start, line_.size() - start, ansi::kDim);
    }
    line_ += '\n';
    sink_(line_);
  }

  // Appends a cell, cut and padded; returns where its text starts.
  std::size_t append(std::size_t column, std::string_view text) {
    const int width = widths_[column];
    if (width == 0) return line_.size();
    if (!line_.empty()) line_.append(kColumnGap, ' ');
    const std::size_t start = line_.size();
    std::string cell = options_.width <= 0 ? std::string(text)
                       : column == kWhere  ? fit_right(text, width)
                                           : fit_left(shortened(column, text, width), width);
    const bool last = column == kWhere || (column == kMatch && widths_[kWhere] == 0);
    if (!last) pad_to(cell, width);
    line_ += cell;
    return start;
  }

  void paint(std::size_t start, std::size_t bytes, std::string_view code) {
    line_.insert(start + bytes, ansi::kReset);
    line_.insert(start, code);
  }

  Sink sink_;
  WriterOptions options_;
  Widths widths_;
  std::string line_;
  bool header_written_ = false;
};

}  // namespace

std::unique_ptr<AlertWriter> make_table_writer(Sink sink, const WriterOptions& options) {
  return std::make_unique<TableWriter>(std::move(sink), options);
}

}  // namespace vedette::report
