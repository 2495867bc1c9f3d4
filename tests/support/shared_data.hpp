// Test input that is not part of the repository: rules and recordings below $VEDETTE_SHARED or ../shared.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::test {

// Path of data/<name> there, or empty if it is absent.
std::string shared_data(std::string_view name);

// Rows of a tab-separated file as maps from column name.
std::vector<std::map<std::string, std::string>> read_tsv(const std::string& path);

}  // namespace vedette::test
