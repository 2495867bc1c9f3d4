// Lists for people: columns as wide as their longest cell, the last one as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::cli {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> heads) { rows_.push_back(std::move(heads)); }
  // As many cells as heads. Control characters are escaped; an empty cell is "-".
  void add(const std::vector<std::string>& cells);
  bool empty() const { return rows_.size() == 1; }
  std::string text() const;  // with the heads; nothing if there are no rows

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace vedette::cli
