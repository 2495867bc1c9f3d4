#include "listeners/msgpack.hpp"

#include <bit>
#include <limits>

namespace vedette::ingest {
namespace {

using MsgpackKind = MsgpackHead::Kind;

std::uint64_t msgpack_number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// How many bytes follow the first one in the head, by the first byte from 0xc0 to 0xdf.
constexpr std::uint8_t kHeadBytes[32] = {0, 0, 0, 0, 1, 2, 4, 2, 3, 5, 4, 8, 1, 2, 4, 8,
                                         1, 2, 4, 8, 1, 1, 1, 1, 1, 1, 2, 4, 2, 4, 2, 4};

void msgpack_sized(MsgpackHead& head, MsgpackKind kind, std::uint64_t count) {
  head.kind = kind;
  head.count = static_cast<std::uint32_t>(count);
}

void msgpack_unsigned(MsgpackHead& head, std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    head.kind = MsgpackKind::integer;
    head.integer = static_cast<std::int64_t>(value);
  } else {
    head.kind = MsgpackKind::unsigned_integer;
    head.unsigned_integer = value;
  }
}

void msgpack_signed(MsgpackHead& head, std::uint64_t value, int bits) {
  head.kind = MsgpackKind::integer;
  head.integer = static_cast<std::int64_t>(value << (64 - bits)) >> (64 - bits);
}

void msgpack_ext(MsgpackHead& head, std::uint64_t count, char type) {
  msgpack_sized(head, MsgpackKind::ext, count);
  head.ext_type = static_cast<std::int8_t>(type);
}

void read_long_msgpack_head(unsigned first, std::string_view rest, MsgpackHead& head) {
  const std::uint64_t value = msgpack_number(rest);
  switch (first) {
    case 0xc0:
      head.kind = MsgpackKind::nil;
      break;
    case 0xc2:
    case 0xc3:
      head.kind = MsgpackKind::boolean;
      head.truth = first == 0xc3;
      break;
    case 0xc4:
    case 0xc5:
    case 0xc6:
      msgpack_sized(head, MsgpackKind::binary, value);
      break;
    case 0xc7:
    case 0xc8:
    case 0xc9:
      msgpack_ext(head, value >> 8, rest.back());
      break;
    case 0xca:
      head.kind = MsgpackKind::real;
      head.real = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(value)));
      break;
    case 0xcb:
      head.kind = MsgpackKind::real;
      head.real = std::bit_cast<double>(value);
      break;
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
      msgpack_unsigned(head, value);
      break;
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      msgpack_signed(head, value, 8 << (first - 0xd0));
      break;
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      msgpack_ext(head, 1u << (first - 0xd4), rest.back());
      break;
    case 0xd9:
    case 0xda:
    case 0xdb:
      msgpack_sized(head, MsgpackKind::text, value);
      break;
    case 0xdc:
    case 0xdd:
      msgpack_sized(head, MsgpackKind::array, value);
      break;
    default:
      msgpack_sized(head, MsgpackKind::map, value);
      break;
  }
}

}  // namespace

MsgpackState read_msgpack_head(std::string_view bytes, MsgpackHead& head) {
  if (bytes.empty()) return MsgpackState::partial;
  const unsigned first = static_cast<unsigned char>(bytes[0]);
  head = {};
  head.size = 1;
  if (first < 0x80) {
    head.kind = MsgpackKind::integer;
    head.integer = first;
  } else if (first < 0x90) {
    msgpack_sized(head, MsgpackKind::map, first & 0x0f);
  } else if (first < 0xa0) {
    msgpack_sized(head, MsgpackKind::array, first & 0x0f);
  } else if (first < 0xc0) {
    msgpack_sized(head, MsgpackKind::text, first & 0x1f);
  } else if (first >= 0xe0) {
    head.kind = MsgpackKind::integer;
    head.integer = static_cast<std::int8_t>(first);
  } else if (first == 0xc1) {
    return MsgpackState::broken;
  } else {
    const std::size_t more = kHeadBytes[first - 0xc0];
    if (bytes.size() < 1 + more) return MsgpackState::partial;
    head.size = 1 + more;
    read_long_msgpack_head(first, bytes.substr(1, more), head);
  }
  return MsgpackState::whole;
}

