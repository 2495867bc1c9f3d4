// ID tokens (RFC 7519, OpenID Connect Core 1.0 section 3.1.3.7) and the keys that sign them (RFC 7517).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/api/oidc.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"

namespace vedette::api::access {

// Public keys of a provider. Keys that are not for RS256 (RSA of 2,048 bits or more) or ES256 (P-256) are
// passed over: no secret of a client can be taken for one.
class JsonWebKeys {
 public:
  // corrupt: not a set of keys; limit: more than 100.
  static base::Result<JsonWebKeys> parse(std::string_view json);
  bool has(std::string_view key_id) const;
  // Whether one of the keys with this id (every key if the token names none) made the signature.
  bool verify(std::string_view algorithm, std::string_view key_id, std::string_view signed_text,
              std::string_view signature) const;

 private:
  struct Key {
    std::string id, algorithm;
    std::shared_ptr<void> key;  // EVP_PKEY
  };
  std::vector<Key> keys_;
};

struct TokenExpectations {
  std::string issuer, client_id, nonce;
  base::TimeNs now = 0;
  base::TimeNs leeway = 60 * base::kNsPerSecond;  // of clocks
  base::TimeNs max_age = 3600 * base::kNsPerSecond;
};
// The id of the key that an ID token names; corrupt if it is none, unsupported if it is not RS256 or ES256.
base::Result<std::string> token_key_id(std::string_view token);
// Checks the signature, then iss, aud, azp, exp, iat, nbf, nonce and sub. invalid_argument says what does not
// hold.
base::Result<OidcIdentity> verify_id_token(std::string_view token, const JsonWebKeys& keys,
                                           const TokenExpectations& expected);

}  // namespace vedette::api::access
