// Delimiter-separated values with a header line (RFC 4180, and its relatives with ';', tab and '|').
#include <algorithm>
#include <string>
#include <vector>

#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "formats/text_scan.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

constexpr std::size_t kMaxColumns = 2048;
constexpr std::size_t kMaxHeaderCell = 128;
constexpr std::size_t kMaxJoined = 1 << 20;
constexpr std::string_view kDelimiters = ",;\t|";
constexpr std::string_view kTimeColumns[] = {"@timestamp",    "timestamp",    "time",        "date",
                                             "datetime",      "eventtime",    "event_time",  "utctime",
                                             "timegenerated", "timecreated",  "createdat",   "created_at",
                                             "starttime",     "start_time",   "logtime",     "ts",
                                             "_time",         "creationtime", "creationdate"};

struct Cell {
  std::string_view text;  // without quotes; doubled quotes as they are
  bool quoted = false;
  bool escaped = false;
};

enum class Cut { ok, open_quote };

// Cuts a line into cells. open_quote: the last cell's quote is not closed.
Cut cut_cells(std::string_view line, char delimiter, std::vector<Cell>& cells) {
  cells.clear();
  std::size_t at = 0;
  for (;;) {
    Cell cell;
    if (at < line.size() && line[at] == '"') {
      cell.quoted = true;
      const std::size_t from = ++at;
      for (;;) {
        at = line.find('"', at);
        if (at == line.npos) return Cut::open_quote;
        if (at + 1 >= line.size() || line[at + 1] != '"') break;
        cell.escaped = true;
        at += 2;
      }
      cell.text = line.substr(from, at - from);
      ++at;
      // Text behind the closing quote is not valid; it is kept as a part of the cell.
      if (at < line.size() && line[at] != delimiter) {
        const std::size_t end = std::min(line.find(delimiter, at), line.size());
        cell = {line.substr(from - 1, end - from + 1), false, false};
        at = end;
      }
    } else {
      const std::size_t end = std::min(line.find(delimiter, at), line.size());
      cell.text = line.substr(at, end - at);
      at = end;
    }
    cells.push_back(cell);
    if (at >= line.size() || cells.size() > kMaxColumns) return Cut::ok;
    ++at;
  }
}

// Whether a line that starts inside a quoted cell (or not) ends inside one. The same rules as cut_cells(), in
// one pass.
bool ends_inside_quote(std::string_view line, char delimiter, bool inside) {
  for (std::size_t at = 0;;) {
    if (inside) {
      at = line.find('"', at);
      if (at == line.npos) return true;
      if (at + 1 < line.size() && line[at + 1] == '"') {
        at += 2;
        continue;
      }
      inside = false;
    } else if (at < line.size() && line[at] == '"') {
      inside = true;
      ++at;
      continue;
    }
    at = line.find(delimiter, at);
    if (at == line.npos) return false;
    ++at;
  }
}

std::string_view without_mark(std::string_view line) {
  return line.starts_with("\xEF\xBB\xBF") ? line.substr(3) : line;
}

bool is_header_cell(std::string_view text) {
  text = base::trim(text);
  if (text.empty() || text.size() > kMaxHeaderCell) return false;
  if (!base::is_alnum(text[0]) && text[0] != '_' && text[0] != '@' && text[0] != '#') return false;
  if (base::is_digit(text[0])) return false;
  std::size_t blanks = 0;
  for (const char c : text) {
    if (c == ' ')
      ++blanks;
    else if (!base::is_alnum(c) && std::string_view("_-.@#()/:[]%").find(c) == std::string_view::npos)
      return false;
  }
  return blanks <= 4;
}

// The delimiter of a header line: that which gives most cells, all of them names, no two alike. '\0' if there
// is none.
char header_delimiter(std::string_view line, std::vector<Cell>& cells) {
  char best = '\0';
  std::size_t most = 1;
  for (const char delimiter : kDelimiters) {
    if (line.find(delimiter) == line.npos || cut_cells(line, delimiter, cells) != Cut::ok) continue;
    if (cells.size() <= most || cells.size() > kMaxColumns) continue;
    // The first may be empty: an index written without a name.
    const auto first = cells.begin() + (cells[0].text.empty() && cells.size() > 3 ? 1 : 0);
    if (!std::all_of(first, cells.end(), [](const Cell& cell) { return is_header_cell(cell.text); }))
      continue;
    std::vector<std::string_view> names;
    for (const Cell& cell : cells) names.push_back(base::trim(cell.text));
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) continue;
    best = delimiter;
    most = cells.size();
  }
  return best;
}

bool is_time_column(std::string_view name) {
  return std::any_of(std::begin(kTimeColumns), std::end(kTimeColumns),
                     [&](std::string_view known) { return base::equals_ignore_case_ascii(known, name); });
}

class CsvParser final : public FormatParser {
 public:
  explicit CsvParser(const ParseContext& context) : context_(context) {}

  Outcome parse(std::string_view record, Row& row) override {
    if (!pending_.empty()) return join(record, row);
    if (names_.empty()) return take_header(without_mark(record), row);
    if (record.empty()) return Outcome::skipped;
    return take_line(record, row);
  }

