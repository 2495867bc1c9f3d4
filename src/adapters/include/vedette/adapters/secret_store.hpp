// The SecretStore: AES-256-GCM by OpenSSL, with keys in a file or of the configuration
// (docs/formats/secrets.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/ports/secret_store.hpp"

namespace vedette::adapters {

struct SecretStoreOptions {
  // Made with one key if absent (mode 0600). Not used if there are keys.
  std::string file;  // "<data>/secrets.keys"
  // Each base64 of 32 bytes, the current one first. Then rotate() is refused: list a new one first instead.
  std::vector<std::string> keys;
};

// invalid_argument: a key that is not base64 of 32 bytes, neither file nor keys; io: the file cannot be read
// or may be read by others than its owner; corrupt: the file is not one of keys.
base::Result<std::unique_ptr<ports::SecretStore>> open_secret_store(const SecretStoreOptions& options);

}  // namespace vedette::adapters
