// TLS for servers: TLS 1.2 and 1.3 with forward-secret AEAD ciphers (Mozilla "intermediate").
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::net {

struct TlsOptions {
  std::string certificate_file;  // PEM, leaf first
  std::string key_file;          // PEM
  std::string client_ca_file;    // PEM; if given, clients may (or must) show a certificate signed by it
  bool require_client_certificate = false;  // mutual TLS
};

// Thread safe. Connections take the certificates that are loaded when they begin.
class TlsContext {
 public:
  // Errors name the file: not_found, invalid_argument (no certificate, a key that does not fit, expired).
  static base::Result<std::shared_ptr<TlsContext>> load(const TlsOptions& options);
  ~TlsContext();
  // Reads the files again. On an error the old certificates stay.
  base::Status reload();
  // Days until the certificate ends; negative if it has.
  int days_left() const;
  // "sha256//" and the base64 SHA-256 of the certificate's public key (SubjectPublicKeyInfo, RFC 7469), by
  // which a client can know the server without an authority.
  std::string key_pin() const;

  struct State;
  State& state() { return *state_; }  // for net itself

 private:
  TlsContext();
  std::unique_ptr<State> state_;
};

// Makes a self-signed certificate (ECDSA P-256, 397 days; for the host names and addresses given) and its
// key, mode 0600, unless both files are there.
base::Status make_self_signed(const std::string& certificate_file, const std::string& key_file,
                              const std::vector<std::string>& names);

}  // namespace vedette::net
