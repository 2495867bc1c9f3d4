// CSV text (RFC 4180) record by record, within bounds.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::normalize {

// Line ends are \n or \r\n; quoted cells may hold them. A byte order mark is skipped, as are empty lines. A
// quote inside an unquoted cell is text; text behind a closing quote belongs to the cell, blanks before an
// opening one do not. Not thread safe.
class CsvReader {
 public:
  static constexpr std::size_t kMaxCells = 1024;
  static constexpr std::size_t kMaxCellBytes = 64 * 1024;

  // Lines that start with `comment` are skipped, unless it is '\0'.
  CsvReader(std::string_view text, char delimiter, char comment);

  enum class Outcome : std::uint8_t { record, end, bad };
  // bad: the record is passed over and fault() says why. Cells are valid until the next call.
  Outcome next(std::vector<std::string_view>& cells);
  std::uint32_t line() const { return line_; }  // at which the last record started, from 1
  const char* fault() const { return fault_; }
  std::size_t offset() const { return at_; }  // in the text, of what is to come

 private:
  bool skip_to_record();
  bool read_cell(std::string_view& cell);
  bool read_quoted(std::string_view& cell);
  void skip_line();

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 0, next_line_ = 1;
  char delimiter_, comment_;
  const char* fault_ = "";
  std::deque<std::string> unescaped_;
};

// The most frequent of , ; tab | in the line.
char guess_delimiter(std::string_view line);

}  // namespace vedette::normalize
