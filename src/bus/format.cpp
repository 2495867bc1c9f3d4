#include "format.hpp"

#include <charconv>

#include "vedette/base/check.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::bus {
namespace {

constexpr std::string_view kSegmentMagic = "VDTSEG1\n";
constexpr std::string_view kDurableMagic = "VDTDUR1\n";
constexpr std::string_view kLogMagic = "VDTLOG1\n";
constexpr std::string_view kReservedMagic = "VDTRSV1\n";
constexpr std::string_view kSegmentSuffix = ".seg";
constexpr std::size_t kNameDigits = 20;

void put(char*& at, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) *at++ = static_cast<char>(value >> (8 * i));
}

std::uint64_t get(const char*& at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= std::uint64_t{static_cast<std::uint8_t>(*at++)} << (8 * i);
  return value;
}

// magic, values, checksum of both.
template <std::size_t N>
std::string encode_values(std::string_view magic, const std::uint64_t (&values)[N]) {
  std::string bytes(magic);
  bytes.resize(magic.size() + (N + 1) * 8);
  char* at = bytes.data() + magic.size();
  for (const std::uint64_t value : values) put(at, value, 8);
  const std::uint64_t checksum = base::hash64(std::string_view(bytes).substr(0, bytes.size() - 8));
  put(at, checksum, 8);
  return bytes;
}

template <std::size_t N>
bool decode_values(std::string_view bytes, std::string_view magic, std::uint64_t (&values)[N]) {
  if (bytes.size() != magic.size() + (N + 1) * 8 || !bytes.starts_with(magic)) return false;
  const char* at = bytes.data() + magic.size();
  for (std::uint64_t& value : values) value = get(at, 8);
  return get(at, 8) == base::hash64(bytes.substr(0, bytes.size() - 8));
}

}  // namespace

std::string SegmentHeader::encode() const {
  const std::uint64_t values[] = {first_offset, previous_end, static_cast<std::uint64_t>(created), salt, 0};
  return encode_values(kSegmentMagic, values);
}

std::optional<SegmentHeader> SegmentHeader::decode(std::string_view bytes) {
  std::uint64_t values[5];
  if (!decode_values(bytes, kSegmentMagic, values)) return std::nullopt;
  return SegmentHeader{values[0], values[1], static_cast<base::TimeNs>(values[2]), values[3]};
}

void RecordHeader::encode(char* to, Salt salt) const {
  char* at = to;
  for (const char c : kMagic) *at++ = c;
  put(at, compressed, 4);
  put(at, bytes, 4);
  put(at, raw_bytes, 4);
  put(at, count, 4);
  put(at, 0, 4);
  put(at, offset, 8);
  put(at, static_cast<std::uint64_t>(appended), 8);
  put(at, payload_checksum, 8);
  put(at, base::hash64({to, kBytes - 8}, salt), 8);
}

std::optional<RecordHeader> RecordHeader::decode(std::string_view bytes, Salt salt) {
  if (bytes.size() < kBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  const char* at = bytes.data() + kMagic.size();
  RecordHeader header;
  header.compressed = static_cast<std::uint32_t>(get(at, 4));
  header.bytes = static_cast<std::uint32_t>(get(at, 4));
  header.raw_bytes = static_cast<std::uint32_t>(get(at, 4));
  header.count = static_cast<std::uint32_t>(get(at, 4));
  const std::uint64_t zero = get(at, 4);
  header.offset = get(at, 8);
  header.appended = static_cast<base::TimeNs>(get(at, 8));
  header.payload_checksum = get(at, 8);
  if (get(at, 8) != base::hash64(bytes.substr(0, kBytes - 8), salt)) return std::nullopt;
  const bool possible = header.compressed <= 1 && zero == 0 && header.count > 0 && header.offset > 0 &&
                        header.offset <= UINT64_MAX - header.count && header.bytes <= kMaxPayloadBytes &&
                        header.raw_bytes <= kMaxPayloadBytes;
  return possible ? std::optional(header) : std::nullopt;
}

std::string DurableMark::encode() const {
  const std::uint64_t values[] = {begin, data_end, next, segment, segment_bytes, 0};
  return encode_values(kDurableMagic, values);
}

std::optional<DurableMark> DurableMark::decode(std::string_view bytes) {
  std::uint64_t values[6];
  if (!decode_values(bytes, kDurableMagic, values)) return std::nullopt;
  return DurableMark{values[0], values[1], values[2], values[3], values[4]};
}

std::string encode_log_file(Salt salt) {
  const std::uint64_t values[] = {salt};
  return encode_values(kLogMagic, values);
}

std::optional<Salt> decode_log_file(std::string_view bytes) {
  std::uint64_t values[1];
  if (!decode_values(bytes, kLogMagic, values)) return std::nullopt;
  return values[0];
}

std::string encode_reserved(std::uint64_t offset) {
  const std::uint64_t values[] = {offset};
  return encode_values(kReservedMagic, values);
}

std::optional<std::uint64_t> decode_reserved(std::string_view bytes) {
  std::uint64_t values[1];
  if (!decode_values(bytes, kReservedMagic, values)) return std::nullopt;
  return values[0];
}

std::string segment_name(std::uint64_t first_offset) {
  const std::string digits = std::to_string(first_offset);
  return std::string(kNameDigits - digits.size(), '0').append(digits).append(kSegmentSuffix);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != kNameDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix))
    return std::nullopt;
  std::uint64_t offset = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + kNameDigits, offset);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + kNameDigits || offset == 0) return std::nullopt;
  return offset;
}

}  // namespace vedette::bus
