#include <array>
#include <utility>

#include "writers.hpp"

namespace vedette::report {
namespace {

constexpr std::array<std::pair<std::string_view, OutputFormat>, 6> kFormats = {
    {{"table", OutputFormat::table},
     {"ndjson", OutputFormat::ndjson},
     {"jsonl", OutputFormat::ndjson},
     {"json", OutputFormat::json},
     {"csv", OutputFormat::csv},
     {"timeline", OutputFormat::timeline}}};

}  // namespace

bool parse_output_format(std::string_view name, OutputFormat& out) {
  for (const auto& [known, format] : kFormats) {
    if (name == known) {
      out = format;
      return true;
    }
  }
  return false;
}

std::unique_ptr<AlertWriter> make_alert_writer(OutputFormat format, Sink sink, const WriterOptions& options) {
  switch (format) {
    case OutputFormat::table:
      return make_table_writer(std::move(sink), options);
    case OutputFormat::ndjson:
      return make_ndjson_writer(std::move(sink));
    case OutputFormat::json:
      return make_json_writer(std::move(sink));
    case OutputFormat::csv:
      return make_csv_writer(std::move(sink));
    case OutputFormat::timeline:
      return make_timeline_writer(std::move(sink), options);
  }
  return nullptr;
}

}  // namespace vedette::report
