// The answer to a request, computed in the plainest way; the reference of the search's tests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "search_random.hpp"

namespace vedette::store::test {

struct NaiveGroup {
  std::vector<std::string> cells;  // of each column, as JSON; empty: absent. Reals start with '~'
  std::vector<std::string> top_rows;
};

struct NaiveTable {
  std::vector<NaiveGroup> groups;
  std::uint64_t total_groups = 0, total_rows = 0;
};

struct NaiveAnswer {
  std::uint64_t total = 0;
  std::vector<std::string> rows;  // see row_text
  std::vector<NaiveTable> tables;
};

NaiveAnswer answer_naively(const Batches& batches, const model::SearchRequest& request);

// Everything a row carries, of the fields that the patterns let through.
std::string row_text(const model::Event& event, const std::vector<std::string>& fields);

}  // namespace vedette::store::test
