#include "vedette/adapters/secret_store.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include <fmt/format.h>

#include "secret_keys.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {

using base::ErrorCode;

namespace {

constexpr std::string_view kSealedVersion = "v1";
constexpr std::size_t kMaxPurposeBytes = 4 << 10;

// "v1:<key id>:<wrapped data key>:<sealed secret>", the latter two in base64url.
struct SealedParts {
  std::string key_id, wrapped, secret;
};

base::Error bad_seal(std::string_view what) {
  return base::Error{ErrorCode::corrupt, fmt::format("the sealed secret cannot be opened: {}", what)};
}

base::Result<SealedParts> parse_sealed(std::string_view text) {
  if (text.size() > 2 * ports::kMaxSecretBytes) return bad_seal("it is too long");
  const auto parts = base::split(text, ':');
  if (parts.size() != 4) return bad_seal("it is not in the form of a sealed secret");
  if (parts[0] != kSealedVersion) return bad_seal("it is of a version that is not known");
  const bool is_id =
      parts[1].size() == 16 && parts[1].find_first_not_of("0123456789abcdef") == std::string_view::npos;
  auto wrapped = from_base64url(parts[2]), secret = from_base64url(parts[3]);
  if (!is_id || !wrapped || !secret) return bad_seal("it was changed");
  return SealedParts{std::string(parts[1]), std::move(*wrapped), std::move(*secret)};
}

std::string sealed_text(const SealedParts& parts) {
  return fmt::format("{}:{}:{}:{}", kSealedVersion, parts.key_id, to_base64url(parts.wrapped),
                     to_base64url(parts.secret));
}

// The data key is bound to the key that wraps it and to the purpose, the secret to the purpose.
std::string wrap_data(std::string_view key, std::string_view purpose) {
  return fmt::format("vedette-wrap-{}\n{}\n{}", kSealedVersion, key, purpose);
}
std::string secret_data(std::string_view purpose) {
  return fmt::format("vedette-secret-{}\n{}", kSealedVersion, purpose);
}

class EnvelopeStore final : public ports::SecretStore {
 public:
  EnvelopeStore(SecretKeys keys, std::string file) : keys_(std::move(keys)), file_(std::move(file)) {}

  base::Result<std::string> seal(std::string_view secret, std::string_view purpose) const override {
    if (secret.size() > ports::kMaxSecretBytes || purpose.size() > kMaxPurposeBytes) {
      return base::make_error(ErrorCode::limit, fmt::format("a secret has at most {} bytes, its purpose {}",
                                                            ports::kMaxSecretBytes, kMaxPurposeBytes));
    }
    TRY_ASSIGN(const SecretBytes data_key, random_bytes(kKeyBytes));
    const std::shared_lock lock(mutex_);
    SealedParts parts;
    TRY_ASSIGN(parts.secret, encrypt(data_key.view(), secret, secret_data(purpose)));
    TRY(wrap(data_key, purpose, parts));
    return sealed_text(parts);
  }

  base::Result<std::string> open(std::string_view sealed, std::string_view purpose) const override {
    TRY_ASSIGN(const SealedParts parts, parse_sealed(sealed));
    const std::shared_lock lock(mutex_);
    TRY_ASSIGN(const SecretBytes data_key, unwrap(parts, purpose));
    auto secret = decrypt(data_key.view(), parts.secret, secret_data(purpose));
    if (!secret) return bad_seal("it was changed");
    return std::string(secret->view());
  }

  base::Result<std::string> rewrap(std::string_view sealed, std::string_view purpose) const override {
    TRY_ASSIGN(SealedParts parts, parse_sealed(sealed));
    const std::shared_lock lock(mutex_);
    TRY_ASSIGN(const SecretBytes data_key, unwrap(parts, purpose));
    if (!decrypt(data_key.view(), parts.secret, secret_data(purpose))) return bad_seal("it was changed");
    if (parts.key_id == keys_.front().id) return std::string(sealed);
    TRY(wrap(data_key, purpose, parts));
    return sealed_text(parts);
  }

  base::Result<std::string> rotate() override {
    const std::unique_lock lock(mutex_);
    if (file_.empty()) {
      return base::make_error(ErrorCode::unsupported,
                              "the keys of secrets come from the configuration: list a new one first there");
    }
    // Another process may have rotated them.
    TRY_ASSIGN(SecretKeys keys, load_keys(file_));
    TRY_ASSIGN(SecretKey key, new_key());
    keys.insert(keys.begin(), std::move(key));
    TRY(save_keys(file_, keys));
    keys_ = std::move(keys);
    return keys_.front().id;
  }

  std::string current_key() const override {
    const std::shared_lock lock(mutex_);
    return keys_.front().id;
  }

 private:
  base::Status wrap(const SecretBytes& data_key, std::string_view purpose, SealedParts& parts) const {
    const SecretKey& key = keys_.front();
    TRY_ASSIGN(parts.wrapped, encrypt(key.bytes.view(), data_key.view(), wrap_data(key.id, purpose)));
    parts.key_id = key.id;
    return base::ok_status();
  }

  base::Result<SecretBytes> unwrap(const SealedParts& parts, std::string_view purpose) const {
    const auto key = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const SecretKey& known) { return known.id == parts.key_id; });
    if (key == keys_.end())
      return bad_seal(fmt::format("it needs the key {}, which is not there", parts.key_id));
    auto data_key = decrypt(key->bytes.view(), parts.wrapped, wrap_data(key->id, purpose));
    if (!data_key) return bad_seal("it was changed, or sealed for another purpose");
    return std::move(*data_key);
  }

  mutable std::shared_mutex mutex_;  // guards keys_
  SecretKeys keys_;                  // at least one
  const std::string file_;           // empty: of the configuration
};

}  // namespace

base::Result<std::unique_ptr<ports::SecretStore>> open_secret_store(const SecretStoreOptions& options) {
  TRY_ASSIGN(SecretKeys keys, keys_from_texts(options.keys));
  if (keys.empty() && options.file.empty()) {
    return base::make_error(ErrorCode::invalid_argument, "secrets need a file of keys, or keys");
  }
  const std::string file = keys.empty() ? options.file : std::string();
  if (keys.empty()) {
    TRY_ASSIGN(keys, load_keys(file));
  }
  return std::unique_ptr<ports::SecretStore>(std::make_unique<EnvelopeStore>(std::move(keys), file));
}

}  // namespace vedette::adapters
