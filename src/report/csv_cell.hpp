// One cell of a CSV line (RFC 4180), safe to open in a spreadsheet: on one line, and never read as a formula.
#pragma once

#include <string>
#include <string_view>

namespace vedette::report {

// `before`: the separator, '\0' for the first cell of a line.
void append_csv_cell(std::string& line, std::string_view text, char before);

}  // namespace vedette::report
