// RFC 4180, safe to open in a spreadsheet: every alert is one line, and no cell is read as a formula.
#include <array>
#include <utility>

#include "describe.hpp"
#include "vedette/base/text.hpp"
#include "writers.hpp"

namespace vedette::report {
namespace {

// Spreadsheets take these at the start of a cell for the start of a formula, the full-width forms included.
bool starts_formula(std::string_view text) {
  constexpr std::array<std::string_view, 11> kStarts = {"=",  "+",  "-",  "@",  "\t", "\r",
                                                        "\n", "＝", "＋", "－", "＠"};
  for (const std::string_view start : kStarts) {
    if (text.starts_with(start)) return true;
  }
  return false;
}

void append_cell(std::string& line, std::string_view text, char before) {
  if (before != '\0') line += before;
  std::string safe = starts_formula(text) ? "'" : "";
  safe += base::escape_control(text);
  if (safe.find_first_of("\",;") == std::string::npos && !safe.starts_with(' ') && !safe.ends_with(' ')) {
    line += safe;
    return;
  }
  line += '"';
  for (const char c : safe) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

template <typename Items, typename Text>
std::string joined(const Items& items, const Text& text) {
  std::string out;
  for (const auto& item : items) {
    if (!out.empty()) out += "; ";
    out += text(item);
  }
  return out;
}

class CsvWriter final : public AlertWriter {
 public:
  explicit CsvWriter(Sink sink) : sink_(std::move(sink)) {}

  void write(const model::Alert& alert) override {
    write_header();
    const model::RuleInfo& rule = *alert.rule;
    const model::Event event = alert.event();
    line_.clear();
    append_cell(line_, alert.time == 0 ? std::string() : base::format_rfc3339(alert.time), '\0');
    for (const std::string& cell :
         {std::string(model::level_name(rule.level)), rule.id, rule.title, host_of(event), user_of(event),
          source_address_of(event), alert.event().source().path, std::to_string(event.position()),
          joined(rule.tags, [](const std::string& tag) { return tag; }), joined(alert.matches, match_text),
          alert.id}) {
      append_cell(line_, cell, ',');
    }
    line_ += "\r\n";
    sink_(line_);
  }
  void finish() override { write_header(); }

 private:
  void write_header() {
    if (std::exchange(header_written_, true)) return;
    sink_("time,level,rule_id,rule,host,user,source_ip,file,position,tags,matches,alert_id\r\n");
  }

  Sink sink_;
  std::string line_;
  bool header_written_ = false;
};

}  // namespace

std::unique_ptr<AlertWriter> make_csv_writer(Sink sink) {
  return std::make_unique<CsvWriter>(std::move(sink));
}

}  // namespace vedette::report