  bool take_held(Row& row, bool at_end) override {
    if (!at_end || pending_.empty()) return false;
    row.ref(field::event_original, row.arena().copy(pending_));
    row.fail("CSV: a quote is not closed before the end");
    if (pending_position_) row.builder().set_position(pending_position_);
    pending_.clear();
    return true;
  }

 private:
  Outcome take_header(std::string_view line, Row& row) {
    if (base::trim(line).empty()) return Outcome::skipped;
    if (line.starts_with("sep=") && line.size() == 5) return Outcome::skipped;  // a note to spreadsheets
    const char delimiter = header_delimiter(line, cells_);
    if (delimiter == '\0') return Outcome::not_mine;
    delimiter_ = delimiter;
    cut_cells(line, delimiter_, cells_);
    for (const Cell& cell : cells_) {
      const std::string_view name = cell.text.empty() ? "column1" : base::trim(cell.text);
      names_.push_back(row.names().intern(name));
      if (is_time_column(name)) time_columns_.push_back(names_.size() - 1);
    }
    return Outcome::skipped;
  }

  Outcome take_line(std::string_view line, Row& row) {
    if (cut_cells(line, delimiter_, cells_) == Cut::open_quote) {
      pending_.assign(line);
      pending_position_ = row.builder().position();
      return Outcome::held;
    }
    add_cells(line, row);
    return Outcome::parsed;
  }

  // The next line of a record whose quote is open.
  Outcome join(std::string_view line, Row& row) {
    pending_.append("\n").append(line);
    const bool closed = !ends_inside_quote(line, delimiter_, true);
    if (!closed && pending_.size() < kMaxJoined) return Outcome::held;
    const std::string_view text = row.arena().copy(pending_);
    pending_.clear();
    row.builder().set_position(pending_position_);
    if (cut_cells(text, delimiter_, cells_) == Cut::open_quote) {
      row.ref(field::event_original, text);
      row.fail("CSV: a quote is not closed within 1 MiB");
    } else {
      add_cells(text, row);
    }
    return Outcome::parsed;
  }

  void add_cells(std::string_view line, Row& row) {
    row.ref(field::event_original, line);
    const std::size_t count = std::min(cells_.size(), names_.size());
    for (std::size_t i = 0; i < count; ++i) row.ref(names_[i], text_of(cells_[i], row));
    if (cells_.size() != names_.size()) {
      char text[96];
      const int length =
          std::snprintf(text, sizeof text, "CSV: %zu values for %zu columns", cells_.size(), names_.size());
      row.fail(row.arena().copy({text, static_cast<std::size_t>(length)}));
    }
    for (const std::size_t column : time_columns_) {
      if (column >= count || row.has_time()) continue;
      if (const auto time = parse_any_time(cells_[column].text, context_)) row.time(*time);
    }
  }

  static std::string_view text_of(const Cell& cell, Row& row) {
    if (!cell.escaped) return cell.text;
    char* to = row.arena().allocate(cell.text.size());
    std::size_t length = 0;
    for (std::size_t i = 0; i < cell.text.size(); ++i) {
      to[length++] = cell.text[i];
      if (cell.text[i] == '"') ++i;
    }
    return {to, length};
  }

  ParseContext context_;
  char delimiter_ = ',';
  std::vector<model::FieldId> names_;
  std::vector<std::size_t> time_columns_;
  std::vector<Cell> cells_;
  std::string pending_;
  std::uint64_t pending_position_ = 0;
};

int recognise_csv(std::string_view record) {
  const std::string_view line = without_mark(record);
  if (line.size() > 16384 || line.starts_with('{') || line.starts_with('<')) return 0;
  std::vector<Cell> cells;
  const char delimiter = header_delimiter(line, cells);
  if (delimiter != '\0') {
    cut_cells(line, delimiter, cells);
    // Prose has blanks behind its commas.
    const bool prose = std::any_of(cells.begin(), cells.end(), [](const Cell& cell) {
      return !cell.quoted && cell.text.starts_with(' ');
    });
    const bool sure = cells[0].quoted || line.size() != record.size();
    if (prose || (cells.size() < 3 && !sure)) return 0;
    const bool blanks = std::any_of(cells.begin(), cells.end(), [](const Cell& cell) {
      return !cell.quoted && cell.text.find(' ') != std::string_view::npos;
    });
    return blanks ? 25 : 55;
  }
  // A data line cannot be told from prose with commas; it only outweighs plain text.
  for (const char candidate : kDelimiters) {
    if (std::count(line.begin(), line.end(), candidate) < 3) continue;
    if (line.find(std::string(1, candidate) + " ") == line.npos) return 4;
  }
  return 0;
}

}  // namespace

const Format& csv_format() {
  static const BasicFormat<CsvParser> format(
      {.name = "csv",
       .title = "CSV with a header line",
       .summary = "Comma, semicolon, tab or bar separated values whose first line names the columns.",
       .stateful = true},
      recognise_csv);
  return format;
}

}  // namespace vedette::normalize
