#include "rest/digest.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {

std::string sha256_hex(std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned int size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                   EVP_sha256(), nullptr) == 1);
  return base::hex_encode(digest);
}

std::string random_hex(std::size_t bytes) {
  std::string random(bytes, '\0');
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) == 1);
  return base::hex_encode(random);
}

}  // namespace vedette::api
