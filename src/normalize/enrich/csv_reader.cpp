#include "enrich/csv_reader.hpp"

#include <algorithm>

namespace vedette::normalize {

CsvReader::CsvReader(std::string_view text, char delimiter, char comment)
    : text_(text), delimiter_(delimiter), comment_(comment) {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
}

void CsvReader::skip_line() {
  const std::size_t end = text_.find('\n', at_);
  at_ = end == text_.npos ? text_.size() : end + 1;
  ++next_line_;
}

bool CsvReader::skip_to_record() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const bool blank = c == '\n' || (c == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n'));
    if (!blank && (comment_ == '\0' || c != comment_)) return true;
    skip_line();
  }
  return false;
}

CsvReader::Outcome CsvReader::next(std::vector<std::string_view>& cells) {
  cells.clear();
  unescaped_.clear();
  if (!skip_to_record()) return Outcome::end;
  line_ = next_line_;
  for (;;) {
    if (cells.size() == kMaxCells) {
      fault_ = "has more than 1024 cells";
      skip_line();
      return Outcome::bad;
    }
    std::string_view cell;
    if (!read_cell(cell)) return Outcome::bad;
    cells.push_back(cell);
    if (at_ < text_.size() && text_[at_] == delimiter_) {
      ++at_;
      continue;
    }
    skip_line();
    return Outcome::record;
  }
}

// To the delimiter or line end behind the cell.
bool CsvReader::read_cell(std::string_view& cell) {
  const std::size_t from = at_;
  std::size_t quote = at_;
  while (quote < text_.size() && text_[quote] == ' ') ++quote;
  if (quote < text_.size() && text_[quote] == '"') {
    at_ = quote;
    return read_quoted(cell);
  }
  while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n') ++at_;
  cell = text_.substr(from, at_ - from);
  if (cell.ends_with('\r') && (at_ == text_.size() || text_[at_] == '\n')) cell.remove_suffix(1);
  if (cell.size() <= kMaxCellBytes) return true;
  fault_ = "has a cell of more than 64 KiB";
  skip_line();
  return false;
}

bool CsvReader::read_quoted(std::string_view& cell) {
  const std::size_t open = at_++;
  const std::size_t from = at_;
  bool escaped = false;
  for (;;) {
    // An open quote costs the rest of its line only: the search for its end is bounded.
    const std::size_t limit = std::min(text_.size(), from + kMaxCellBytes);
    const std::size_t quote = text_.substr(0, limit).find('"', at_);
    if (quote == text_.npos) {
      fault_ = "has a quoted cell without an end within 64 KiB";
      at_ = open;
      skip_line();
      return false;
    }
    at_ = quote + 1;
    if (at_ >= text_.size() || text_[at_] != '"') break;
    escaped = true;
    ++at_;
  }
  cell = text_.substr(from, at_ - 1 - from);
  next_line_ += static_cast<std::uint32_t>(std::count(cell.begin(), cell.end(), '\n'));
  const std::size_t tail_from = at_;
  while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n') ++at_;
  std::string_view tail = text_.substr(tail_from, std::min(at_ - tail_from, kMaxCellBytes));
  if (tail.ends_with('\r')) tail.remove_suffix(1);
  if (!escaped && tail.empty()) return true;
  std::string& whole = unescaped_.emplace_back();
  for (std::size_t i = 0; i < cell.size(); ++i) {
    whole += cell[i];
    if (cell[i] == '"') ++i;
  }
  whole += tail;
  cell = whole;
  return true;
}

char guess_delimiter(std::string_view line) {
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t', '|'}) {
    const auto count = std::count(line.begin(), line.end(), candidate);
    if (count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

}  // namespace vedette::normalize
