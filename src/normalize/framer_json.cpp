// JSON values one after the other; arrays and wrapper objects are opened, so that their elements are the
// records.
#include <algorithm>
#include <array>
#include <cstring>

#include "framer_scanner.hpp"
#include "json/scan.hpp"

namespace vedette::normalize {
namespace {

using json::is_blank;

// Where the scan of one value stands.
struct BraceScan {
  std::uint32_t depth = 0;
  bool in_string = false;
  bool escaped = false;

  enum class Result : std::uint8_t { more, closed, broken };
  // From `at` on, to past the value's end (closed) or to a line break at which the value cannot go on
  // (broken). `begin` is as far as one may look back.
  Result advance(const char* begin, const char*& at, const char* end);

 private:
  Result structure(const char* begin, const char*& at, const char* end);
};

// A line break followed by '{' where JSON has no place for an object: a record that was cut off, and the next
// one.
bool breaks_off(const char* begin, const char* line_break, const char* end, bool in_string) {
  if (line_break + 1 == end || line_break[1] != '{') return false;
  if (in_string) return true;
  const char* before = line_break;
  while (before != begin && is_blank(before[-1])) --before;
  if (before == begin) return false;
  const char c = before[-1];
  return c != ':' && c != ',' && c != '[' && c != '{';
}

BraceScan::Result BraceScan::structure(const char* begin, const char*& at, const char* end) {
  switch (*at) {
    case '"':
      in_string = true;
      break;
    case '{':
    case '[':
      ++depth;
      break;
    case '\n':
      if (breaks_off(begin, at, end, false)) return Result::broken;
      break;
    default:
      if (--depth == 0) {
        ++at;
        return Result::closed;
      }
  }
  ++at;
  return Result::more;
}

BraceScan::Result BraceScan::advance(const char* begin, const char*& at, const char* end) {
  for (;;) {
    if (escaped && at != end) {
      ++at;
      escaped = false;
    }
    at = in_string ? json::find_string_stop(at, end) : json::find_structure(at, end);
    if (at == end) return Result::more;
    if (!in_string) {
      if (const Result result = structure(begin, at, end); result != Result::more) return result;
      continue;
    }
    if (*at == '"') {
      in_string = false;
    } else if (*at == '\\') {
      escaped = true;
    } else if (breaks_off(begin, at, end, true)) {
      return Result::broken;
    }
    ++at;
  }
}

constexpr std::size_t kHeadBytes = 4096;  // of a wrapper object, in which its array must start
constexpr int kHeadMembers = 12;

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 8> kWrapperNames = {"Records", "records", "value",     "events",
                                                           "Events",  "items",   "logEvents", "data"};
// An object with one of these is an event, and its arrays are parts of it.
constexpr std::array<std::string_view, 16> kEventNames = {
    "time", "timestamp", "@timestamp", "ts",  "date",  "published", "eventTime", "created_at",
    "id",   "uuid",      "level",      "msg", "event", "message",   "host",      "eventName"};

// Reads the head of a wrapper object. Positions are null when the bytes end too early.
class WrapperHead {
 public:
  WrapperHead(const char* begin, const char* end) : begin_(begin), end_(end) {}

  // The '[' of the wrapper's array, or null if the object is no wrapper (or its head is longer than the
  // bytes).
  const char* array_start() const {
    const char* at = begin_;
    for (int tries = 0; tries < 4; ++tries) {
      at = static_cast<const char*>(std::memchr(at, '[', static_cast<std::size_t>(end_ - at)));
      if (!at) return nullptr;
      if (contains(kWrapperNames, name_before(at)) && head_fits(at)) return at;
      ++at;
    }
    return nullptr;
  }

 private:
  // The member name before a value, or empty.
  std::string_view name_before(const char* value) const {
    const auto step_back = [&](char c) {
      while (value != begin_ && is_blank(value[-1])) --value;
      if (value == begin_ || value[-1] != c) return false;
      --value;
      return true;
    };
    if (!step_back(':') || !step_back('"')) return {};
    const char* const last = value;
    while (value != begin_ && last - value < 16 && value[-1] != '"') --value;
    if (value == begin_ || value[-1] != '"') return {};
    return {value, static_cast<std::size_t>(last - value)};
  }

  // Whether all that stands between '{' and the array are a few members that tell nothing of an event.
  bool head_fits(const char* array) const {
    const char* at = json::skip_blanks(begin_ + 1, array);
    for (int members = 0; members < kHeadMembers; ++members) {
      std::string_view key;
      if (!take_string(at, array + 1, key)) return false;
      at = json::skip_blanks(at, array + 1);
      if (at > array || *at != ':') return false;
      at = json::skip_blanks(at + 1, array + 1);
      if (at == array) return true;
      if (at > array || contains(kEventNames, key) || !take_value(at, array, key == "metadata")) return false;
      at = json::skip_blanks(at, array);
      if (at == array || *at != ',') return false;
      at = json::skip_blanks(at + 1, array);
    }
    return false;
  }

