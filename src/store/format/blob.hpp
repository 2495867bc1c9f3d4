// Blobs (bytes that may be compressed) and packed integers. Internal to the store.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "format/bytes.hpp"

namespace vedette::store::format {

inline constexpr std::uint64_t kMaxBlobBytes = 1ULL << 30;

// Compresses with zstd level 1 where that pays.
void put_blob(std::string& out, std::string_view bytes);
// Appends the bytes to `to`; false if the blob is broken.
bool read_blob(ByteReader& in, std::string& to);

// The lowest `width` (0 to 64) bits of each number, one after the other.
void pack_bits(std::string& out, std::span<const std::uint64_t> numbers, unsigned width);
constexpr std::uint64_t packed_bytes(std::uint64_t count, unsigned width) {
  return (count * width + 7) / 8;
}
// `packed` holds packed_bytes(to.size(), width) bytes.
void unpack_bits(std::string_view packed, unsigned width, std::span<std::uint64_t> to);

// Integers by frame of reference or as deltas, whichever is smaller. The count is not written.
void put_integers(std::string& out, std::span<const std::int64_t> numbers);
bool read_integers(ByteReader& in, std::span<std::int64_t> to);
// Bytes that put_integers would take, about.
std::uint64_t integers_size(std::span<const std::int64_t> numbers);

}  // namespace vedette::store::format
