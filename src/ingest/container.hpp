// Tells compressed data and archives from plain bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vedette::ingest {

enum class Container : std::uint8_t { none, gzip, zstd, xz, bzip2, lz4, zip, tar, seven_zip };

// As many first bytes as detection looks at.
inline constexpr std::size_t kMagicBytes = 512;

// By magic bytes alone. A tar header must also have its checksum right, as its magic is printable text.
Container detect_container(std::string_view head);
// True if `head` (4 bytes or more) begins another frame of the same compression.
bool starts_frame(Container kind, std::string_view head);
inline bool is_compression(Container kind) {
  return kind >= Container::gzip && kind <= Container::lz4;
}
std::string_view container_name(Container kind);

}  // namespace vedette::ingest
