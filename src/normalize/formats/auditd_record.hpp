// One line of the Linux audit log, taken apart.
#pragma once

#include <cstdint>
#include <string_view>

#include "formats/text_scan.hpp"

namespace vedette::normalize::auditd {

struct Record {
  std::string_view node;
  std::string_view type;  // a name where one is known
  base::TimeNs time = 0;
  std::uint64_t serial = 0;
  std::string_view body;  // behind "audit(...):"
};

// "[node=N ]type=T msg=audit(S.MMM:SERIAL): body", and the kernel's "audit: type=1400 audit(...): body".
bool split_record(std::string_view line, Record& out);

// The same behind a syslog header, whose host stands in for a missing node.
bool split_syslog_record(std::string_view line, const ParseContext& context, Record& out);

struct Pair {
  std::string_view key;
  std::string_view value;
  bool quoted = false;
};

// The key=value pairs of a body, those inside msg='...' and behind the 0x1d of enriched records included.
// Words that are no pair are passed over.
class Pairs {
 public:
  explicit Pairs(std::string_view body) : scan_(body) {}
  bool next(Pair& out);

 private:
  void take_value(Pair& out);
  Scan scan_;
  bool in_message_ = false;  // inside msg='...'
};

}  // namespace vedette::normalize::auditd
