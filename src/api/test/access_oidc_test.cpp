#include <algorithm>
#include <map>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "access/crypto.hpp"
#include "access/oidc.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::access {
namespace {

constexpr base::TimeNs kTokenNow = 1'800'000'000 * base::kNsPerSecond;

// A key of a provider, with which tokens are signed.
class SigningKey {
 public:
  static const SigningKey& rsa() {
    static const SigningKey key(::EVP_RSA_gen(2048), "r1");
    return key;
  }
  static const SigningKey& weak_rsa() {
    static const SigningKey key(::EVP_RSA_gen(1024), "weak");
    return key;
  }
  static const SigningKey& ec() {
    static const SigningKey key(::EVP_EC_gen("P-256"), "e1");
    return key;
  }
  std::string jwk() const {
    if (::EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA) {
      return R"({"kty":"RSA","use":"sig","kid":")" + id_ + R"(","n":")" + number(OSSL_PKEY_PARAM_RSA_N) +
             R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E) + R"("})";
    }
    return R"({"kty":"EC","crv":"P-256","kid":")" + id_ + R"(","x":")" +
           number(OSSL_PKEY_PARAM_EC_PUB_X, 32) + R"(","y":")" + number(OSSL_PKEY_PARAM_EC_PUB_Y, 32) +
           R"("})";
  }
  std::string sign(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free);
    std::size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    ::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key_.get());
    ::EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::string out(size, '\0');
    ::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size());
    out.resize(size);
    if (::EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA) return out;
    const auto* at = reinterpret_cast<const unsigned char*>(out.data());
    ECDSA_SIG* signature = ::d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(out.size()));
    std::string plain(64, '\0');
    ::BN_bn2binpad(::ECDSA_SIG_get0_r(signature), reinterpret_cast<unsigned char*>(plain.data()), 32);
    ::BN_bn2binpad(::ECDSA_SIG_get0_s(signature), reinterpret_cast<unsigned char*>(plain.data()) + 32, 32);
    ::ECDSA_SIG_free(signature);
    return plain;
  }

 private:
  SigningKey(EVP_PKEY* key, std::string id) : key_(key, ::EVP_PKEY_free), id_(std::move(id)) {}
  std::string number(const char* name, int width = 0) const {
    BIGNUM* value = nullptr;
    ::EVP_PKEY_get_bn_param(key_.get(), name, &value);
    const int size = width > 0 ? width : BN_num_bytes(value);
    std::string out(static_cast<std::size_t>(size), '\0');
    ::BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), size);
    ::BN_free(value);
    return base64url(out);
  }
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::string id_;
};

std::string unsigned_token(std::string_view header, std::string_view claims) {
  return base64url(header) + "." + base64url(claims);
}

std::string token_of(const SigningKey& key, std::string_view header, std::string_view claims) {
  const std::string text = unsigned_token(header, claims);
  return text + "." + base64url(key.sign(text));
}

constexpr std::string_view kRsHeader = R"({"alg":"RS256","kid":"r1"})",
                           kEsHeader = R"({"alg":"ES256","kid":"e1"})";

