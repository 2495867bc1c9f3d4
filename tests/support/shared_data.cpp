#include "support/shared_data.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "vedette/base/text.hpp"

namespace vedette::test {

std::string shared_data(std::string_view name) {
  const char* root = std::getenv("VEDETTE_SHARED");
  const std::string path = std::string(root ? root : "../shared") + "/data/" + std::string(name);
  return std::filesystem::exists(path) ? path : std::string();
}

std::vector<std::map<std::string, std::string>> read_tsv(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::map<std::string, std::string>> rows;
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto cells = base::split(line, '\t');
    if (names.empty()) {
      names.assign(cells.begin(), cells.end());
      continue;
    }
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i)
      row[names[i]] = i < cells.size() ? std::string(cells[i]) : "";
  }
  return rows;
}

}  // namespace vedette::test
