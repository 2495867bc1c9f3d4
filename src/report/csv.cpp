// RFC 4180, safe to open in a spreadsheet: every alert is one line, and no cell is read as a formula.
#include <utility>

#include "csv_cell.hpp"
#include "describe.hpp"
#include "vedette/base/text.hpp"
#include "writers.hpp"

namespace vedette::report {
namespace {

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
    append_csv_cell(line_, alert.time == 0 ? std::string() : base::format_rfc3339(alert.time), '\0');
    for (const std::string& cell :
         {std::string(model::level_name(rule.level)), rule.id, rule.title, host_of(event), user_of(event),
          source_address_of(event), alert.event().source().path, std::to_string(event.position()),
          joined(rule.tags, [](const std::string& tag) { return tag; }), joined(alert.matches, match_text),
          alert.id}) {
      append_csv_cell(line_, cell, ',');
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
