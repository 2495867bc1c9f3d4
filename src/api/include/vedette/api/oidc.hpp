// Signing in at a provider: OpenID Connect's authorization code flow with PKCE (RFC 7636, S256).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/ports/http_client.hpp"

namespace vedette::api {

struct OidcOptions {
  std::string issuer;                    // https, exactly as the provider calls itself
  std::string client_id, client_secret;  // no secret: a public client
  std::string redirect_uri;              // https://.../api/v1/oidc/callback
  std::vector<std::string> scopes{"openid", "profile", "email"};
  std::string ca_file;
  bool allow_private = false;  // a provider in one's own network, or one without TLS on loopback
  // Who signs in for the first time gets an account of this tenant with these roles; else they are refused.
  bool create = false;
  std::string tenant;
  std::vector<std::string> roles;
};

// Who the provider says it is. `subject` is the only one that stays the same.
struct OidcIdentity {
  std::string subject, name, email, preferred_name;
  bool email_verified = false;
};

// Thread safe; blocks on the provider.
class Oidc {
 public:
  static std::unique_ptr<Oidc> make(ports::HttpClient& http, OidcOptions options,
                                    std::function<base::TimeNs()> now);
  virtual ~Oidc() = default;

  struct Start {
    std::string url;    // where the browser goes
    std::string state;  // to be kept in a cookie of the browser, and compared when it comes back
  };
  virtual base::Result<Start> begin(const base::CancellationToken& cancellation) = 0;
  // What came back; each state once, for ten minutes. `issuer`: of RFC 9207, may be empty. invalid_argument:
  // refused (the message says why); others: the provider cannot be reached or is wrong.
  virtual base::Result<OidcIdentity> finish(std::string_view state, std::string_view code,
                                            std::string_view issuer,
                                            const base::CancellationToken& cancellation) = 0;
  const OidcOptions& options() const { return options_; }

 protected:
  explicit Oidc(OidcOptions options) : options_(std::move(options)) {}
  const OidcOptions options_;
};

}  // namespace vedette::api