  static bool take_string(const char*& at, const char* end, std::string_view& text) {
    if (at >= end || *at != '"') return false;
    const char* const from = ++at;
    while ((at = json::find_quote_or_escape(at, end)) != end) {
      if (*at == '"') {
        text = {from, static_cast<std::size_t>(at - from)};
        ++at;
        return true;
      }
      at = std::min(at + 2, end);
    }
    return false;
  }

  // A scalar, an array of scalars, or with `object` an object.
  static bool take_value(const char*& at, const char* end, bool object) {
    if (at >= end) return false;
    std::string_view text;
    if (*at == '"') return take_string(at, end, text);
    if (*at == '[' || *at == '{') {
      if (*at == '{' && !object) return false;
      BraceScan scan;
      const char* const from = at;
      if (scan.advance(from, at, end) != BraceScan::Result::closed) return false;
      return object || std::memchr(from, '{', static_cast<std::size_t>(at - from)) == nullptr;
    }
    const char* const from = at;
    while (at != end && *at != ',' && *at != '}' && !is_blank(*at)) ++at;
    return at != from;
  }

  const char* begin_;
  const char* end_;
};

class JsonScanner final : public RecordScanner {
 public:
  Step step(std::string_view bytes, std::size_t from, bool at_end) override {
    bytes_ = bytes;
    end_ = bytes.data() + bytes.size();
    at_end_ = at_end;
    from_ = from;
    Step result = find(bytes.data() + from);
    line_bytes_ -= std::min(line_bytes_, result.next - from);
    return result;
  }

  bool recover(std::string_view rest) override {
    if (line_bytes_ > 0 || !starts_record_after_line(rest)) return false;
    line_bytes_ = rest.size();
    return true;
  }

  Skip skip(std::string_view bytes, bool at_end) override {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    if (scan_.depth == 0 || line_bytes_ > 0) {  // cut within a line
      const void* line = bytes.empty() ? nullptr : std::memchr(at, '\n', bytes.size());
      if (!line) return {bytes.size(), at_end};
      return {static_cast<std::size_t>(static_cast<const char*>(line) - at), true};
    }
    const auto result = scan_.advance(at, at, end);
    return {static_cast<std::size_t>(at - bytes.data()), result != BraceScan::Result::more || at_end};
  }

 private:
  enum class Level : std::uint8_t { array, wrapper_array, wrapper };
  static constexpr std::size_t kMaxLevels = 6;

  // Whether what looks like one value is rather lines with a record each, of which the first is broken.
  static bool starts_record_after_line(std::string_view rest) {
    const std::size_t line = rest.find('\n');
    return line != std::string_view::npos && line > 1 && line + 1 < rest.size() && rest[line + 1] == '{';
  }

  std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - bytes_.data()); }
  Step more(const char* at) const {
    return {at_end_ && at == end_ ? Found::end : Found::more, 0, 0, offset(at), false};
  }
  Step record(const char* from, const char* to, bool malformed = false) const {
    return {Found::record, offset(from), offset(to), offset(to), malformed};
  }
  bool in_array() const { return levels_ > 0 && level_[levels_ - 1] != Level::wrapper; }
  bool in_wrapper() const { return levels_ > 0 && level_[levels_ - 1] == Level::wrapper; }
  void push(Level level) { level_[levels_++] = level; }

  static bool is_filler(char c) { return is_blank(c) || c == ',' || c == '\0' || c == '\x1e'; }

  Step find(const char* at) {
    for (;;) {
      while (at != end_ && is_filler(*at)) ++at;
      if (at == end_) return more(at);
      scan_ = BraceScan{};
      if (line_bytes_ > offset(at) - from_) return to_line_end(at);
      if (*at == ']' && in_array()) {
        --levels_;
        ++at;
        continue;
      }
      if (*at == '}' && in_wrapper()) {
        --levels_;
        ++at;
        continue;
      }
      if (in_wrapper() && *at == '"') {
        const char* const value = after_member_name(at);
        if (!value) return more_or_line(at);
        if (*value != '{' && *value != '[') {
          const char* const after = after_scalar(value);
          if (after == end_) return more_or_line(at);
          at = after;
          continue;
        }
        if (*value == '{') return object(value);
        push(Level::wrapper_array);
        at = value + 1;
        continue;
      }
      if (*at == '[' && levels_ < kMaxLevels && !in_array()) {
        const char* const inner = json::skip_blanks(at + 1, end_);
        if (inner == end_ && !at_end_) return more(at);
        if (inner != end_ && (*inner == '{' || *inner == '[' || *inner == ']')) {
          push(Level::array);
          at = inner;
          continue;
        }
        return to_line_end(at);
      }
      if (*at != '{') return *at == '[' && in_array() ? whole_value(at) : scalar(at);
      if (levels_ + 2 <= kMaxLevels) {
        bool undecided = false;
        if (const char* const array = wrapper_array(at, undecided)) {
          push(Level::wrapper);
          push(Level::wrapper_array);
          at = array + 1;
          continue;
        }
        if (undecided) return more(at);
      }
      return object(at);
    }
  }

