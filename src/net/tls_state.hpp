// OpenSSL's objects with owners, and what is behind a TlsContext.
#pragma once

#include <memory>
#include <mutex>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "vedette/net/tls.hpp"

namespace vedette::net {

struct OpensslDeleter {
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(BIO* p) const { BIO_free_all(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, OpensslDeleter>;

struct TlsContext::State {
  TlsOptions options;
  mutable std::mutex mutex;  // guards what follows
  Owned<SSL_CTX> context;

  Owned<SSL> new_connection() const {
    const std::scoped_lock lock(mutex);
    return Owned<SSL>(SSL_new(context.get()));
  }
};

}  // namespace vedette::net
