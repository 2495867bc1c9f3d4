// Fast non-cryptographic hashes (XXH3), stable across machines and releases: ids are built on them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace vedette::base {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);
// 128 bits as 32 lower-case hex digits.
std::string hash128_hex(std::string_view bytes);

}  // namespace vedette::base