  // The '[' whose elements are the records, if `at` starts a wrapper object.
  const char* wrapper_array(const char* at, bool& undecided) const {
    const std::size_t left = static_cast<std::size_t>(end_ - at);
    const std::size_t head = std::min(left, kHeadBytes);
    const char* const array = WrapperHead(at, at + head).array_start();
    if (!array) {
      // The head may go on beyond the bytes at hand, unless a whole value is there already.
      undecided = left < kHeadBytes && !at_end_ && std::memchr(at, '\n', left) == nullptr;
      return nullptr;
    }
    const char* const inner = json::skip_blanks(array + 1, end_);
    if (inner == end_) {
      undecided = !at_end_;
      return nullptr;
    }
    return *inner == '{' || *inner == ']' ? array : nullptr;
  }

  // The value of the member of the wrapper whose name starts at `at`; null if the bytes end too early.
  const char* after_member_name(const char* at) const {
    ++at;
    while ((at = json::find_quote_or_escape(at, end_)) != end_ && *at == '\\') at = std::min(at + 2, end_);
    if (at == end_) return nullptr;
    at = json::skip_blanks(at + 1, end_);
    if (at == end_ || *at != ':') return nullptr;
    at = json::skip_blanks(at + 1, end_);
    return at == end_ ? nullptr : at;
  }

  // Past a scalar member of the wrapper (it is no record).
  const char* after_scalar(const char* at) const {
    if (*at == '"') {
      ++at;
      while ((at = json::find_quote_or_escape(at, end_)) != end_ && *at == '\\') at = std::min(at + 2, end_);
      return at == end_ ? at : at + 1;
    }
    const char* const from = at;
    while (at != end_ && *at != ',' && *at != '}' && !is_blank(*at)) ++at;
    return at == from && at != end_ ? at + 1 : at;
  }

  Step more_or_line(const char* at) { return at_end_ || end_ - at > 4096 ? to_line_end(at) : more(at); }

  Step to_line_end(const char* at) const {
    const auto* line = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end_ - at)));
    if (!line) return at_end_ ? record(at, end_) : more(at);
    return record(at, line > at && line[-1] == '\r' ? line - 1 : line);
  }

  // What is neither an object nor an array: an element of an array, or a line of something else.
  Step scalar(const char* at) const {
    if (!in_array()) return to_line_end(at);
    const char* to = at;
    if (*to == '"') {
      ++to;
      while ((to = json::find_string_stop(to, end_)) != end_ && *to == '\\') to = std::min(to + 2, end_);
      if (to != end_ && *to == '"') ++to;
    } else {
      ++to;
      while (to != end_ && *to != ',' && *to != ']' && *to != '\n') ++to;
    }
    return to == end_ && !at_end_ ? more(at) : record(at, to);
  }

  // The usual case: a line holds one object. It does if it ends in '}' and the next one starts with '{':
  // between the two no JSON text can go on.
  bool on_one_line(const char* at, const char*& to, bool& undecided) const {
    const auto* line = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end_ - at)));
    if (!line) return false;
    const char* last = line;
    while (is_blank(last[-1])) --last;
    if (last[-1] != '}') return false;
    const char* const next = json::skip_blanks(line, end_);
    undecided = next == end_ && !at_end_;
    if (next != end_ && *next != '{') return false;
    to = last;
    return true;
  }

  Step object(const char* at) {
    if (levels_ == 0) {
      const char* to = nullptr;
      bool undecided = false;
      if (on_one_line(at, to, undecided)) return undecided ? more(at) : record(at, to);
    }
    return whole_value(at);
  }

  Step whole_value(const char* at) {
    scan_ = BraceScan{};
    const char* to = at;
    const auto result = scan_.advance(at, to, end_);
    if (result == BraceScan::Result::closed) return record(at, to);
    const bool broken = result == BraceScan::Result::broken;
    if (!broken && !at_end_) return more(at);
    if (starts_record_after_line({at, static_cast<std::size_t>(to - at)})) {
      line_bytes_ = offset(to) - from_;
      return to_line_end(at);
    }
    return record(at, to, !broken);
  }

  std::string_view bytes_;
  const char* end_ = nullptr;
  bool at_end_ = false;
  std::size_t from_ = 0;
  BraceScan scan_;
  std::array<Level, kMaxLevels> level_{};
  std::size_t levels_ = 0;
  std::size_t line_bytes_ = 0;  // so many bytes from the start of a step on are cut at line breaks only
};

}  // namespace

std::unique_ptr<RecordScanner> make_json_scanner() {
  return std::make_unique<JsonScanner>();
}

}  // namespace vedette::normalize
