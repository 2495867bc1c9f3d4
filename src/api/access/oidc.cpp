#include "access/oidc.hpp"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "access/crypto.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {

std::unique_ptr<Oidc> Oidc::make(ports::HttpClient& http, OidcOptions options,
                                 std::function<base::TimeNs()> now) {
  return std::make_unique<access::OidcClient>(http, std::move(options), std::move(now));
}

}  // namespace vedette::api

namespace vedette::api::access {
namespace {

constexpr base::TimeNs kProviderFor = 3600 * base::kNsPerSecond;
constexpr base::TimeNs kKeysAgainAfter = 30 * base::kNsPerSecond;
constexpr std::size_t kMaxAnswer = 1 << 20;

std::string form_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (base::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string form_of(const std::vector<std::pair<std::string_view, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out += (out.empty() ? "" : "&") + std::string(name) + "=" + form_encoded(value);
  }
  return out;
}

base::Error provider_fault(std::string_view what) {
  return base::make_error(base::ErrorCode::io, "the sign-in provider: " + std::string(what));
}

base::Result<boost::json::object> answer_object(std::string_view body) {
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(boost::json::string_view(body.data(), body.size()), error);
  if (error || !value.is_object()) return provider_fault("it did not answer a JSON object");
  return std::move(value.get_object());
}

std::string answer_text(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

bool OidcClient::is_trusted_url(std::string_view url) const {
  const bool clear = std::any_of(url.begin(), url.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7F;
  });
  if (clear || url.size() > 2048) return false;
  if (url.starts_with("https://")) return true;
  return options_.allow_private &&
         (url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:"));
}

base::Result<std::string> OidcClient::fetch(ports::OutboundRequest request,
                                            const base::CancellationToken& cancellation) {
  request.timeout = std::chrono::seconds(10);
  request.max_response_bytes = kMaxAnswer;
  request.max_redirects = 0;
  request.ca_file = options_.ca_file;
  request.allow_private = options_.allow_private;
  request.headers.emplace_back("Accept", "application/json");
  TRY_ASSIGN(ports::InboundResponse response, http_.send(request, cancellation));
  if (response.status != 200) return provider_fault("it answered " + std::to_string(response.status));
  return std::move(response.body);
}

base::Result<OidcClient::Provider> OidcClient::provider(const base::CancellationToken& cancellation) {
  {
    const std::lock_guard lock(mutex_);
    if (provider_ && now_() - provider_->read < kProviderFor) return *provider_;
  }
  std::string at = options_.issuer;
  while (at.ends_with('/')) at.pop_back();
  ports::OutboundRequest request;
  request.url = at + "/.well-known/openid-configuration";
  if (!is_trusted_url(request.url)) return provider_fault("its issuer is not an https address");
  TRY_ASSIGN(const std::string body, fetch(std::move(request), cancellation));
  TRY_ASSIGN(const boost::json::object found, answer_object(body));
  if (answer_text(found, "issuer") != options_.issuer)
    return provider_fault("it calls itself by another issuer");
  Provider out{answer_text(found, "authorization_endpoint"), answer_text(found, "token_endpoint"),
               answer_text(found, "jwks_uri"), now_()};
  for (const std::string* url : {&out.authorization, &out.token, &out.jwks}) {
    if (!is_trusted_url(*url)) return provider_fault("it names an address that is not https");
  }
  const std::lock_guard lock(mutex_);
  provider_ = out;
  return out;
}

base::Result<OidcClient::Start> OidcClient::begin(const base::CancellationToken& cancellation) {
  TRY_ASSIGN(const Provider at, provider(cancellation));
  const std::string state = base64url(random_bytes(32));
  Pending pending{base64url(random_bytes(32)), base64url(random_bytes(32)), now_()};
  std::string scopes;
  for (const std::string& scope : options_.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  const std::string form = form_of({{"response_type", "code"},
                                    {"client_id", options_.client_id},
                                    {"redirect_uri", options_.redirect_uri},
                                    {"scope", scopes},
                                    {"state", state},
                                    {"nonce", pending.nonce},
                                    {"code_challenge", base64url(sha256(pending.verifier))},
                                    {"code_challenge_method", "S256"}});
  const std::lock_guard lock(mutex_);
  if (pending_.size() >= kMaxPending) {
    std::erase_if(pending_, [&](const auto& one) { return now_() - one.second.begun >= kPendingFor; });
  }
  if (pending_.size() >= kMaxPending) {
    pending_.erase(std::min_element(pending_.begin(), pending_.end(), [](const auto& a, const auto& b) {
      return a.second.begun < b.second.begun;
    }));
  }
  pending_[sha256_hex(state)] = std::move(pending);
  const char joint = at.authorization.find('?') == std::string::npos ? '?' : '&';
  return Start{at.authorization + joint + form, state};
}

base::Result<OidcClient::Pending> OidcClient::take(std::string_view state) {
  const std::lock_guard lock(mutex_);
  const auto found = pending_.find(sha256_hex(state));
  if (found == pending_.end()) {
    return base::make_error(base::ErrorCode::invalid_argument, "no such sign-in is under way: begin again");
  }
  Pending out = std::move(found->second);
  pending_.erase(found);
  if (now_() - out.begun >= kPendingFor) {
    return base::make_error(base::ErrorCode::invalid_argument, "the sign-in took too long: begin again");
  }
  return out;
}

base::Result<JsonWebKeys> OidcClient::keys_for(const Provider& provider, std::string_view key_id,
                                               const base::CancellationToken& cancellation) {
  {
    const std::lock_guard lock(mutex_);
    const base::TimeNs age = now_() - keys_read_;
    // A key that is not known yet is looked for, but tokens cannot make this ask all the time.
    if (keys_ && age < kProviderFor && (keys_->has(key_id) || age < kKeysAgainAfter)) return *keys_;
  }
  ports::OutboundRequest request;
  request.url = provider.jwks;
  TRY_ASSIGN(const std::string body, fetch(std::move(request), cancellation));
  TRY_ASSIGN(JsonWebKeys keys, JsonWebKeys::parse(body));
  const std::lock_guard lock(mutex_);
  keys_ = keys;
  keys_read_ = now_();
  return keys;
}

base::Result<OidcIdentity> OidcClient::finish(std::string_view state, std::string_view code,
                                              std::string_view issuer,
                                              const base::CancellationToken& cancellation) {
  TRY_ASSIGN(const Pending pending, take(state));
  // RFC 9207: who answers is who was asked.
  if (!issuer.empty() && issuer != options_.issuer) {
    return base::make_error(base::ErrorCode::invalid_argument, "the answer is of another provider");
  }
  if (code.empty() || code.size() > 4096) {
    return base::make_error(base::ErrorCode::invalid_argument, "the provider gave no code");
  }
  TRY_ASSIGN(const Provider at, provider(cancellation));
  ports::OutboundRequest request;
  request.method = "POST";
  request.url = at.token;
  std::vector<std::pair<std::string_view, std::string>> fields{{"grant_type", "authorization_code"},
                                                               {"code", std::string(code)},
                                                               {"redirect_uri", options_.redirect_uri},
                                                               {"client_id", options_.client_id},
                                                               {"code_verifier", pending.verifier}};
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  if (!options_.client_secret.empty()) {
    request.headers.emplace_back("Authorization",
                                 "Basic " + base::base64_encode(form_encoded(options_.client_id) + ":" +
                                                                form_encoded(options_.client_secret)));
  }
  request.body = form_of(fields);
  TRY_ASSIGN(const std::string body, fetch(std::move(request), cancellation));
  TRY_ASSIGN(const boost::json::object answer, answer_object(body));
  const std::string token = answer_text(answer, "id_token");
  TRY_ASSIGN(const std::string key_id, token_key_id(token));
  TRY_ASSIGN(const JsonWebKeys keys, keys_for(at, key_id, cancellation));
  TokenExpectations expected;
  expected.issuer = options_.issuer;
  expected.client_id = options_.client_id;
  expected.nonce = pending.nonce;
  expected.now = now_();
  return verify_id_token(token, keys, expected);
}

}  // namespace vedette::api::access
