#include "access/jwt.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "access/crypto.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::access {
namespace {

constexpr std::size_t kMaxToken = 64 << 10, kMaxKeySet = 1 << 20, kMaxWebKeys = 100;

template <auto free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Freed<::BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<::OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<::OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<::EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<::EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<::ECDSA_SIG_free>>;

base::Error bad_token(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument,
                          "the ID token is refused: " + std::move(message));
}

Number number_of(std::string_view bytes) {
  return Number(::BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                            static_cast<int>(bytes.size()), nullptr));
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string member_text(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Null if the provider's library takes the parts for no key.
std::shared_ptr<void> made_key(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(::OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(::EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || ::EVP_PKEY_fromdata_init(context.get()) != 1 ||
      ::EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return {key, [](void* held) { ::EVP_PKEY_free(static_cast<EVP_PKEY*>(held)); }};
}

std::shared_ptr<void> rsa_key(const boost::json::object& jwk) {
  const auto n = base64url_decode(member_text(jwk, "n")), e = base64url_decode(member_text(jwk, "e"));
  if (!n || !e || n->size() > 2048 || e->empty() || e->size() > 8) return nullptr;
  const Number modulus = number_of(*n), exponent = number_of(*e);
  if (::BN_num_bits(modulus.get()) < 2048 || !::BN_is_odd(exponent.get()) || ::BN_is_one(exponent.get())) {
    return nullptr;
  }
  const Builder builder(::OSSL_PARAM_BLD_new());
  ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return made_key("RSA", builder.get());
}

std::shared_ptr<void> ec_key(const boost::json::object& jwk) {
  const auto x = base64url_decode(member_text(jwk, "x")), y = base64url_decode(member_text(jwk, "y"));
  if (member_text(jwk, "crv") != "P-256" || !x || !y || x->size() != 32 || y->size() != 32) return nullptr;
  const std::string point = "\x04" + *x + *y;
  const Builder builder(::OSSL_PARAM_BLD_new());
  ::OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  ::OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return made_key("EC", builder.get());
}

// The signature of ES256, r and s one after another (RFC 7518 section 3.4), as OpenSSL takes it.
std::string der_signature(std::string_view signature) {
  if (signature.size() != 64) return {};
  const Signature parsed(::ECDSA_SIG_new());
  Number r = number_of(signature.substr(0, 32)), s = number_of(signature.substr(32));
  if (::ECDSA_SIG_set0(parsed.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release()), static_cast<void>(s.release());
  unsigned char* bytes = nullptr;
  const int size = ::i2d_ECDSA_SIG(parsed.get(), &bytes);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  ::OPENSSL_free(bytes);
  return out;
}

struct TokenParts {
  boost::json::object header, claims;
  std::string_view signed_text;
  std::string signature;
};

base::Result<boost::json::object> decoded_object(std::string_view part) {
  const auto bytes = base64url_decode(part);
  if (!bytes) return bad_token("it is not base64url");
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(*bytes, error);
  if (error || !value.is_object()) return bad_token("a part is not a JSON object");
  return std::move(value.get_object());
}

base::Result<TokenParts> split_token(std::string_view token) {
  if (token.size() > kMaxToken) return bad_token("it is longer than 64 KiB");
  const std::vector<std::string_view> parts = base::split(token, '.');
  if (parts.size() != 3) return bad_token("it has not three parts");
  TokenParts out;
  TRY_ASSIGN(out.header, decoded_object(parts[0]));
  TRY_ASSIGN(out.claims, decoded_object(parts[1]));
  const auto signature = base64url_decode(parts[2]);
  if (!signature || signature->empty()) return bad_token("it is not signed");
  out.signature = *signature;
  out.signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  const std::string algorithm = member_text(out.header, "alg");
  if (algorithm != "RS256" && algorithm != "ES256") return bad_token("it is not signed by RS256 or ES256");
  if (out.header.contains("crit")) return bad_token("it asks for an extension");
  return out;
}

// Seconds of a NumericDate; nullopt if it is none.
std::optional<base::TimeNs> date_of(const boost::json::object& claims, std::string_view name) {
  const boost::json::value* value = claims.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double seconds = value->is_int64()    ? static_cast<double>(value->get_int64())
                         : value->is_uint64() ? static_cast<double>(value->get_uint64())
                                              : value->get_double();
  if (!(seconds >= 0 && seconds < 9e9)) return std::nullopt;
  return static_cast<base::TimeNs>(seconds) * base::kNsPerSecond;
}

base::Status check_audience(const boost::json::object& claims, const std::string& client) {
  const boost::json::value* audience = claims.if_contains("aud");
  std::vector<std::string> names;
  if (audience != nullptr && audience->is_string()) names.emplace_back(audience->get_string());
  if (audience != nullptr && audience->is_array()) {
    for (const boost::json::value& name : audience->get_array()) {
      names.emplace_back(name.is_string() ? std::string(name.get_string()) : std::string());
    }
  }
  if (std::find(names.begin(), names.end(), client) == names.end())
    return bad_token("it is for someone else (aud)");
  const std::string party = member_text(claims, "azp");
  if (claims.contains("azp") ? party != client : names.size() > 1) {
    return bad_token("it was given to someone else (azp)");
  }
  return base::ok_status();
}

base::Status check_times(const boost::json::object& claims, const TokenExpectations& expected) {
  const auto expires = date_of(claims, "exp"), issued = date_of(claims, "iat");
  if (!expires || expected.now >= *expires + expected.leeway) return bad_token("it has expired (exp)");
  if (!issued || *issued > expected.now + expected.leeway) return bad_token("it is of the future (iat)");
  if (expected.now - *issued > expected.max_age + expected.leeway) return bad_token("it is too old (iat)");
  if (claims.contains("nbf")) {
    const auto begins = date_of(claims, "nbf");
    if (!begins || *begins > expected.now + expected.leeway) return bad_token("it is not good yet (nbf)");
  }
  return base::ok_status();
}

}  // namespace

base::Result<JsonWebKeys> JsonWebKeys::parse(std::string_view json) {
  const auto bad = [](std::string_view what) {
    return base::make_error(base::ErrorCode::corrupt,
                            "the keys of the provider cannot be read: " + std::string(what));
  };
  if (json.size() > kMaxKeySet) return bad("they are larger than 1 MiB");
  boost::json::error_code error;
  const boost::json::value value =
      boost::json::parse(boost::json::string_view(json.data(), json.size()), error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  const boost::json::value* list = object == nullptr ? nullptr : object->if_contains("keys");
  if (list == nullptr || !list->is_array()) return bad("there is no list of keys");
  if (list->get_array().size() > kMaxWebKeys)
    return base::make_error(base::ErrorCode::limit, "more than 100 keys");
  JsonWebKeys out;
  for (const boost::json::value& item : list->get_array()) {
    const boost::json::object* jwk = item.if_object();
    if (jwk == nullptr) continue;
    const std::string type = member_text(*jwk, "kty"), use = member_text(*jwk, "use");
    if (!use.empty() && use != "sig") continue;
    Key key;
    key.id = member_text(*jwk, "kid");
    key.algorithm = type == "RSA" ? "RS256" : type == "EC" ? "ES256" : "";
    if (key.algorithm.empty() || (jwk->contains("alg") && member_text(*jwk, "alg") != key.algorithm))
      continue;
    key.key = type == "RSA" ? rsa_key(*jwk) : ec_key(*jwk);
    if (key.key) out.keys_.push_back(std::move(key));
  }
  return out;
}

bool JsonWebKeys::has(std::string_view key_id) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const Key& key) { return key_id.empty() || key.id == key_id; });
}

bool JsonWebKeys::verify(std::string_view algorithm, std::string_view key_id, std::string_view signed_text,
                         std::string_view signature) const {
  const std::string bytes = algorithm == "ES256" ? der_signature(signature) : std::string(signature);
  if (bytes.empty()) return false;
  int tried = 0;
  for (const Key& key : keys_) {
    if (key.algorithm != algorithm || (!key_id.empty() && key.id != key_id)) continue;
    if (++tried > 8) return false;
    const DigestContext context(::EVP_MD_CTX_new());
    if (::EVP_DigestVerifyInit(context.get(), nullptr, ::EVP_sha256(), nullptr,
                               static_cast<EVP_PKEY*>(key.key.get())) == 1 &&
        ::EVP_DigestVerify(context.get(), raw(bytes), bytes.size(), raw(signed_text), signed_text.size()) ==
            1) {
      return true;
    }
  }
  return false;
}

base::Result<std::string> token_key_id(std::string_view token) {
  TRY_ASSIGN(const TokenParts parts, split_token(token));
  return member_text(parts.header, "kid");
}

base::Result<OidcIdentity> verify_id_token(std::string_view token, const JsonWebKeys& keys,
                                           const TokenExpectations& expected) {
  TRY_ASSIGN(const TokenParts parts, split_token(token));
  if (!keys.verify(member_text(parts.header, "alg"), member_text(parts.header, "kid"), parts.signed_text,
                   parts.signature)) {
    return bad_token("its signature is not of the provider");
  }
  const boost::json::object& claims = parts.claims;
  if (expected.issuer.empty() || member_text(claims, "iss") != expected.issuer) {
    return bad_token("it is of another issuer (iss)");
  }
  TRY(check_audience(claims, expected.client_id));
  TRY(check_times(claims, expected));
  if (expected.nonce.empty() || !equal_secrets(member_text(claims, "nonce"), expected.nonce)) {
    return bad_token("it is of another sign-in (nonce)");
  }
  OidcIdentity out;
  out.subject = member_text(claims, "sub");
  if (out.subject.empty() || out.subject.size() > 255) return bad_token("it names nobody (sub)");
  out.name = member_text(claims, "name");
  out.email = member_text(claims, "email");
  out.preferred_name = member_text(claims, "preferred_username");
  const boost::json::value* verified = claims.if_contains("email_verified");
  out.email_verified = verified != nullptr && verified->is_bool() && verified->get_bool();
  return out;
}

}  // namespace vedette::api::access
