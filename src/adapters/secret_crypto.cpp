#include "secret_crypto.hpp"

#include <cstdint>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace vedette::adapters {

namespace {

constexpr std::string_view kBase64UrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

unsigned char* bytes_at(std::string& text, std::size_t offset = 0) {
  return reinterpret_cast<unsigned char*>(text.data()) + offset;
}
const unsigned char* bytes_of_text(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

base::Error crypto_failed(const char* what) {
  return base::Error{base::ErrorCode::unsupported, fmt::format("OpenSSL cannot {}", what)};
}

}  // namespace

SecretBytes::SecretBytes(SecretBytes&& other) noexcept {
  bytes_.swap(other.bytes_);
}
SecretBytes& SecretBytes::operator=(SecretBytes other) noexcept {
  bytes_.swap(other.bytes_);
  return *this;
}
SecretBytes::~SecretBytes() {
  wipe(bytes_);
}

// All that it has room for: a longer text may have stood there.
void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

base::Result<SecretBytes> random_bytes(std::size_t size) {
  SecretBytes random(std::string(size, '\0'));
  if (RAND_bytes(bytes_at(random.bytes()), static_cast<int>(size)) != 1) {
    return crypto_failed("give random bytes");
  }
  return random;
}

base::Result<std::string> encrypt(std::string_view key, std::string_view text, std::string_view additional) {
  std::string out(kNonceBytes + text.size() + kTagBytes, '\0');
  if (RAND_bytes(bytes_at(out), kNonceBytes) != 1) return crypto_failed("give random bytes");
  const CipherPtr cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool done =
      cipher && key.size() == kKeyBytes &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of_text(key), bytes_at(out)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of_text(additional),
                        static_cast<int>(additional.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), bytes_at(out, kNonceBytes), &size, bytes_of_text(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), bytes_at(out, kNonceBytes + text.size()), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                          bytes_at(out, kNonceBytes + text.size())) == 1;
  if (!done) return crypto_failed("encrypt");
  return out;
}

std::optional<SecretBytes> decrypt(std::string_view key, std::string_view sealed,
                                   std::string_view additional) {
  if (sealed.size() < kNonceBytes + kTagBytes || key.size() != kKeyBytes) return std::nullopt;
  const std::string_view text = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  SecretBytes out(std::string(text.size() + kTagBytes, '\0'));
  const CipherPtr cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool done = cipher &&
                    EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of_text(key),
                                       bytes_of_text(sealed)) == 1 &&
                    EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of_text(additional),
                                      static_cast<int>(additional.size())) == 1 &&
                    EVP_DecryptUpdate(cipher.get(), bytes_at(out.bytes()), &size, bytes_of_text(text),
                                      static_cast<int>(text.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(cipher.get(), bytes_at(out.bytes(), text.size()), &size) == 1;
  if (!done) return std::nullopt;
  out.bytes().resize(text.size());
  return out;
}

std::string to_base64url(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 4 / 3 + 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) out += kBase64UrlDigits[bits >> (count - 6) & 63];
  }
  if (count > 0) out += kBase64UrlDigits[bits << (6 - count) & 63];
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3 / 4 + 4);  // once, so that no copy of a key stays behind
  std::uint32_t bits = 0;
  int count = 0;
  for (const char digit : text) {
    const std::size_t value = kBase64UrlDigits.find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 255);
  }
  if (count >= 6 || (bits & ((1u << count) - 1)) != 0) return std::nullopt;
  return out;
}

std::optional<SecretBytes> key_from_base64(std::string_view text) {
  SecretBytes digits{std::string(text)};
  for (char& digit : digits.bytes()) {
    if (digit == '+') digit = '-';
    if (digit == '/') digit = '_';
  }
  std::string_view bare = digits.view();
  while (bare.ends_with('=')) bare.remove_suffix(1);
  auto bytes = from_base64url(bare);
  if (!bytes) return std::nullopt;
  SecretBytes key(std::move(*bytes));
  if (key.view().size() != kKeyBytes) return std::nullopt;
  return key;
}

std::string key_id(std::string_view key) {
  const std::string labelled = "vedette key id\n";
  SecretBytes hashed(labelled + std::string(key));
  unsigned char digest[EVP_MAX_MD_SIZE] = {};
  unsigned int size = 0;
  EVP_Digest(hashed.view().data(), hashed.view().size(), digest, &size, EVP_sha256(), nullptr);
  std::string id;
  for (int i = 0; i < 8; ++i) fmt::format_to(std::back_inserter(id), "{:02x}", digest[i]);
  return id;
}

}  // namespace vedette::adapters
