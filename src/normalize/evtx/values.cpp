#include "values.hpp"

#include <charconv>
#include <limits>
#include <span>

#include "utf16.hpp"

namespace vedette::normalize::evtx {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";
constexpr std::uint64_t kTicksPerSecond = 10'000'000;
constexpr std::uint64_t kTicksTo1970 = 116'444'736'000'000'000;
constexpr std::uint64_t kSecondsPerDay = 86'400;

// Longest: SID with 255 sub-authorities does not fit and is written apart; all else is below 64 characters.
struct Buffer {
  char bytes[64];
  std::size_t size = 0;

  void put(char c) { bytes[size++] = c; }
  void digits(std::uint64_t value, std::size_t count) {
    for (std::size_t i = count; i-- > 0; value /= 10) bytes[size + i] = static_cast<char>('0' + value % 10);
    size += count;
  }
  void hex_byte(std::uint8_t byte) {
    put(kHexDigits[byte >> 4]);
    put(kHexDigits[byte & 15]);
  }
  template <typename T>
  void number(T value, int base = 10) {
    size =
        static_cast<std::size_t>(std::to_chars(bytes + size, bytes + sizeof bytes, value, base).ptr - bytes);
  }
  template <typename T>
  void real(T value) {
    size = static_cast<std::size_t>(std::to_chars(bytes + size, bytes + sizeof bytes, value).ptr - bytes);
  }
  std::string_view in(base::Arena& arena) const { return arena.copy({bytes, size}); }
};

std::string_view hex_text(std::string_view bytes, base::Arena& arena) {
  if (bytes.empty()) return {};
  char* start = arena.allocate(bytes.size() * 2);
  char* to = start;
  for (char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    *to++ = kHexDigits[byte >> 4];
    *to++ = kHexDigits[byte & 15];
  }
  return {start, bytes.size() * 2};
}

std::string_view prefixed_hex(std::uint64_t value, base::Arena& arena) {
  Buffer out;
  out.put('0');
  out.put('x');
  out.number(value, 16);
  return out.in(arena);
}

std::int64_t load_signed(std::string_view bytes) {
  const std::size_t size = bytes.size() < 8 ? bytes.size() : 8;
  const unsigned unused = static_cast<unsigned>(64 - 8 * size);
  return size == 0 ? 0 : static_cast<std::int64_t>(load_unsigned(bytes) << unused) >> unused;
}

std::string_view guid_text(std::string_view bytes, base::Arena& arena) {
  constexpr int kOrder[] = {3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15};
  Buffer out;
  out.put('{');
  for (int at : kOrder) {
    if (at < 0) {
      out.put('-');
    } else {
      out.hex_byte(static_cast<std::uint8_t>(bytes[static_cast<std::size_t>(at)]));
    }
  }
  out.put('}');
  return out.in(arena);
}

// Proleptic Gregorian date of a day count from 1601-01-01, which begins a 400-year cycle.
void put_date(Buffer& out, std::uint64_t days) {
  std::uint64_t year = 1601 + days / 146'097 * 400;
  std::uint64_t rest = days % 146'097;
  const auto is_leap = [&] { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); };
  const std::uint64_t centuries = rest / 36'524 < 3 ? rest / 36'524 : 3;
  rest -= centuries * 36'524;
  const std::uint64_t fours = rest / 1'461;
  rest -= fours * 1'461;
  const std::uint64_t singles = rest / 365 < 3 ? rest / 365 : 3;
  rest -= singles * 365;
  year += centuries * 100 + fours * 4 + singles;
  const std::uint64_t lengths[] = {31, is_leap() ? 29u : 28u, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::size_t month = 0;
  while (month < 11 && rest >= lengths[month]) rest -= lengths[month++];
  out.digits(year, year < 10'000 ? 4 : 5);
  out.put('-');
  out.digits(month + 1, 2);
  out.put('-');
  out.digits(rest + 1, 2);
}

std::string_view file_time_text(std::uint64_t ticks, base::Arena& arena) {
  Buffer out;
  const std::uint64_t seconds = ticks / kTicksPerSecond;
  const std::uint64_t second_of_day = seconds % kSecondsPerDay;
  put_date(out, seconds / kSecondsPerDay);
  out.put('T');
  out.digits(second_of_day / 3600, 2);
  out.put(':');
  out.digits(second_of_day / 60 % 60, 2);
  out.put(':');
  out.digits(second_of_day % 60, 2);
  out.put('.');
  out.digits(ticks % kTicksPerSecond, 7);
  out.put('Z');
  return out.in(arena);
}

// SYSTEMTIME: eight 16-bit numbers, the third of which is the day of the week.
std::string_view system_time_text(std::string_view bytes, base::Arena& arena) {
  const auto part = [&](std::size_t i) { return std::uint64_t{load<std::uint16_t>(bytes.data() + 2 * i)}; };
  Buffer out;
  out.digits(part(0), part(0) < 10'000 ? 4 : 5);
  constexpr char kSeparators[] = {'-', '-', 'T', ':', ':'};
  constexpr std::size_t kParts[] = {1, 3, 4, 5, 6};
  for (std::size_t i = 0; i < 5; ++i) {
    out.put(kSeparators[i]);
    out.digits(part(kParts[i]), part(kParts[i]) < 100 ? 2 : 5);
  }
  out.put('.');
  out.digits(part(7), part(7) < 1000 ? 3 : 5);
  out.put('Z');
  return out.in(arena);
}

std::size_t sid_size(std::string_view bytes) {
  return bytes.size() < 8 ? 0 : 8 + 4 * std::size_t{static_cast<std::uint8_t>(bytes[1])};
}

// MS-DTYP 2.4.2: revision, count, authority (big endian), sub-authorities.
std::string_view sid_text(std::string_view bytes, base::Arena& arena) {
  const std::size_t size = sid_size(bytes);
  if (size == 0 || bytes.size() < size) return hex_text(bytes, arena);
  const std::size_t room = 32 + (size - 8) / 4 * 11;
  char* start = arena.allocate(room);
  char* end = start + room;
  *start = 'S';
  start[1] = '-';
  char* to = std::to_chars(start + 2, end, static_cast<std::uint8_t>(bytes[0])).ptr;
  *to++ = '-';
  std::uint64_t authority = 0;
  for (std::size_t i = 2; i < 8; ++i) authority = authority << 8 | static_cast<std::uint8_t>(bytes[i]);
  if (authority > std::numeric_limits<std::uint32_t>::max()) {
    *to++ = '0';
    *to++ = 'x';
    to = std::to_chars(to, end, authority, 16).ptr;
  } else {
    to = std::to_chars(to, end, authority).ptr;
  }
  for (std::size_t at = 8; at < size; at += 4) {
    *to++ = '-';
    to = std::to_chars(to, end, load<std::uint32_t>(bytes.data() + at)).ptr;
  }
  const auto length = static_cast<std::size_t>(to - start);
  arena.shrink_last(start, length);
  return {start, length};
}

std::string_view without_final_nuls(std::string_view bytes, std::size_t unit) {
  std::size_t size = bytes.size() - bytes.size() % unit;
  while (size >= unit && bytes[size - 1] == 0 && bytes[size - unit] == 0) size -= unit;
  return bytes.substr(0, size);
}

std::size_t fixed_size(ValueType type) {
  switch (type) {
    case ValueType::int8:
    case ValueType::uint8:
      return 1;
    case ValueType::int16:
    case ValueType::uint16:
      return 2;
    case ValueType::int32:
    case ValueType::uint32:
    case ValueType::real32:
    case ValueType::boolean:
    case ValueType::hex32:
      return 4;
    case ValueType::int64:
    case ValueType::uint64:
    case ValueType::real64:
    case ValueType::file_time:
    case ValueType::hex64:
      return 8;
    case ValueType::guid:
    case ValueType::system_time:
      return 16;
    default:
      return 0;
  }
}

std::string_view unsigned_text(std::uint64_t value, base::Arena& arena) {
  Buffer out;
  out.number(value);
  return out.in(arena);
}

std::string_view signed_text(std::int64_t value, base::Arena& arena) {
  Buffer out;
  out.number(value);
  return out.in(arena);
}

template <typename T>
std::string_view real_text(std::string_view bytes, base::Arena& arena) {
  Buffer out;
  out.real(load<T>(bytes.data()));
  return out.in(arena);
}

bool is_signed(ValueType type) {
  return type == ValueType::int8 || type == ValueType::int16 || type == ValueType::int32 ||
         type == ValueType::int64;
}

bool is_unsigned(ValueType type) {
  return type == ValueType::uint8 || type == ValueType::uint16 || type == ValueType::uint32 ||
         type == ValueType::uint64;
}

}  // namespace

std::uint64_t load_unsigned(std::string_view bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size() < sizeof value ? bytes.size() : sizeof value);
  return value;
}

std::string_view text_of(const BinaryValue& value, base::Arena& arena) {
  const std::string_view bytes = value.bytes;
  const ValueType type = value.type();
  if (bytes.empty() || type == ValueType::null) return {};
  if (type == ValueType::string) return utf16_to_utf8(without_final_nuls(bytes, 2), arena);
  const std::size_t needed = fixed_size(type);
  if (bytes.size() < needed) return hex_text(bytes, arena);
  if (is_unsigned(type)) return unsigned_text(load_unsigned(bytes.substr(0, needed)), arena);
  if (is_signed(type)) return signed_text(load_signed(bytes.substr(0, needed)), arena);
  switch (type) {
    case ValueType::ansi_string:
      return windows_1252_to_utf8(without_final_nuls(bytes, 1), arena);
    case ValueType::real32:
      return real_text<float>(bytes, arena);
    case ValueType::real64:
      return real_text<double>(bytes, arena);
    case ValueType::boolean:
      return load_unsigned(bytes.substr(0, needed)) != 0 ? "true" : "false";
    case ValueType::guid:
      return guid_text(bytes, arena);
    case ValueType::size:
    case ValueType::handle:
    case ValueType::hex32:
    case ValueType::hex64:
      return prefixed_hex(load_unsigned(needed ? bytes.substr(0, needed) : bytes), arena);
    case ValueType::file_time:
      return file_time_text(load<std::uint64_t>(bytes.data()), arena);
    case ValueType::system_time:
      return system_time_text(bytes, arena);
    case ValueType::sid:
      return sid_text(bytes, arena);
    default:
      return hex_text(bytes, arena);
  }
}

model::Value typed_value(const BinaryValue& value, base::Arena& arena) {
  const std::size_t needed = fixed_size(value.type());
  if (needed != 0 && value.bytes.size() >= needed) {
    const std::string_view bytes = value.bytes.substr(0, needed);
    if (is_signed(value.type())) return model::Value::integer(load_signed(bytes));
    if (is_unsigned(value.type())) {
      const std::uint64_t number = load_unsigned(bytes);
      if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return model::Value::integer(static_cast<std::int64_t>(number));
      }
    }
  }
  return model::Value::string(text_of(value, arena));
}

