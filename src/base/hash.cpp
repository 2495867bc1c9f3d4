#include "vedette/base/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "vedette/base/text.hpp"

namespace vedette::base {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string hash128_hex(std::string_view bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  return hex_encode({reinterpret_cast<const char*>(canonical.digest), sizeof canonical.digest});
}

}  // namespace vedette::base
