// Signing in at a provider: OpenID Connect's authorization code flow with PKCE (RFC 7636, S256).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/jwt.hpp"
#include "vedette/base/cancellation.hpp"
#include "vedette/ports/http_client.hpp"

namespace vedette::api::access {

struct OidcOptions {
  std::string issuer;                    // https, exactly as the provider calls itself
  std::string client_id, client_secret;  // no secret: a public client
  std::string redirect_uri;              // .../api/v1/oidc/callback
  std::vector<std::string> scopes{"openid", "profile", "email"};
  std::string ca_file;
  bool allow_private = false;  // a provider in one's own network, or (tests) without TLS on loopback
};

// Thread safe; finish blocks on the provider.
class OidcClient {
 public:
  static constexpr std::size_t kMaxPending = 10'000;  // sign-ins under way; the oldest go
  static constexpr base::TimeNs kPendingFor = 600 * base::kNsPerSecond;

  OidcClient(ports::HttpClient& http, OidcOptions options, std::function<base::TimeNs()> now)
      : http_(http), options_(std::move(options)), now_(std::move(now)) {}

  struct Start {
    std::string url;    // where the browser goes
    std::string state;  // to be kept in a cookie of the browser, and compared when it comes back
  };
  base::Result<Start> begin(const base::CancellationToken& cancellation);
  // What came back, `state` once. invalid_argument: refused (the message says why); io: the provider.
  base::Result<TokenClaims> finish(std::string_view state, std::string_view code, std::string_view issuer,
                                   const base::CancellationToken& cancellation);

 private:
  struct Provider {
    std::string authorization, token, jwks;
    base::TimeNs read = 0;
  };
  struct Pending {
    std::string nonce, verifier;
    base::TimeNs begun = 0;
  };
  base::Result<Provider> provider(const base::CancellationToken& cancellation);
  base::Result<std::string> fetch(ports::OutboundRequest request,
                                  const base::CancellationToken& cancellation);
  base::Result<JsonWebKeys> keys_for(const Provider& provider, std::string_view key_id,
                                     const base::CancellationToken& cancellation);
  base::Result<Pending> take(std::string_view state);
  bool is_trusted_url(std::string_view url) const;

  ports::HttpClient& http_;
  const OidcOptions options_;
  const std::function<base::TimeNs()> now_;
  std::mutex mutex_;  // guards all below
  std::optional<Provider> provider_;
  std::optional<JsonWebKeys> keys_;
  base::TimeNs keys_read_ = 0;
  std::map<std::string, Pending, std::less<>> pending_;  // by the hash of the state
};

}  // namespace vedette::api::access
