#include "vedette/net/tls.hpp"

#include <ctime>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "tls_state.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::net {

namespace {

constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr std::size_t kMaxPemBytes = std::size_t{4} << 20;
constexpr std::size_t kReadAheadBytes = std::size_t{64} << 10;

base::Error tls_error(const std::string& file, std::string_view reason) {
  ERR_clear_error();
  return base::make_error(base::ErrorCode::invalid_argument, fmt::format("{}: {}", file, reason));
}

// No prompt at a terminal for the password of an encrypted key.
int no_password(char*, int, int, void*) {
  return -1;
}

int choose_http1(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned int in_size, void*) {
  static constexpr unsigned char kProtocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kProtocols, sizeof kProtocols, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

base::Status use_certificates(SSL_CTX* context, const std::string& file) {
  TRY_ASSIGN(const std::string pem, base::read_file(file, kMaxPemBytes));
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Owned<X509> leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr));
  if (leaf == nullptr) return tls_error(file, "holds no PEM certificate");
  if (X509_cmp_current_time(X509_get0_notAfter(leaf.get())) < 0)
    return tls_error(file, "the certificate has expired");
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return tls_error(file, "the certificate cannot be used");
  for (;;) {
    Owned<X509> next(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
    if (next == nullptr) break;
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return tls_error(file, "the chain cannot be used");
    [[maybe_unused]] const X509* taken = next.release();
  }
  ERR_clear_error();
  return base::ok_status();
}

base::Status use_key(SSL_CTX* context, const std::string& file, const std::string& certificate_file) {
  TRY_ASSIGN(std::string pem, base::read_file(file, kMaxPemBytes));
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  OPENSSL_cleanse(pem.data(), pem.size());
  if (key == nullptr) return tls_error(file, "holds no PEM key that is not encrypted");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return tls_error(file, fmt::format("the key does not fit the certificate of {}", certificate_file));
  }
  return base::ok_status();
}

base::Status use_client_authority(SSL_CTX* context, const TlsOptions& options) {
  const std::string& file = options.client_ca_file;
  if (file.empty()) {
    if (!options.require_client_certificate) return base::ok_status();
    return base::make_error(base::ErrorCode::invalid_argument,
                            "client certificates are required, but no file of authorities is given");
  }
  TRY_ASSIGN(const std::string pem, base::read_file(file, kMaxPemBytes));
  if (SSL_CTX_load_verify_file(context, file.c_str()) != 1)
    return tls_error(file, "holds no PEM certificate");
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(file.c_str());
  if (names == nullptr) return tls_error(file, "holds no PEM certificate");
  SSL_CTX_set_client_CA_list(context, names);
  const int must = options.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | must, nullptr);
  return base::ok_status();
}

base::Result<Owned<SSL_CTX>> make_context(const TlsOptions& options) {
  Owned<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return base::make_error(base::ErrorCode::io, "OpenSSL cannot make a context");
  SSL_CTX* ctx = context.get();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                               SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(
      ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(ctx, 1);
  SSL_CTX_set_default_read_buffer_len(ctx, kReadAheadBytes);
  SSL_CTX_set_default_passwd_cb(ctx, no_password);
  static constexpr unsigned char kSessionContext[] = "vedette";
  if (SSL_CTX_set_cipher_list(ctx, kCiphers) != 1 ||
      SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") != 1 ||
      SSL_CTX_set_session_id_context(ctx, kSessionContext, sizeof kSessionContext - 1) != 1) {
    return base::make_error(base::ErrorCode::io, "OpenSSL lacks the ciphers of Vedette");
  }
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);  // sessions resume by tickets
  SSL_CTX_set_alpn_select_cb(ctx, choose_http1, nullptr);
  TRY(use_certificates(ctx, options.certificate_file));
  TRY(use_key(ctx, options.key_file, options.certificate_file));
  TRY(use_client_authority(ctx, options));
  return context;
}

}  // namespace

TlsContext::TlsContext() : state_(std::make_unique<State>()) {}
TlsContext::~TlsContext() = default;

base::Result<std::shared_ptr<TlsContext>> TlsContext::load(const TlsOptions& options) {
  TRY_ASSIGN(auto context, make_context(options));
  std::shared_ptr<TlsContext> loaded(new TlsContext);
  loaded->state_->options = options;
  loaded->state_->context = std::move(context);
  return loaded;
}

base::Status TlsContext::reload() {
  TRY_ASSIGN(auto context, make_context(state_->options));
  const std::scoped_lock lock(state_->mutex);
  state_->context.swap(context);
  return base::ok_status();
}

int TlsContext::days_left() const {
  const std::scoped_lock lock(state_->mutex);
  const X509* certificate = SSL_CTX_get0_certificate(state_->context.get());
  int days = 0;
  int seconds = 0;
  if (certificate == nullptr ||
      ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) != 1) {
    return -1;
  }
  return days == 0 && seconds < 0 ? -1 : days;
}

std::string TlsContext::key_pin() const {
  const std::scoped_lock lock(state_->mutex);
  const X509* certificate = SSL_CTX_get0_certificate(state_->context.get());
  unsigned char* der = nullptr;
  const int size = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der) : -1;
  if (size <= 0) return {};
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_size = 0;
  const bool hashed =
      EVP_Digest(der, static_cast<std::size_t>(size), digest, &digest_size, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  if (!hashed) return {};
  return "sha256//" + base::base64_encode({reinterpret_cast<const char*>(digest), digest_size});
}

}  // namespace vedette::net