std::string claims_with(std::string_view name, std::string_view json) {
  std::map<std::string, std::string, std::less<>> claims{{"iss", R"("https://id.example")"},
                                                         {"aud", R"("vedette")"},
                                                         {"sub", R"("42")"},
                                                         {"nonce", R"("n")"},
                                                         {"exp", "1800000300"},
                                                         {"iat", "1800000000"},
                                                         {"name", R"("Eve")"}};
  claims[std::string(name)] = json;
  std::string out = "{";
  for (const auto& [key, value] : claims) {
    if (!value.empty()) out += (out.size() > 1 ? ",\"" : "\"") + key + "\":" + value;
  }
  return out + "}";
}

JsonWebKeys keys() {
  return JsonWebKeys::parse(R"({"keys":[)" + SigningKey::rsa().jwk() + "," + SigningKey::ec().jwk() + "]}")
      .value();
}

TokenExpectations expectations() {
  TokenExpectations out;
  out.issuer = "https://id.example";
  out.client_id = "vedette";
  out.nonce = "n";
  out.now = kTokenNow;
  return out;
}

bool accepted(const std::string& token) {
  return verify_id_token(token, keys(), expectations()).ok();
}

TEST(AccessJwt, BothAlgorithms) {
  const auto rs =
      verify_id_token(token_of(SigningKey::rsa(), kRsHeader, claims_with("x", "1")), keys(), expectations());
  ASSERT_TRUE(rs.ok()) << rs.error().message;
  EXPECT_EQ(rs->subject, "42");
  EXPECT_EQ(rs->name, "Eve");
  EXPECT_TRUE(accepted(token_of(SigningKey::ec(), kEsHeader, claims_with("x", "1"))));
  EXPECT_TRUE(accepted(token_of(SigningKey::ec(), R"({"alg":"ES256"})", claims_with("x", "1"))));
}

TEST(AccessJwt, ConfusedAlgorithmsAreRefused) {
  const std::string claims = claims_with("x", "1");
  EXPECT_FALSE(accepted(unsigned_token(R"({"alg":"none"})", claims) + "."));
  EXPECT_FALSE(accepted(unsigned_token(R"({"alg":"none"})", claims) + ".AAAA"));
  EXPECT_FALSE(accepted(unsigned_token(R"({"alg":"None","kid":"r1"})", claims) + ".AAAA"));
  // A key that is public, used as the secret of an HMAC.
  const std::string hs = unsigned_token(R"({"alg":"HS256","kid":"r1"})", claims);
  EXPECT_FALSE(accepted(hs + "." + base64url(hmac_sha256(SigningKey::rsa().jwk(), hs))));
  EXPECT_FALSE(accepted(token_of(SigningKey::rsa(), R"({"alg":"ES256","kid":"r1"})", claims)));
  EXPECT_FALSE(accepted(token_of(SigningKey::ec(), R"({"alg":"RS256","kid":"e1"})", claims)));
  EXPECT_FALSE(accepted(token_of(SigningKey::rsa(), R"({"alg":"PS256","kid":"r1"})", claims)));
  EXPECT_FALSE(accepted(token_of(SigningKey::rsa(), R"({"alg":"RS256","kid":"r2"})", claims)));
  EXPECT_FALSE(accepted(token_of(SigningKey::rsa(), R"({"alg":"RS256","kid":"r1","crit":["x"]})", claims)));
  EXPECT_FALSE(accepted(token_of(SigningKey::weak_rsa(), R"({"alg":"RS256","kid":"weak"})", claims)));
  // A key that the token itself brings along.
  EXPECT_FALSE(accepted(token_of(SigningKey::weak_rsa(),
                                 R"({"alg":"RS256","jwk":)" + SigningKey::weak_rsa().jwk() + "}", claims)));
}

TEST(AccessJwt, ChangedTokensAreRefused) {
  const std::string good = token_of(SigningKey::rsa(), kRsHeader, claims_with("x", "1"));
  const std::string other = token_of(SigningKey::rsa(), kRsHeader, claims_with("sub", R"("1")"));
  ASSERT_TRUE(accepted(good));
  const auto part = [](const std::string& token, int n) { return std::string(base::split(token, '.')[n]); };
  EXPECT_FALSE(accepted(part(good, 0) + "." + part(other, 1) + "." + part(good, 2)));
  EXPECT_FALSE(accepted(part(good, 0) + "." + part(good, 1)));
  EXPECT_FALSE(accepted(good + ".x"));
  EXPECT_FALSE(accepted(good + "="));
  EXPECT_FALSE(accepted(""));
  EXPECT_FALSE(accepted(".."));
  EXPECT_FALSE(accepted(std::string(100'000, 'a') + ".a.a"));
}

TEST(AccessJwt, ClaimsMustHold) {
  const auto with = [](std::string_view name, std::string_view json) {
    return accepted(token_of(SigningKey::ec(), kEsHeader, claims_with(name, json)));
  };
  EXPECT_TRUE(with("aud", R"(["vedette"])"));
  EXPECT_TRUE(with("azp", R"("vedette")"));
  EXPECT_FALSE(with("iss", R"("https://id.example/")"));
  EXPECT_FALSE(with("iss", ""));
  EXPECT_FALSE(with("aud", R"("other")"));
  EXPECT_FALSE(with("aud", ""));
  EXPECT_FALSE(with("aud", R"(["vedette","other"])"));  // and no azp
  EXPECT_FALSE(with("azp", R"("other")"));
  EXPECT_FALSE(with("azp", "1"));
  EXPECT_FALSE(with("exp", "1799999900"));
  EXPECT_FALSE(with("exp", ""));
  EXPECT_FALSE(with("exp", R"("1800000300")"));
  EXPECT_FALSE(with("exp", "1e300"));
  EXPECT_FALSE(with("iat", "1800000200"));
  EXPECT_FALSE(with("iat", "1799990000"));
  EXPECT_FALSE(with("iat", ""));
  EXPECT_FALSE(with("nbf", "1800000200"));
  EXPECT_FALSE(with("nonce", R"("m")"));
  EXPECT_FALSE(with("nonce", ""));
  EXPECT_FALSE(with("sub", ""));
  EXPECT_FALSE(with("sub", R"("")"));
}

TEST(AccessJwt, KeySets) {
  EXPECT_FALSE(JsonWebKeys::parse("").ok());
  EXPECT_FALSE(JsonWebKeys::parse("[]").ok());
  EXPECT_FALSE(JsonWebKeys::parse(R"({"keys":1})").ok());
  const auto odd = JsonWebKeys::parse(
      R"({"keys":[1,{"kty":"oct","kid":"o","k":"AAAA"},{"kty":"EC","kid":"p","crv":"P-256","x":"AA","y":"AA"},)"
      R"({"kty":"RSA","kid":"z","n":"","e":""}]})");
  ASSERT_TRUE(odd.ok());
  for (const char* id : {"o", "p", "z", ""}) EXPECT_FALSE(odd->has(id)) << id;
}

// Answers like a provider.
class ProviderDouble final : public ports::HttpClient {
 public:
  base::Result<ports::InboundResponse> send(const ports::OutboundRequest& request,
                                            const base::CancellationToken&) override {
    requests.push_back(request);
    ports::InboundResponse out;
    out.status = status;
    if (request.url == "https://id.example/.well-known/openid-configuration") {
      out.body = R"({"issuer":")" + issuer + R"(","authorization_endpoint":"https://id.example/auth",)" +
                 R"("token_endpoint":")" + token_endpoint + R"(","jwks_uri":"https://id.example/keys"})";
    } else if (request.url == "https://id.example/keys") {
      out.body = R"({"keys":[)" + SigningKey::ec().jwk() + "]}";
    } else if (request.url == "https://id.example/token") {
      out.body = R"({"access_token":"x","id_token":")" +
                 token_of(SigningKey::ec(), kEsHeader, claims_with("nonce", "\"" + nonce + "\"")) + R"("})";
    } else {
      out.status = 404;
    }
    return out;
  }
  std::string issuer = "https://id.example", token_endpoint = "https://id.example/token", nonce;
  int status = 200;
  std::vector<ports::OutboundRequest> requests;
};

class AccessOidc : public ::testing::Test {
 protected:
  AccessOidc() {
    options_.issuer = "https://id.example";
    options_.client_id = "vedette";
    options_.client_secret = "s:cret";
    options_.redirect_uri = "https://soc.example/api/v1/oidc/callback";
    client_ = std::make_unique<OidcClient>(http_, options_, [this] { return now_; });
  }
  static std::string parameter(const std::string& form, const std::string& name) {
    const std::size_t at = form.find(name + "=");
    if (at == std::string::npos) return {};
    const std::size_t from = at + name.size() + 1;
    return form.substr(from, form.find('&', from) - from);
  }
  base::Result<OidcIdentity> finish(const OidcClient::Start& start, std::string_view issuer = {}) {
    return client_->finish(start.state, "the code", issuer, none_);
  }
  OidcClient::Start begin() {
    auto start = client_->begin(none_).value();
    http_.nonce = parameter(start.url, "nonce");
    return start;
  }
  base::TimeNs now_ = kTokenNow;
  base::CancellationToken none_;
  ProviderDouble http_;
  OidcOptions options_;
  std::unique_ptr<OidcClient> client_;
};

TEST_F(AccessOidc, TheWholeWay) {
  const OidcClient::Start start = begin();
  EXPECT_TRUE(start.url.starts_with("https://id.example/auth?response_type=code&client_id=vedette&"));
  EXPECT_EQ(parameter(start.url, "state"), start.state);
  EXPECT_EQ(parameter(start.url, "code_challenge_method"), "S256");
  EXPECT_EQ(parameter(start.url, "redirect_uri"), "https%3A%2F%2Fsoc.example%2Fapi%2Fv1%2Foidc%2Fcallback");
  const auto claims = finish(start, "https://id.example");
  ASSERT_TRUE(claims.ok()) << claims.error().message;
  EXPECT_EQ(claims->subject, "42");
  const auto exchange = std::find_if(http_.requests.begin(), http_.requests.end(),
                                     [](const auto& request) { return request.method == "POST"; });
  ASSERT_NE(exchange, http_.requests.end());
  EXPECT_EQ(base64url(sha256(parameter(exchange->body, "code_verifier"))),
            parameter(start.url, "code_challenge"));
  EXPECT_EQ(parameter(exchange->body, "code"), "the%20code");
  EXPECT_EQ(exchange->max_redirects, 0);
  EXPECT_FALSE(finish(start).ok()) << "a state once";
}

TEST_F(AccessOidc, StatesAreOfThisNodeAndOfNow) {
  EXPECT_FALSE(finish({{}, "made up"}).ok());
  const OidcClient::Start late = begin();
  now_ += OidcClient::kPendingFor;
  EXPECT_FALSE(finish(late).ok());
  const OidcClient::Start mixed = begin();
  EXPECT_FALSE(finish(mixed, "https://evil.example").ok());
  const OidcClient::Start first = begin();
  begin();
  EXPECT_FALSE(finish(first).ok()) << "the nonce of another sign-in";
}

TEST_F(AccessOidc, ProvidersAreNotTrustedBlindly) {
  http_.issuer = "https://evil.example";
  EXPECT_FALSE(client_->begin(none_).ok());
  http_.issuer = "https://id.example";
  http_.token_endpoint = "http://id.example/token";
  EXPECT_FALSE(client_->begin(none_).ok());
  http_.token_endpoint = "file:///etc/passwd";
  EXPECT_FALSE(client_->begin(none_).ok());
  http_.token_endpoint = "https://id.example/token";
  http_.status = 500;
  EXPECT_FALSE(client_->begin(none_).ok());
  http_.status = 200;
  EXPECT_TRUE(client_->begin(none_).ok());
}

TEST_F(AccessOidc, UnknownKeysDoNotMakeItAskAllTheTime) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(finish(begin()).ok());
  const auto asked = std::count_if(http_.requests.begin(), http_.requests.end(), [](const auto& request) {
    return request.url == "https://id.example/keys";
  });
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace vedette::api::access