std::optional<base::TimeNs> time_from_file_time(std::uint64_t file_time) {
  if (file_time == 0 || file_time > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  const std::int64_t ticks = static_cast<std::int64_t>(file_time) - static_cast<std::int64_t>(kTicksTo1970);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 100;
  if (ticks > kMost || ticks < -kMost) return std::nullopt;
  return ticks * 100;
}

// Size of the text at the start of rest_; `skipped` is what ends it.
std::size_t ArrayItems::text_size(std::size_t unit, std::size_t& skipped) const {
  for (std::size_t at = 0; at + unit <= rest_.size(); at += unit) {
    if (rest_[at] == 0 && rest_[at + unit - 1] == 0) {
      skipped = unit;
      return at;
    }
  }
  skipped = 0;
  return rest_.size();
}

std::size_t ArrayItems::item_size() const {
  if (type_ == ValueType::sid) return sid_size(rest_);
  if (type_ == ValueType::size || type_ == ValueType::handle) return rest_.size() % 8 == 0 ? 8 : 4;
  return fixed_size(type_);
}

bool ArrayItems::next(BinaryValue& item) {
  if (rest_.empty()) return false;
  item.raw_type = static_cast<std::uint8_t>(type_);
  std::size_t skipped = 0, size = 0;
  if (type_ == ValueType::string || type_ == ValueType::ansi_string) {
    size = text_size(type_ == ValueType::string ? 2 : 1, skipped);
  } else {
    size = item_size();
    if (size == 0 || size > rest_.size()) size = rest_.size();
  }
  item.bytes = rest_.substr(0, size);
  rest_.remove_prefix(size + skipped);
  return true;
}

}  // namespace vedette::normalize::evtx
