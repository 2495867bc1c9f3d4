// Rows of a search (whole events, or tables of columns) for a terminal, a script or a spreadsheet.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vedette/model/event.hpp"
#include "vedette/report/scan_report.hpp"

namespace vedette::report {

enum class RowFormat : std::uint8_t { table, ndjson, json, csv };
bool parse_row_format(std::string_view name, RowFormat& out);

// Writes rows in the order given, as they come: a table is laid out by its first rows, later ones are cut to
// fit. Hostile content: as AlertWriter. Not thread safe.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  // Once, before the rows. No columns: rows are whole events; the table then shows the time, where it
  // happened and a summary, csv the fields of the first rows.
  virtual void begin(const std::vector<std::string>& columns) = 0;
  virtual void write(const model::EventBatch& rows) = 0;
  virtual void finish() = 0;
};
std::unique_ptr<RowWriter> make_row_writer(RowFormat format, Sink sink, const WriterOptions& options);

// The text of a cell for a person: elements of lists joined by ", ", "-" if the event lacks the field.
// "@timestamp" is the event time.
std::string cell_text(const model::Event& event, std::string_view column);

}  // namespace vedette::report
