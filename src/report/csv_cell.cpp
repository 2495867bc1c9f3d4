#include "csv_cell.hpp"

#include <array>

#include "vedette/base/text.hpp"

namespace vedette::report {
namespace {

// Spreadsheets take these at the start of a cell for the start of a formula, the full-width forms included.
bool starts_formula(std::string_view text) {
  constexpr std::array<std::string_view, 11> kStarts = {"=",  "+",  "-",  "@",  "\t", "\r",
                                                        "\n", "＝", "＋", "－", "＠"};
  for (const std::string_view start : kStarts) {
    if (text.starts_with(start)) return true;
  }
  return false;
}

}  // namespace

void append_csv_cell(std::string& line, std::string_view text, char before) {
  if (before != '\0') line += before;
  std::string safe = starts_formula(text) ? "'" : "";
  safe += base::escape_control(text);
  if (safe.find_first_of("\",;") == std::string::npos && !safe.starts_with(' ') && !safe.ends_with(' ')) {
    line += safe;
    return;
  }
  line += '"';
  for (const char c : safe) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

}  // namespace vedette::report
