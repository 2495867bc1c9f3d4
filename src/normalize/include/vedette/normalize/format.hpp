// The contract of a log format: one file in formats/, one line in formats/register.cpp, one folder of cases.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"
#include "vedette/normalize/row.hpp"

namespace vedette::normalize {

// How a byte stream is cut into records.
enum class Framing : std::uint8_t {
  lines,  // one record a line (LF or CRLF)
  json,   // consecutive JSON values, with any white space between, arrays and {"Records": [...]} wrappers
          // opened
  xml,    // <Event ...>...</Event> elements, one or many to a document, with any line breaks
  evtx,   // 64 KiB chunks of a Windows event log file
};

enum class Outcome : std::uint8_t {
  parsed,    // the open row holds the record's fields (or Row::fail told what is wrong with it)
  held,      // taken, but no row yet: it will come from take_held()
  skipped,   // understood and carries no event (a CSV or Zeek header line, a comment)
  not_mine,  // not this format; nothing was added to the row
};

// Parses the records of one stream. Holds state only if FormatInfo::stateful. Not thread safe.
class FormatParser {
 public:
  virtual ~FormatParser() = default;

  // Adds the fields of `record` (without its line end) to the open row. Record bytes live as long as the
  // batch.
  virtual Outcome parse(std::string_view record, Row& row) = 0;

  // Writes one held event that is complete (or any, at the end of the stream) into the open row and sets its
  // position; false if there is none. Called until it answers false.
  virtual bool take_held(Row& row, bool at_end) {
    static_cast<void>(row), static_cast<void>(at_end);
    return false;
  }
};

// What formats share within one worker: how an envelope (syslog) hands its message to the format inside it.
class PayloadParser {
 public:
  virtual ~PayloadParser() = default;
  // Lets the payload formats (CEF, LEEF, JSON, auditd, sshd and the like, key=value) add fields to the same
  // row. `program` is the syslog app name, or empty. False if none took it.
  virtual bool parse_payload(std::string_view message, std::string_view program, Row& row) = 0;
};

struct ParseContext {
  PayloadParser* payloads = nullptr;  // not owned; nullptr for formats opened as payloads themselves
  int default_year = 1970;            // for time stamps without a year: of the file's modification time
  int default_month = 12;             // (a later month belongs to the year before)
  int utc_offset_seconds = 0;         // for local times without an offset
};

struct FormatInfo {
  std::string_view name;     // as typed in --format
  std::string_view title;    // "Windows event log (EVTX)"
  std::string_view summary;  // one sentence for help and docs
  Framing framing = Framing::lines;
  bool stateful = false;  // records depend on earlier ones: the stream is parsed in order by one worker
  bool payload = false;   // may stand inside a syslog message
};

class Format {
 public:
  virtual ~Format() = default;
  virtual const FormatInfo& info() const = 0;
  // How sure this format is that `record` (for framing evtx: the first bytes of the file) is its own:
  // 0 no, 1..99 maybe, 100 certain. Cheap; called for the first records of a stream, and for odd lines.
  virtual int recognise(std::string_view record) const = 0;
  virtual std::unique_ptr<FormatParser> open(const ParseContext& context) const = 0;
};

// All formats, in the order in which they are asked. Program-lifetime objects.
std::span<const Format* const> all_formats();
const Format* find_format(std::string_view name);

}  // namespace vedette::normalize
