// Scan: a cursor over one line, and the readings that the text formats share. Nothing here allocates or
// throws.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/normalize/format.hpp"

namespace vedette::normalize {

// Points into a text it does not own. Reads past the end answer '\0' or fail.
class Scan {
 public:
  explicit Scan(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool done() const { return at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  std::string_view rest() const { return {at_, left()}; }
  char peek(std::size_t ahead = 0) const { return ahead < left() ? at_[ahead] : '\0'; }
  void skip(std::size_t count) { at_ += count < left() ? count : left(); }
  void skip_blanks() {
    while (at_ != end_ && *at_ == ' ') ++at_;
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view literal) {
    if (!rest().starts_with(literal)) return false;
    at_ += literal.size();
    return true;
  }
  // The text up to `stop`, and moves past `stop`; false (and nothing moves) if there is none.
  bool field(char stop, std::string_view& out) {
    const void* found = done() ? nullptr : std::memchr(at_, stop, left());
    if (!found) return false;
    const char* to = static_cast<const char*>(found);
    out = {at_, static_cast<std::size_t>(to - at_)};
    at_ = to + 1;
    return true;
  }
  // The text up to the next blank (not taken) or the end.
  std::string_view word() {
    const char* from = at_;
    while (at_ != end_ && *at_ != ' ') ++at_;
    return {from, static_cast<std::size_t>(at_ - from)};
  }
  // Up to `max_digits` digits as a number; nullopt if there is none.
  std::optional<std::uint64_t> digits(int max_digits = 18) {
    std::uint64_t value = 0;
    const char* from = at_;
    while (at_ != end_ && at_ - from < max_digits && base::is_digit(*at_)) {
      value = value * 10 + static_cast<std::uint64_t>(*at_++ - '0');
    }
    if (at_ == from) return std::nullopt;
    return value;
  }

 private:
  const char* at_;
  const char* end_;
};

// Time stamps at the place of the cursor. On success the cursor is past them, else it has not moved. Local
// times take the context's offset, times without a year its year rule.
using OptionalTime = std::optional<base::TimeNs>;
OptionalTime take_month_time(Scan& scan, const ParseContext& context);  // Nov  3 [2026] 09:12:00[.123456]
OptionalTime take_iso_time(
    Scan& scan, const ParseContext& context);  // 2026-11-03T09:12:00[.123][Z|+01:00], 2026/11/03 09:12:00
OptionalTime take_ctime(Scan& scan, const ParseContext& context);     // Tue Nov 03 09:12:00[.123456] 2026
OptionalTime take_clf_time(Scan& scan, const ParseContext& context);  // 03/Nov/2026:09:12:00 +0100
// Seconds since the epoch with an optional fraction ("1604996384.965").
OptionalTime take_epoch_time(Scan& scan);
// A whole value as devices write time: the forms above, or seconds to nanoseconds since the epoch.
OptionalTime parse_any_time(std::string_view text, const ParseContext& context);

// A decimal integer that reads back to the same text (no leading zeros, no plus).
bool canonical_integer(std::string_view text, std::int64_t& out);
// `text` as an integer value if it is canonical, else as a string that is not copied.
model::Value typed_value(std::string_view text);

// A list value over a static array.
template <std::size_t N>
model::Value constant_list(const model::Value (&items)[N]) {
  return model::Value::list(std::span<const model::Value>(items, N));
}

// Adds a time as RFC 3339 text.
void add_time_text(Row& row, model::FieldId field, base::TimeNs time);
// An address, with the brackets and the zone that people write around it left out. Returns whether it was
// one.
bool add_ip(Row& row, model::FieldId field, std::string_view text);
// A TCP or UDP port; anything else is left out.
void add_port(Row& row, model::FieldId field, std::string_view text);

}  // namespace vedette::normalize
