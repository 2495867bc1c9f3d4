#include <algorithm>
#include <array>
#include <optional>

#include "format/blob.hpp"
#include "format/value_stream.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::store::format {

using model::Value;
using model::ValueKind;

namespace {

using Values = std::span<const Value>;
constexpr std::size_t kMaxPattern = 255;

void put_mixed_value(std::string& out, const Value& value) {
  put_u8(out, static_cast<std::uint8_t>(value.kind()));
  switch (value.kind()) {
    case ValueKind::null:
      return;
    case ValueKind::boolean:
      return put_u8(out, value.as_boolean() ? 1 : 0);
    case ValueKind::integer:
      return put_varint(out, zigzag(value.as_integer()));
    case ValueKind::real:
      return put_double(out, value.as_real());
    case ValueKind::string:
      put_varint(out, value.as_string().size());
      out += value.as_string();
      return;
    case ValueKind::list:
      put_varint(out, value.as_list().size());
      for (const Value& item : value.as_list()) put_mixed_value(out, item);
      return;
  }
}

void put_mixed(std::string& out, Values values) {
  std::string bytes;
  for (const Value& value : values) put_mixed_value(bytes, value);
  put_blob(out, bytes);
}

void put_reals(std::string& out, Values values) {
  // Byte planes: the high bytes of neighbours are alike.
  std::string bytes(values.size() * 8, '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bits = std::bit_cast<std::uint64_t>(values[i].as_real());
    for (unsigned plane = 0; plane < 8; ++plane) {
      bytes[plane * values.size() + i] = static_cast<char>(bits >> (plane * 8));
    }
  }
  put_blob(out, bytes);
}

void put_texts(std::string& out, Values values) {
  std::vector<std::int64_t> sizes;
  sizes.reserve(values.size());
  std::string bytes;
  for (const Value& value : values) {
    sizes.push_back(static_cast<std::int64_t>(value.as_string().size()));
    bytes += value.as_string();
  }
  put_integers(out, sizes);
  put_blob(out, bytes);
}

std::optional<std::int64_t> canonical_decimal(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.size() > 19 || !base::is_digit(digits[0])) return std::nullopt;
  if (digits[0] == '0' && text.size() > 1) return std::nullopt;
  return base::parse_int(text);
}

std::optional<std::int64_t> canonical_time(std::string_view text) {
  if (text.size() < 20 || text.size() > 30 || text[4] != '-' || text[10] != 'T') return std::nullopt;
  const auto time = base::parse_iso8601(text);
  char buffer[40];
  if (!time || std::string_view(buffer, base::format_rfc3339(*time, buffer)) != text) return std::nullopt;
  return *time;
}

// Writes the texts as the integers that `parse` finds in them, if it does in all.
template <typename Parse>
bool try_numbers(std::string& out, Values values, StreamKind kind, Parse parse) {
  std::vector<std::int64_t> numbers;
  for (const Value& value : values) {
    const auto number = parse(value.as_string());
    if (!number) return false;
    numbers.push_back(*number);
  }
  put_u8(out, static_cast<std::uint8_t>(kind));
  put_integers(out, numbers);
  return true;
}

bool try_addresses(std::string& out, Values values) {
  std::vector<base::IpAddress> addresses;
  bool all_v4 = true;
  for (const Value& value : values) {
    const std::string_view text = value.as_string();
    if (text.size() < 2 || text.size() > 45) return false;
    const auto address = base::IpAddress::parse(text);
    if (!address || address->to_string() != text) return false;
    all_v4 = all_v4 && address->is_v4();
    addresses.push_back(*address);
  }
  std::string bytes;
  for (const base::IpAddress& address : addresses) {
    const std::string_view all(reinterpret_cast<const char*>(address.bytes.data()), 16);
    if (!all_v4) put_u8(bytes, address.is_v4() ? 1 : 0);
    bytes += address.is_v4() ? all.substr(12) : all;
  }
  put_u8(out, static_cast<std::uint8_t>(StreamKind::addresses));
  put_u8(out, all_v4 ? 1 : 0);
  put_blob(out, bytes);
  return true;
}

int hex_digit(char c, bool upper) {
  if (base::is_digit(c)) return c - '0';
  const char a = upper ? 'A' : 'a';
  return c >= a && c < a + 6 ? c - a + 10 : -1;
}

// Positions at which the texts differ; nothing if their lengths do.
bool find_varying(Values values, std::array<bool, kMaxPattern>& varies) {
  const std::string_view first = values[0].as_string();
  for (const Value& value : values.subspan(1)) {
    const std::string_view text = value.as_string();
    if (text.size() != first.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) varies[i] |= text[i] != first[i];
  }
  return true;
}

bool try_pattern(std::string& out, Values values) {
  const std::string_view first = values[0].as_string();
  if (values.size() < 2 || first.size() < 4 || first.size() > kMaxPattern) return false;
  std::array<bool, kMaxPattern> varies{};
  if (!find_varying(values, varies)) return false;
  bool upper = false;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (varies[i])
      upper |= std::any_of(values.begin(), values.end(), [&](const Value& value) {
        return value.as_string()[i] >= 'A' && value.as_string()[i] <= 'F';
      });
  }
  std::vector<std::uint64_t> digits;
  for (const Value& value : values) {
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (!varies[i]) continue;
      const int digit = hex_digit(value.as_string()[i], upper);
      if (digit < 0) return false;
      digits.push_back(static_cast<std::uint64_t>(digit));
    }
  }
  put_u8(out, static_cast<std::uint8_t>(StreamKind::patterns));
  put_u8(out, upper ? 1 : 0);
  put_u8(out, static_cast<std::uint8_t>(first.size()));
  for (std::size_t i = 0; i < first.size(); ++i) put_u8(out, varies[i] ? 1 : 0);
  out += first;
  std::string bytes;
  pack_bits(bytes, digits, 4);
  put_blob(out, bytes);
  return true;
}

void put_string_values(std::string& out, Values values) {
  if (try_numbers(out, values, StreamKind::decimals, canonical_decimal) ||
      try_numbers(out, values, StreamKind::times, canonical_time) || try_addresses(out, values) ||
      try_pattern(out, values)) {
    return;
  }
  put_u8(out, static_cast<std::uint8_t>(StreamKind::texts));
  put_texts(out, values);
}

}  // namespace

StreamKind put_values(std::string& out, Values values) {
  const ValueKind kind = values[0].kind();
  const bool uniform =
      std::all_of(values.begin(), values.end(), [&](const Value& value) { return value.kind() == kind; });
  const std::size_t start = out.size();
  if (uniform && kind == ValueKind::string) {
    put_string_values(out, values);
  } else if (uniform && kind == ValueKind::integer) {
    std::vector<std::int64_t> numbers;
    for (const Value& value : values) numbers.push_back(value.as_integer());
    put_u8(out, static_cast<std::uint8_t>(StreamKind::integers));
    put_integers(out, numbers);
  } else if (uniform && kind == ValueKind::real) {
    put_u8(out, static_cast<std::uint8_t>(StreamKind::reals));
    put_reals(out, values);
  } else {
    put_u8(out, static_cast<std::uint8_t>(StreamKind::mixed));
    put_mixed(out, values);
  }
  return static_cast<StreamKind>(out[start]);
}

}  // namespace vedette::store::format
