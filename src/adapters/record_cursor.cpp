#include "record_cursor.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {

namespace {

using ports::ColumnValue;

constexpr char kCursorVersion = 1;
constexpr std::size_t kCursorHeadBytes = 9;  // version and hash
constexpr std::size_t kMaxCursorBytes = 2 * (ports::kMaxTextBytes + ports::kMaxIdBytes);

void append_u64(std::string& out, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(value >> shift & 0xff);
}
std::uint64_t read_u64(std::string_view bytes) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

void append_text(std::string& out, std::string_view text) {
  append_u64(out, text.size());
  out += text;
}

// A tag byte and the value.
void append_value(std::string& out, const ColumnValue& value) {
  out += static_cast<char>(value.index());
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    append_u64(out, std::bit_cast<std::uint64_t>(*integer));
  } else if (const auto* real = std::get_if<double>(&value)) {
    append_u64(out, std::bit_cast<std::uint64_t>(*real));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    append_text(out, *text);
  }
}

// Takes a value off the front of `bytes`; false if there is none.
bool take_value(std::string_view& bytes, ColumnValue& out) {
  if (bytes.empty()) return false;
  const auto tag = static_cast<std::uint8_t>(bytes[0]);
  bytes.remove_prefix(1);
  if (tag == 0) return true;
  if (tag > 3 || bytes.size() < 8) return false;
  const std::uint64_t word = read_u64(bytes);
  bytes.remove_prefix(8);
  if (tag == 1) out = std::bit_cast<std::int64_t>(word);
  if (tag == 2) out = std::bit_cast<double>(word);
  if (tag != 3) return true;
  if (word > bytes.size()) return false;
  out = std::string(bytes.substr(0, word));
  bytes.remove_prefix(word);
  return true;
}

std::uint64_t cursor_hash(const ports::RecordQuery& query, std::string_view payload) {
  std::string text;
  append_text(text, query.collection);
  append_text(text, query.order_by);
  text += query.descending ? 'd' : 'a';
  for (const ports::ColumnTest& test : query.tests) {
    append_text(text, test.column);
    text += static_cast<char>(test.op);
    append_u64(text, test.values.size());
    for (const ColumnValue& value : test.values) append_value(text, value);
  }
  append_text(text, payload);
  return base::hash64(text);
}

}  // namespace

std::string encode_cursor(const ports::RecordQuery& query, const RecordCursor& cursor) {
  std::string payload;
  append_value(payload, cursor.value);
  payload += cursor.id;
  std::string bytes(1, kCursorVersion);
  append_u64(bytes, cursor_hash(query, payload));
  std::string text = base::base64_encode(bytes + payload);
  text.resize(text.find_last_not_of('=') + 1);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

base::Result<RecordCursor> decode_cursor(const ports::RecordQuery& query) {
  const auto bad = [] {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "the cursor is not one of this query's; start again without it");
  };
  std::string text = query.after;
  if (text.size() > kMaxCursorBytes || text.find_first_of("+/=") != std::string::npos) return bad();
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  const auto bytes = base::base64_decode(text);
  if (!bytes || bytes->size() <= kCursorHeadBytes || (*bytes)[0] != kCursorVersion) return bad();
  std::string_view payload(*bytes);
  const std::uint64_t hash = read_u64(payload.substr(1));
  payload.remove_prefix(kCursorHeadBytes);
  if (hash != cursor_hash(query, payload)) return bad();
  RecordCursor cursor;
  if (!take_value(payload, cursor.value) || payload.empty()) return bad();
  cursor.id = payload;
  return cursor;
}

}  // namespace vedette::adapters
