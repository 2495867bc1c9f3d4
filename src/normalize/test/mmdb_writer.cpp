#include "mmdb_writer.hpp"

#include <bit>

#include "vedette/base/check.hpp"
#include "vedette/base/ip.hpp"

namespace vedette::normalize::test {
namespace {

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

// The control byte of a field and what extends it.
void append_control(std::string& out, int type, std::size_t size) {
  const int shown = type > 7 ? 0 : type;
  const int short_size = size < 29 ? static_cast<int>(size) : size < 285 ? 29 : 30;
  out += static_cast<char>(shown << 5 | short_size);
  if (type > 7) out += static_cast<char>(type - 7);
  if (short_size == 29) append_big_endian(out, size - 29, 1);
  if (short_size == 30) append_big_endian(out, size - 285, 2);
}

void append_number(std::string& out, int type, std::uint64_t number) {
  int bytes = 0;
  while (bytes < 8 && number >> (8 * bytes) != 0) ++bytes;
  append_control(out, type, static_cast<std::size_t>(bytes));
  append_big_endian(out, number, bytes);
}

void append_value(std::string& out, const MmdbValue& value) {
  switch (value.kind) {
    case MmdbValue::Kind::text:
      append_control(out, 2, value.text.size());
      out += value.text;
      break;
    case MmdbValue::Kind::real:
      append_control(out, 3, 8);
      append_big_endian(out, std::bit_cast<std::uint64_t>(value.real), 8);
      break;
    case MmdbValue::Kind::uint16:
      append_number(out, 5, value.number);
      break;
    case MmdbValue::Kind::uint32:
      append_number(out, 6, value.number);
      break;
    case MmdbValue::Kind::uint64:
      append_number(out, 9, value.number);
      break;
    case MmdbValue::Kind::map:
      append_control(out, 7, value.items.size());
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        append_value(out, MmdbValue::of(value.names[i]));
        append_value(out, value.items[i]);
      }
      break;
    case MmdbValue::Kind::list:
      append_control(out, 11, value.items.size());
      for (const MmdbValue& item : value.items) append_value(out, item);
      break;
  }
}

bool bit_of(const base::IpAddress& address, int bit) {
  return address.bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1;
}

}  // namespace

MmdbWriter::MmdbWriter(std::string type, int ip_version, int record_bits)
    : type_(std::move(type)), ip_version_(ip_version), record_bits_(record_bits) {}

void MmdbWriter::add(const std::string& text, const MmdbValue& value) {
  auto parsed = base::IpNetwork::parse(text);
  CHECK(parsed.ok());
  base::IpNetwork network = *parsed;
  int first = 0;
  if (network.base.is_v4()) {
    network.base.bytes[10] = network.base.bytes[11] = 0;  // ::a.b.c.d
    if (ip_version_ == 4) first = 96;
  }
  const std::uint32_t leaf = kData | static_cast<std::uint32_t>(data_.size());
  append_value(data_, value);
  std::size_t at = 0;
  for (int bit = first; bit < network.prefix; ++bit) {
    const bool side = bit_of(network.base, bit);
    if (bit + 1 == network.prefix) {
      nodes_[at].child[side] = leaf;
      break;
    }
    if (nodes_[at].child[side] == kEmpty) {
      nodes_[at].child[side] = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
    }
    at = nodes_[at].child[side];
    CHECK(at < nodes_.size());
  }
}

std::uint32_t MmdbWriter::pointer_of(std::uint32_t child) const {
  const auto count = static_cast<std::uint32_t>(nodes_.size());
  if (child == kEmpty) return count;
  return child & kData ? count + 16 + (child & ~kData) : child;
}

std::string MmdbWriter::bytes() const {
  std::string out;
  for (const Node& node : nodes_) {
    const std::uint32_t left = pointer_of(node.child[0]), right = pointer_of(node.child[1]);
    if (record_bits_ == 28) {
      append_big_endian(out, left & 0xFF'FFFF, 3);
      append_big_endian(out, (left >> 24 << 4) | right >> 24, 1);
      append_big_endian(out, right & 0xFF'FFFF, 3);
    } else {
      append_big_endian(out, left, record_bits_ / 8);
      append_big_endian(out, right, record_bits_ / 8);
    }
  }
  out.append(16, '\0');
  out += data_;
  out += "\xAB\xCD\xEFMaxMind.com";
  append_value(out, MmdbValue::map({
                        {"binary_format_major_version", MmdbValue::u16(2)},
                        {"binary_format_minor_version", MmdbValue::u16(0)},
                        {"build_epoch", MmdbValue::u64(1'760'000'000)},
                        {"database_type", MmdbValue::of(type_)},
                        {"description", MmdbValue::map({{"en", MmdbValue::of("made by a test")}})},
                        {"ip_version", MmdbValue::u16(static_cast<std::uint64_t>(ip_version_))},
                        {"languages", MmdbValue::list({MmdbValue::of("en")})},
                        {"node_count", MmdbValue::u32(nodes_.size())},
                        {"record_size", MmdbValue::u16(static_cast<std::uint64_t>(record_bits_))},
                    }));
  return out;
}

}  // namespace vedette::normalize::test
