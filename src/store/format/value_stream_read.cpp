#include <algorithm>
#include <charconv>

#include "format/blob.hpp"
#include "format/value_stream.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/time.hpp"

namespace vedette::store::format {

using model::Value;
using model::ValueKind;

namespace {

std::string* read_text(ByteReader& in, ValueStore& store) {
  auto text = std::make_unique<std::string>();
  if (!read_blob(in, *text)) return nullptr;
  store.bytes += text->size();
  store.texts.push_back(std::move(text));
  return store.texts.back().get();
}

bool read_mixed_value(ByteReader& in, base::Arena& arena, bool in_list, Value& to) {
  switch (static_cast<ValueKind>(in.u8())) {
    case ValueKind::null:
      to = Value::null();
      return in.ok();
    case ValueKind::boolean: {
      const std::uint8_t bit = in.u8();
      to = Value::boolean(bit == 1);
      return in.ok() && bit <= 1;
    }
    case ValueKind::integer:
      to = Value::integer(unzigzag(in.varint()));
      return in.ok();
    case ValueKind::real:
      to = Value::real(in.real());
      return in.ok();
    case ValueKind::string:
      to = Value::string(in.bytes(in.varint()));
      return in.ok();
    case ValueKind::list:
      break;
    default:
      return false;
  }
  const std::uint64_t count = in.varint();
  if (!in.ok() || in_list || count > in.left()) return false;
  const std::span<Value> items = arena.allocate_array<Value>(count);
  for (Value& item : items) {
    if (!read_mixed_value(in, arena, true, item)) return false;
  }
  to = Value::list(items);
  return true;
}

bool read_mixed(ByteReader& in, std::size_t count, ValueStore& store, std::vector<Value>& to) {
  const std::string* bytes = read_text(in, store);
  if (!bytes) return false;
  ByteReader values(*bytes);
  for (std::size_t i = 0; i < count; ++i) {
    Value value;
    if (!read_mixed_value(values, store.arena, false, value)) return false;
    to.push_back(value);
  }
  return values.at_end();
}

bool read_reals(ByteReader& in, std::size_t count, std::vector<Value>& to) {
  std::string bytes;
  if (!read_blob(in, bytes) || bytes.size() != count * 8) return false;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t bits = 0;
    for (unsigned plane = 0; plane < 8; ++plane) {
      bits |= std::uint64_t{static_cast<unsigned char>(bytes[plane * count + i])} << (plane * 8);
    }
    to.push_back(Value::real(std::bit_cast<double>(bits)));
  }
  return true;
}

bool read_texts(ByteReader& in, std::size_t count, ValueStore& store, std::vector<Value>& to) {
  std::vector<std::int64_t> sizes(count);
  if (!read_integers(in, sizes)) return false;
  const std::string* text = read_text(in, store);
  if (!text) return false;
  std::string_view left = *text;
  for (const std::int64_t size : sizes) {
    if (size < 0 || static_cast<std::uint64_t>(size) > left.size()) return false;
    to.push_back(Value::string(left.substr(0, static_cast<std::size_t>(size))));
    left.remove_prefix(static_cast<std::size_t>(size));
  }
  return left.empty();
}

// Texts that `write`(number, char[40]) makes of integers.
template <typename Write>
bool read_numbers(ByteReader& in, std::size_t count, ValueStore& store, std::vector<Value>& to, Write write) {
  std::vector<std::int64_t> numbers(count);
  if (!read_integers(in, numbers)) return false;
  for (const std::int64_t number : numbers) {
    char* text = store.arena.allocate(40);
    const std::size_t size = write(number, text);
    store.arena.shrink_last(text, size);
    store.bytes += size;
    to.push_back(Value::string({text, size}));
  }
  return true;
}

bool read_addresses(ByteReader& in, std::size_t count, ValueStore& store, std::vector<Value>& to) {
  const bool all_v4 = in.u8() != 0;
  std::string bytes;
  if (!read_blob(in, bytes)) return false;
  ByteReader from(bytes);
  for (std::size_t i = 0; i < count; ++i) {
    const bool v4 = all_v4 || from.u8() != 0;
    const std::string_view raw = from.bytes(v4 ? 4 : 16);
    if (!from.ok()) return false;
    base::IpAddress address;
    if (v4) address.bytes[10] = address.bytes[11] = 0xff;
    std::copy(raw.begin(), raw.end(), address.bytes.end() - static_cast<std::ptrdiff_t>(raw.size()));
    const std::string text = address.to_string();
    store.bytes += text.size();
    to.push_back(Value::string(store.arena.copy(text)));
  }
  return from.at_end();
}

bool read_patterns(ByteReader& in, std::size_t count, ValueStore& store, std::vector<Value>& to) {
  const bool upper = in.u8() != 0;
  const std::size_t size = in.u8();
  const std::string_view varies = in.bytes(size);
  const std::string_view first = in.bytes(size);
  std::string packed;
  if (!in.ok() || !read_blob(in, packed)) return false;
  const auto varying = static_cast<std::size_t>(
      size - static_cast<std::size_t>(std::count(varies.begin(), varies.end(), '\0')));
  if (packed.size() != packed_bytes(varying * count, 4)) return false;
  const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    char* text = store.arena.allocate(size);
    for (std::size_t p = 0; p < size; ++p) {
      if (varies[p] == 0) {
        text[p] = first[p];
        continue;
      }
      const auto byte = static_cast<unsigned char>(packed[at / 2]);
      text[p] = digits[at % 2 ? byte >> 4 : byte & 15];
      ++at;
    }
    store.bytes += size;
    to.push_back(Value::string({text, size}));
  }
  return true;
}

std::size_t write_decimal(std::int64_t number, char* to) {
  return static_cast<std::size_t>(std::to_chars(to, to + 40, number).ptr - to);
}

}  // namespace

bool read_integer_values(ByteReader& in, std::vector<std::int64_t>& to, std::size_t count) {
  if (in.u8() != static_cast<std::uint8_t>(StreamKind::integers) || !in.ok()) return false;
  to.resize(count);
  return read_integers(in, to);
}

bool read_values(ByteReader& in, std::size_t count, ValueStore& store, std::vector<Value>& to) {
  const std::uint8_t kind = in.u8();
  if (!in.ok() || count == 0) return false;
  to.reserve(to.size() + count);
  switch (static_cast<StreamKind>(kind)) {
    case StreamKind::mixed:
      return read_mixed(in, count, store, to);
    case StreamKind::integers: {
      std::vector<std::int64_t> numbers(count);
      if (!read_integers(in, numbers)) return false;
      for (const std::int64_t number : numbers) to.push_back(Value::integer(number));
      return true;
    }
    case StreamKind::decimals:
      return read_numbers(in, count, store, to, write_decimal);
    case StreamKind::times:
      return read_numbers(in, count, store, to,
                          [](std::int64_t time, char* text) { return base::format_rfc3339(time, text); });
    case StreamKind::reals:
      return read_reals(in, count, to);
    case StreamKind::texts:
      return read_texts(in, count, store, to);
    case StreamKind::addresses:
      return read_addresses(in, count, store, to);
    case StreamKind::patterns:
      return read_patterns(in, count, store, to);
  }
  return false;
}

}  // namespace vedette::store::format
