#include "vedette/report/rows.hpp"

#include <algorithm>
#include <utility>

#include "csv_cell.hpp"
#include "row_table.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::report {
namespace {

using Columns = std::vector<std::string>;

// Only the columns, in their order, as JSON; or the whole event.
void append_row(std::string& out, const model::Event& event, const Columns& columns) {
  if (columns.empty()) return append_json(out, event);
  out += '{';
  for (const std::string& column : columns) {
    if (out.back() != '{') out += ',';
    base::append_json_string(out, column);
    out += ':';
    const model::FieldId field = model::intern(column);
    const model::Value* value = event.find(field);
    if (value) {
      append_json(out, *value);
    } else if (field == model::field::timestamp && event.time() != 0) {
      base::append_json_string(out, base::format_rfc3339(event.time()));
    } else {
      out += "null";
    }
  }
  out += '}';
}

class NdjsonRows final : public RowWriter {
 public:
  explicit NdjsonRows(Sink sink) : sink_(std::move(sink)) {}
  void begin(const Columns& columns) override { columns_ = columns; }
  void write(const model::EventBatch& rows) override {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      line_.clear();
      append_row(line_, rows[row], columns_);
      line_ += '\n';
      sink_(line_);
    }
  }
  void finish() override {}

 private:
  Sink sink_;
  Columns columns_;
  std::string line_;
};

class JsonRows final : public RowWriter {
 public:
  explicit JsonRows(Sink sink) : sink_(std::move(sink)) {}
  void begin(const Columns& columns) override { columns_ = columns; }
  void write(const model::EventBatch& rows) override {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      line_ = std::exchange(any_, true) ? ",\n " : "[\n ";
      append_row(line_, rows[row], columns_);
      sink_(line_);
    }
  }
  void finish() override { sink_(any_ ? "\n]\n" : "[]\n"); }

 private:
  Sink sink_;
  Columns columns_;
  std::string line_;
  bool any_ = false;
};

// Without columns those of the first batch are taken: a spreadsheet needs them before the rows.
class CsvRows final : public RowWriter {
 public:
  explicit CsvRows(Sink sink) : sink_(std::move(sink)) {}
  void begin(const Columns& columns) override { columns_ = columns; }
  void write(const model::EventBatch& rows) override {
    if (columns_.empty()) columns_ = columns_of(rows);
    write_header();
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::string line;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::string text = cell_text(rows[row], columns_[i]);
        append_csv_cell(line, text == "-" ? std::string_view() : std::string_view(text), i ? ',' : '\0');
      }
      sink_(line + "\r\n");
    }
  }
  void finish() override {
    if (!columns_.empty()) write_header();
  }

 private:
  static Columns columns_of(const model::EventBatch& rows) {
    Columns columns;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      for (const model::Cell& cell : rows[row].cells()) columns.emplace_back(model::name_of(cell.field));
    }
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    std::erase(columns, "@timestamp");
    columns.insert(columns.begin(), "@timestamp");
    return columns;
  }
  void write_header() {
    if (std::exchange(header_written_, true)) return;
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) append_csv_cell(line, columns_[i], i ? ',' : '\0');
    sink_(line + "\r\n");
  }

  Sink sink_;
  Columns columns_;
  bool header_written_ = false;
};

}  // namespace

std::string cell_text(const model::Event& event, std::string_view column) {
  const model::FieldId field = model::intern(column);
  const model::Value* value = event.find(field);
  if (!value) {
    return field == model::field::timestamp && event.time() != 0 ? base::format_rfc3339(event.time()) : "-";
  }
  std::string text;
  bool first = true;
  for (const model::Value& element : value->elements()) {
    if (!std::exchange(first, false)) text += ", ";
    model::TextBuffer buffer;
    text += element.is_null() ? std::string_view("null") : text_of(element, buffer);
  }
  return text;
}

bool parse_row_format(std::string_view name, RowFormat& out) {
  constexpr std::pair<std::string_view, RowFormat> kFormats[] = {{"table", RowFormat::table},
                                                                 {"ndjson", RowFormat::ndjson},
                                                                 {"json", RowFormat::json},
                                                                 {"csv", RowFormat::csv}};
  for (const auto& [known, format] : kFormats) {
    if (known == name) {
      out = format;
      return true;
    }
  }
  return false;
}

std::unique_ptr<RowWriter> make_row_writer(RowFormat format, Sink sink, const WriterOptions& options) {
  switch (format) {
    case RowFormat::ndjson:
      return std::make_unique<NdjsonRows>(std::move(sink));
    case RowFormat::json:
      return std::make_unique<JsonRows>(std::move(sink));
    case RowFormat::csv:
      return std::make_unique<CsvRows>(std::move(sink));
    case RowFormat::table:
      break;
  }
  return make_row_table(std::move(sink), options);
}

}  // namespace vedette::report
