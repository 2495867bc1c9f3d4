// The table of a lookup: CSV (RFC 4180, with a header) or NDJSON (.ndjson, .jsonl, .json), by extension.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "vedette/base/arena.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/value.hpp"

namespace vedette::query {

inline constexpr std::size_t kMaxLookupBytes = 256 << 20;

class LookupTable {
 public:
  // `file` names the table in errors, and its extension tells the format. Errors: limit, corrupt,
  // invalid_argument if there is no column `key` or one of `output` (the message names those there are).
  static base::Result<std::unique_ptr<LookupTable>> read(const std::string& file, std::string_view text,
                                                         const std::string& key,
                                                         const std::vector<std::string>& output);
  // Columns that rows bring: `output`, or all but the key, in the order of the file.
  const std::vector<std::string>& columns() const { return columns_; }
  // Values parallel to columns() of the first row with that key, or nullptr.
  const model::Value* find(std::string_view key) const;

 private:
  struct Rows;
  base::Status read_csv(const std::string& file, std::string_view text, Rows& rows);
  base::Status read_ndjson(const std::string& file, std::string_view text, Rows& rows);
  base::Status index(const std::string& file, const Rows& rows, const std::string& key,
                     const std::vector<std::string>& output);

  base::Arena arena_{256 * 1024};
  std::vector<std::string> columns_;
  std::vector<model::Value> values_;
  std::unordered_map<std::string_view, std::size_t> first_;  // in values_
};

}  // namespace vedette::query
