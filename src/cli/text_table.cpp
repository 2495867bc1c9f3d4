#include "text_table.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"

namespace vedette::cli {
namespace {

constexpr std::size_t kMaxWidth = 60;  // longer cells push the rest of their line

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

void TextTable::add(const std::vector<std::string>& cells) {
  std::vector<std::string> row;
  for (const std::string& cell : cells) row.push_back(cell.empty() ? "-" : base::escape_control(cell));
  row.resize(rows_[0].size(), "-");
  rows_.push_back(std::move(row));
}

std::string TextTable::text() const {
  if (empty()) return {};
  const std::size_t columns = rows_[0].size();
  std::vector<std::size_t> widths(columns, 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < columns; ++i) {
      widths[i] = std::max(widths[i], std::min(characters(row[i]), kMaxWidth));
    }
  }
  std::string out;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i + 1 < columns; ++i) {
      const std::size_t size = characters(row[i]);
      out += row[i];
      out.append(size < widths[i] ? widths[i] - size + 2 : 2, ' ');
    }
    out += row[columns - 1] + "\n";
  }
  return out;
}

}  // namespace vedette::cli
