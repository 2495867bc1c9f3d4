// The terminal or pipe that a command writes to.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "vedette/base/diagnostic.hpp"
#include "vedette/base/result.hpp"
#include "vedette/report/scan_report.hpp"

namespace vedette::cli {

bool is_terminal(std::FILE* stream);
// Columns of the terminal, or 0 for a pipe.
int terminal_width(std::FILE* stream);
// Colours: on a terminal, unless NO_COLOR is set.
report::WriterOptions writer_options(std::FILE* stream);

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

void print(std::FILE* stream, std::string_view text);
void print_diagnostics(const base::Diagnostics& diagnostics, base::Severity at_least);

// "2026-11-03", "2026-11-03T09:12:00Z", or a duration before now ("24h"). Nanoseconds.
base::Result<std::int64_t> parse_time_argument(const std::string& text, bool end_of_day);
// "Z", "+02:00", "-0530": seconds east of UTC.
base::Result<int> parse_offset_argument(const std::string& text);

// The variable's value; empty: it is not set.
std::string environment(const char* name);

}  // namespace vedette::cli
