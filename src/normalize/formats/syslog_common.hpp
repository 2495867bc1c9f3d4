// What the two syslog formats, and formats that stand behind a syslog header, share.
#pragma once

#include <string_view>

#include "formats/text_scan.hpp"
#include "vedette/normalize/row.hpp"

namespace vedette::normalize {

// "<0>" to "<191>"; -1 and nothing taken otherwise.
int take_priority(Scan& scan);
// log.syslog.priority, facility and severity, by code and name.
void add_priority(Row& row, int priority);
// The header's word on host and process gives way to what the message itself says: host.* and process.* are
// derived values.
void add_syslog_host(Row& row, std::string_view hostname);
// log.syslog.appname and procid, process.name and pid.
void add_syslog_process(Row& row, std::string_view program, std::string_view pid);

// Offers the message to the payload formats. If none takes it, the event is a plain system.syslog one; if
// none wrote a message, `message` is it.
void add_syslog_message(Row& row, const ParseContext& context, std::string_view message,
                        std::string_view program);

// A BSD syslog line in its parts; empty views are absent.
struct BsdLine {
  int priority = -1;
  OptionalTime time;
  std::string_view hostname;
  std::string_view program;
  std::string_view pid;
  std::string_view message;
  bool iso_time = false;
  bool journal_note = false;  // "-- Boot ... --": no event
  // Cisco: %FACILITY-SEVERITY-MNEMONIC, and the sequence number before it.
  std::string_view cisco_facility, cisco_mnemonic, cisco_sequence;
  char cisco_severity = '\0';
};
// False if the line is none. `line` has no line end.
bool split_bsd_line(std::string_view line, const ParseContext& context, BsdLine& out);

}  // namespace vedette::normalize
