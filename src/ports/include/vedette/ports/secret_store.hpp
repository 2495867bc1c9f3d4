// SecretStore: short secrets (seeds of one-time codes, pass words of feeds and channels) encrypted at rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::ports {

inline constexpr std::size_t kMaxSecretBytes = 64 << 10;

// Envelope encryption: a sealed text holds the secret under a data key, and the data key under the current
// key-encryption key. Thread safe.
class SecretStore {
 public:
  virtual ~SecretStore() = default;
  // `purpose` ("totp:<user id>") is bound to the text (additional data): opened under another purpose it
  // fails. The result is printable ASCII and says the version of its form and the key it needs.
  virtual base::Result<std::string> seal(std::string_view secret, std::string_view purpose) const = 0;
  // corrupt: changed, of another purpose, or of a key that is not there (the message says which).
  virtual base::Result<std::string> open(std::string_view sealed, std::string_view purpose) const = 0;
  // The same secret under the current key; only the wrapped data key changes. The text itself if current.
  virtual base::Result<std::string> rewrap(std::string_view sealed, std::string_view purpose) const = 0;
  // A new current key; texts of older ones still open. Returns its id.
  virtual base::Result<std::string> rotate() = 0;
  virtual std::string current_key() const = 0;
};

}  // namespace vedette::ports