MsgpackState MsgpackMeasure::look(std::string_view bytes, std::size_t max_bytes, std::size_t& size) {
  while (pending_ != 0) {
    if (at_ + pending_ > max_bytes) return MsgpackState::broken;
    if (at_ >= bytes.size()) return MsgpackState::partial;
    MsgpackHead head;
    const auto state = read_msgpack_head(bytes.substr(static_cast<std::size_t>(at_)), head);
    if (state != MsgpackState::whole) return state;
    at_ += head.size;
    --pending_;
    if (head.has_bytes()) at_ += head.count;
    if (head.kind == MsgpackKind::array) pending_ += head.count;
    if (head.kind == MsgpackKind::map) pending_ += std::uint64_t{2} * head.count;
  }
  if (at_ > max_bytes) return MsgpackState::broken;
  if (at_ > bytes.size()) return MsgpackState::partial;
  size = static_cast<std::size_t>(at_);
  return MsgpackState::whole;
}

std::optional<MsgpackHead> MsgpackReader::peek() const {
  MsgpackHead head;
  if (read_msgpack_head(rest_, head) != MsgpackState::whole) return std::nullopt;
  return head;
}

std::optional<MsgpackHead> MsgpackReader::head() {
  const auto head = peek();
  if (head) rest_.remove_prefix(head->size);
  return head;
}

std::optional<std::string_view> MsgpackReader::body(const MsgpackHead& head) {
  if (!head.has_bytes() || rest_.size() < head.count) return std::nullopt;
  const std::string_view bytes = rest_.substr(0, head.count);
  rest_.remove_prefix(head.count);
  return bytes;
}

std::optional<std::string_view> MsgpackReader::string() {
  const auto next = head();
  if (!next || (next->kind != MsgpackKind::text && next->kind != MsgpackKind::binary)) return std::nullopt;
  return body(*next);
}

std::optional<std::uint32_t> MsgpackReader::array() {
  const auto next = head();
  if (!next || next->kind != MsgpackKind::array) return std::nullopt;
  return next->count;
}

std::optional<std::uint32_t> MsgpackReader::map() {
  const auto next = head();
  if (!next || next->kind != MsgpackKind::map) return std::nullopt;
  return next->count;
}

std::optional<std::string_view> MsgpackReader::skip() {
  MsgpackMeasure measure;
  std::size_t size = 0;
  if (measure.look(rest_, rest_.size(), size) != MsgpackState::whole) return std::nullopt;
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

bool MsgpackReader::write_key(base::JsonWriter& writer) {
  const auto key = head();
  if (!key) return false;
  if (key->kind == MsgpackKind::integer) {
    writer.key(std::to_string(key->integer));
    return true;
  }
  if (key->kind != MsgpackKind::text && key->kind != MsgpackKind::binary) return false;
  const auto name = body(*key);
  if (name) writer.key(*name);
  return name.has_value();
}

bool MsgpackReader::write_json(base::JsonWriter& writer, int depth) {
  const auto value = head();
  if (!value || depth > kMaxDepth) return false;
  switch (value->kind) {
    case MsgpackKind::nil:
      writer.null();
      return true;
    case MsgpackKind::boolean:
      writer.boolean(value->truth);
      return true;
    case MsgpackKind::integer:
      writer.number(value->integer);
      return true;
    case MsgpackKind::unsigned_integer:
      writer.number(value->unsigned_integer);
      return true;
    case MsgpackKind::real:
      writer.number(value->real);
      return true;
    case MsgpackKind::ext:
      writer.null();
      return body(*value).has_value();
    case MsgpackKind::text:
    case MsgpackKind::binary: {
      const auto text = body(*value);
      if (text) writer.string(*text);
      return text.has_value();
    }
    case MsgpackKind::array:
      writer.begin_array();
      for (std::uint32_t i = 0; i < value->count; ++i) {
        if (!write_json(writer, depth + 1)) return false;
      }
      writer.end_array();
      return true;
    case MsgpackKind::map:
      writer.begin_object();
      for (std::uint32_t i = 0; i < value->count; ++i) {
        if (!write_key(writer) || !write_json(writer, depth + 1)) return false;
      }
      writer.end_object();
      return true;
  }
  return false;
}

}  // namespace vedette::ingest
