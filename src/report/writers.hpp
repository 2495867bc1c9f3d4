// One factory a format; each lives in the file of its name.
#pragma once

#include <memory>

#include "vedette/report/scan_report.hpp"

namespace vedette::report {

std::unique_ptr<AlertWriter> make_table_writer(Sink sink, const WriterOptions& options);
std::unique_ptr<AlertWriter> make_ndjson_writer(Sink sink);
std::unique_ptr<AlertWriter> make_json_writer(Sink sink);
std::unique_ptr<AlertWriter> make_csv_writer(Sink sink);
std::unique_ptr<AlertWriter> make_timeline_writer(Sink sink, const WriterOptions& options);

}  // namespace vedette::report
