// Rows as a table on a terminal.
#pragma once

#include <memory>

#include "vedette/report/rows.hpp"

namespace vedette::report {

std::unique_ptr<RowWriter> make_row_table(Sink sink, const WriterOptions& options);

}  // namespace vedette::report
