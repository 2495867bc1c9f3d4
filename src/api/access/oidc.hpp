// The implementation of Oidc.
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
#include "vedette/api/oidc.hpp"
#include "vedette/base/cancellation.hpp"
#include "vedette/ports/http_client.hpp"

namespace vedette::api::access {

class OidcClient final : public Oidc {
 public:
  static constexpr std::size_t kMaxPending = 10'000;  // sign-ins under way; the oldest go
  static constexpr base::TimeNs kPendingFor = 600 * base::kNsPerSecond;

  OidcClient(ports::HttpClient& http, OidcOptions options, std::function<base::TimeNs()> now)
      : Oidc(std::move(options)), http_(http), now_(std::move(now)) {}

  base::Result<Start> begin(const base::CancellationToken& cancellation) override;
  base::Result<OidcIdentity> finish(std::string_view state, std::string_view code, std::string_view issuer,
                                    const base::CancellationToken& cancellation) override;

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
  const std::function<base::TimeNs()> now_;
  std::mutex mutex_;  // guards all below
  std::optional<Provider> provider_;
  std::optional<JsonWebKeys> keys_;
  base::TimeNs keys_read_ = 0;
  std::map<std::string, Pending, std::less<>> pending_;  // by the hash of the state
};

}  // namespace vedette::api::access
