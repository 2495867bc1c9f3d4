// The key-encryption keys and the file that holds them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "secret_crypto.hpp"

namespace vedette::adapters {

struct SecretKey {
  std::string id;
  SecretBytes bytes;
};
// The current one first.
using SecretKeys = std::vector<SecretKey>;

base::Result<SecretKeys> keys_from_texts(const std::vector<std::string>& texts);
// Makes the file with one new key if it is absent.
base::Result<SecretKeys> load_keys(const std::string& file);
// Atomically, with mode 0600 from the first byte on, synced.
base::Status save_keys(const std::string& file, const SecretKeys& keys);
base::Result<SecretKey> new_key();

}  // namespace vedette::adapters
