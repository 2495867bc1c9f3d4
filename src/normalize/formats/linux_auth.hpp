// The messages of Linux authentication programs; what linux_auth.cpp and linux_auth_sshd.cpp share.
//
// User names and commands are chosen by attackers: the parts that a program writes itself are looked for from
// the side that the attacker's text cannot reach.
#pragma once

#include <span>
#include <string_view>

#include "formats/text_fields.hpp"
#include "formats/text_scan.hpp"

namespace vedette::normalize {

// Whether `program` (a syslog app name) is one whose messages this format owns, whatever they say.
bool is_linux_auth_program(std::string_view program);
// Adds the fields of a message of `program`. not_mine if it is none of the known ones.
Outcome parse_linux_auth(std::string_view program, std::string_view message, Row& row);

namespace linux_auth {

namespace field = model::field;
using model::Value;

inline constexpr Value kAuthentication[] = {Value::string("authentication")};
inline constexpr Value kSession[] = {Value::string("session"), Value::string("authentication")};
inline constexpr Value kIam[] = {Value::string("iam")};
inline constexpr Value kProcess[] = {Value::string("process")};
inline constexpr Value kNetwork[] = {Value::string("network"), Value::string("authentication")};
inline constexpr Value kStart[] = {Value::string("start")};
inline constexpr Value kEnd[] = {Value::string("end")};
inline constexpr Value kInfo[] = {Value::string("info")};
inline constexpr Value kUserCreation[] = {Value::string("user"), Value::string("creation")};
inline constexpr Value kUserDeletion[] = {Value::string("user"), Value::string("deletion")};
inline constexpr Value kUserChange[] = {Value::string("user"), Value::string("change")};
inline constexpr Value kGroupCreation[] = {Value::string("group"), Value::string("creation")};
inline constexpr Value kGroupDeletion[] = {Value::string("group"), Value::string("deletion")};
inline constexpr Value kGroupChange[] = {Value::string("group"), Value::string("change")};

using Words = std::span<const Value>;

// Writes the fields of one message.
class Writer {
 public:
  explicit Writer(Row& row) : row_(row) {}

  void event(std::string_view action, Words category, Words type, std::string_view outcome) {
    row_.ref(field::event_action, action);
    row_.add(field::event_category, Value::list(category));
    row_.add(field::event_type, Value::list(type));
    if (!outcome.empty()) row_.ref(field::event_outcome, outcome);
  }
  void text(model::FieldId id, std::string_view value) {
    if (!value.empty()) row_.ref(id, value);
  }
  void user(std::string_view name) { row_.ref(field::user_name, name); }
  void id(model::FieldId id, std::string_view digits) {
    if (!digits.empty() && digits.size() <= 10 && base::is_digit(digits[0])) row_.ref(id, digits);
  }
  // An address or host name: source.address, and source.ip if it is one.
  void source(std::string_view address, std::string_view port = {}) {
    if (address.empty() || address.size() > 255) return;
    row_.ref(field::source_address, address);
    if (!add_ip(row_, field::source_ip, address)) row_.ref(fields_.source_domain, address);
    add_port(row_, field::source_port, port);
  }
  void integer(model::FieldId id, std::string_view digits) {
    std::int64_t value = 0;
    if (canonical_integer(digits, value)) row_.add(id, Value::integer(value));
  }

  const TextFields& fields_ = text_fields();
  Row& row_;
};

inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

inline std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

// Splits at the last `mark`; false if there is none.
inline bool split_last(std::string_view text, std::string_view mark, std::string_view& before,
                       std::string_view& after) {
  const auto at = text.rfind(mark);
  if (at == text.npos) return false;
  before = text.substr(0, at);
  after = text.substr(at + mark.size());
  return true;
}

// False if the message is none of those known; the event is then a plain one.
bool parse_sshd(std::string_view text, Writer& out);

}  // namespace linux_auth
}  // namespace vedette::normalize
