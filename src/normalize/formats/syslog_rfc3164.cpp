// BSD syslog (RFC 3164) as it is found: with or without <PRI>, classic or ISO 8601 time stamps (rsyslog,
// journald), with or without host name and tag, and Cisco's %FACILITY-SEVERITY-MNEMONIC lines.
#include "formats/basic_format.hpp"
#include "formats/formats.hpp"
#include "formats/syslog_common.hpp"
#include "formats/text_fields.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;

class Syslog3164Parser final : public FormatParser {
 public:
  explicit Syslog3164Parser(const ParseContext& context) : context_(context) {}

  Outcome parse(std::string_view record, Row& row) override {
    BsdLine line;
    if (!split_bsd_line(record, context_, line)) return Outcome::not_mine;
    if (line.journal_note) return Outcome::skipped;
    row.ref(field::event_original, record);
    if (line.priority >= 0) add_priority(row, line.priority);
    add_syslog_host(row, line.hostname);
    add_syslog_process(row, line.program, line.pid);
    if (line.cisco_severity != '\0') {
      add_cisco(line, row);
    } else {
      add_syslog_message(row, context_, line.message, line.program);
    }
    if (line.time) row.time(*line.time);
    return Outcome::parsed;
  }

 private:
  void add_cisco(const BsdLine& line, Row& row) {
    const std::string_view facility = line.cisco_facility;
    const bool firewall =
        facility.starts_with("ASA") || facility.starts_with("FTD") || facility.starts_with("PIX");
    row.dataset("cisco", firewall ? "cisco.asa" : "cisco.ios");
    row.ref(field::observer_vendor, "Cisco");
    row.ref(field::event_code, line.cisco_mnemonic);
    row.add(field::event_severity, model::Value::integer(line.cisco_severity - '0'));
    row.ref(fields_.cisco_facility, facility);
    if (!line.cisco_sequence.empty()) row.add(fields_.event_sequence, typed_value(line.cisco_sequence));
    row.ref(field::message, line.message);
  }

  ParseContext context_;
  const TextFields& fields_ = text_fields();
};

int recognise_syslog3164(std::string_view record) {
  BsdLine line;
  if (!split_bsd_line(record, ParseContext{}, line)) return 0;
  if (line.journal_note) return 60;
  if (line.cisco_severity != '\0') return 92;
  if (line.priority >= 0) return line.time ? 94 : 55;
  return line.program.empty() ? 60 : 88;
}

}  // namespace

const Format& syslog_rfc3164_format() {
  static const BasicFormat<Syslog3164Parser> format(
      {.name = "syslog3164",
       .title = "Syslog (BSD, RFC 3164)",
       .summary = "Syslog lines as rsyslog, syslog-ng, journalctl and network devices write them to files."},
      recognise_syslog3164);
  return format;
}

}  // namespace vedette::normalize
