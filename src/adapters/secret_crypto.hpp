// AES-256-GCM and keys, as the secret store uses them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::adapters {

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;

// Bytes that are wiped when they are done with.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::string bytes) : bytes_(std::move(bytes)) {}
  SecretBytes(const SecretBytes&) = default;
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes other) noexcept;
  ~SecretBytes();
  std::string_view view() const { return bytes_; }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};
void wipe(std::string& bytes);

base::Result<SecretBytes> random_bytes(std::size_t size);
// A new nonce, then the ciphertext, then the tag.
base::Result<std::string> encrypt(std::string_view key, std::string_view text, std::string_view additional);
// nullopt: changed, of another key, or of other additional data.
std::optional<SecretBytes> decrypt(std::string_view key, std::string_view sealed,
                                   std::string_view additional);

std::string to_base64url(std::string_view bytes);  // without padding
// The one text that to_base64url makes of some bytes; nullopt for any other.
std::optional<std::string> from_base64url(std::string_view text);
// Of 32 bytes, in either alphabet, with or without padding.
std::optional<SecretBytes> key_from_base64(std::string_view text);
// What a key is known by: 16 hex digits of a hash of it.
std::string key_id(std::string_view key);

}  // namespace vedette::adapters
