// Cuts the bytes of a tailed file to records: lines, or lines joined by a rule.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::ingest {

struct LineRules {
  enum class Join : std::uint8_t {
    none,
    indent,   // lines that begin with a blank or tab go on with the one before
    pattern,  // lines that do not match `pattern` do
  };
  Join join = Join::none;
  std::string pattern;  // RE2, searched in the line
  std::size_t max_lines = 500;
  std::size_t max_bytes = 1u << 20;  // of a record
};

struct CutRecord {
  std::size_t begin = 0, end = 0;  // in the buffer; the line end is not part of it
  std::size_t next = 0;            // where the next one begins; `begin` if the line's end is not known yet
  bool cut = false;                // its end was cut off
};

// Not thread safe.
class LineCutter {
 public:
  static base::Result<std::unique_ptr<LineCutter>> make(const LineRules& rules);
  ~LineCutter();

  enum class Flush : std::uint8_t { nothing, joined, all };
  // Records of `buffer`, which begins at a record or within a line that is skipped; returns how many bytes
  // are done with. `joined`: whole lines do not wait for what might be joined to them; `all`: the last line
  // needs no end.
  std::size_t cut(std::string_view buffer, Flush flush, bool utf16, std::vector<CutRecord>& records);
  // Whether the rest of a long line is being skipped.
  bool skipping() const { return skipping_; }
  void restart() {
    skipping_ = false;
    searched_ = 0;
  }

 private:
  struct Matcher;
  explicit LineCutter(const LineRules& rules);
  bool goes_on(std::string_view line, bool utf16) const;
  std::size_t find_line_end(std::string_view buffer, std::size_t from, bool utf16) const;
  std::size_t skip_line(std::string_view buffer, bool utf16, std::size_t unit);

  LineRules rules_;
  std::unique_ptr<Matcher> matcher_;
  bool skipping_ = false;
  std::size_t searched_ = 0;  // bytes from the first unfinished line that hold no line end
};

}  // namespace vedette::ingest
