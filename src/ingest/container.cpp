#include "container.hpp"

namespace vedette::ingest {
namespace {

using namespace std::string_view_literals;

// The frames that zstd and lz4 decoders skip; parallel compressors begin with one.
bool is_skippable_frame(std::string_view head) {
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xf0) == 0x50 &&
         head.substr(1, 3) == "\x2a\x4d\x18"sv;
}

bool is_bzip2(std::string_view head) {
  if (head.size() < 10 || !head.starts_with("BZh"sv) || head[3] < '1' || head[3] > '9') return false;
  const std::string_view block = head.substr(4, 6);
  return block == "\x31\x41\x59\x26\x53\x59"sv || block == "\x17\x72\x45\x38\x50\x90"sv;
}

bool is_tar(std::string_view head) {
  constexpr std::size_t kChecksumAt = 148;
  constexpr std::size_t kChecksumBytes = 8;
  if (head.size() < kMagicBytes) return false;
  const std::string_view magic = head.substr(257, 6);
  if (magic != "ustar\0"sv && magic != "ustar "sv) return false;
  long sum = 0;
  for (std::size_t i = 0; i < kMagicBytes; ++i) {
    const bool in_checksum = i >= kChecksumAt && i < kChecksumAt + kChecksumBytes;
    sum += in_checksum ? ' ' : static_cast<unsigned char>(head[i]);
  }
  long stated = 0;
  bool digits = false;
  for (const char c : head.substr(kChecksumAt, kChecksumBytes)) {
    if (c == ' ' && !digits) continue;
    if (c < '0' || c > '7') break;
    stated = stated * 8 + (c - '0');
    digits = true;
  }
  return digits && stated == sum;
}

}  // namespace

Container detect_container(std::string_view head) {
  if (head.starts_with("\x1f\x8b\x08"sv)) return Container::gzip;
  if (head.starts_with("\x28\xb5\x2f\xfd"sv) || is_skippable_frame(head)) return Container::zstd;
  if (head.starts_with("\xfd\x37\x7a\x58\x5a\x00"sv)) return Container::xz;
  if (head.starts_with("\x04\x22\x4d\x18"sv)) return Container::lz4;
  if (is_bzip2(head)) return Container::bzip2;
  if (head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv) ||
      head.starts_with("PK\x07\x08"sv)) {
    return Container::zip;
  }
  if (head.starts_with("\x37\x7a\xbc\xaf\x27\x1c"sv)) return Container::seven_zip;
  return is_tar(head) ? Container::tar : Container::none;
}

bool starts_frame(Container kind, std::string_view head) {
  switch (kind) {
    case Container::gzip:
      return head.starts_with("\x1f\x8b"sv);
    case Container::zstd:
      return head.starts_with("\x28\xb5\x2f\xfd"sv) || is_skippable_frame(head);
    case Container::xz:
      return head.starts_with("\xfd\x37\x7a\x58"sv);
    case Container::bzip2:
      return head.starts_with("BZh"sv);
    case Container::lz4:
      return head.starts_with("\x04\x22\x4d\x18"sv) || is_skippable_frame(head);
    default:
      return false;
  }
}

std::string_view container_name(Container kind) {
  switch (kind) {
    case Container::gzip:
      return "gzip";
    case Container::zstd:
      return "zstd";
    case Container::xz:
      return "xz";
    case Container::bzip2:
      return "bzip2";
    case Container::lz4:
      return "lz4";
    case Container::zip:
      return "zip";
    case Container::tar:
      return "tar";
    case Container::seven_zip:
      return "7z";
    case Container::none:
      break;
  }
  return "plain";
}

}  // namespace vedette::ingest
