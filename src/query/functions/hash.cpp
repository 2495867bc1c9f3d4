#include "vedette/base/hash.hpp"

#include <openssl/evp.h>

#include "functions.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query {
namespace {

using model::Value;

// Lower-case hex of the digest of the text's bytes.
template <const EVP_MD* (*algorithm)()>
Value digest(Call& call) {
  model::TextBuffer buffer;
  const std::string_view text = text_in(call.args[0], buffer);
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes, &size, algorithm(), nullptr) != 1) {
    return call.fail("the digest is not available");
  }
  return call.text(base::hex_encode({reinterpret_cast<const char*>(bytes), size}));
}

// XXH3, 64 bits, as 16 hex digits.
Value xxhash(Call& call) {
  static constexpr char kDigits[] = "0123456789abcdef";
  model::TextBuffer buffer;
  std::uint64_t hash = base::hash64(text_in(call.args[0], buffer));
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; hash >>= 4) out[i] = kDigits[hash & 15];
  return call.text(out);
}

constexpr Function kHashFunctions[] = {
    {"md5", 1, 1, digest<EVP_md5>},
    {"sha1", 1, 1, digest<EVP_sha1>},
    {"sha256", 1, 1, digest<EVP_sha256>},
    {"xxhash", 1, 1, xxhash},
};

}  // namespace

std::span<const Function> hash_functions() {
  return kHashFunctions;
}

}  // namespace vedette::query
