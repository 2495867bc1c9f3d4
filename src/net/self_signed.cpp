#include <cerrno>
#include <ctime>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sockets.hpp"
#include "tls_state.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/ip.hpp"

namespace vedette::net {

namespace {

constexpr long kDaysOfValidity = 397;
constexpr long kSecondsOfDay = 86'400;
constexpr std::size_t kMaxKeyBytes = std::size_t{64} << 10;

base::Error making_failed() {
  ERR_clear_error();
  return base::make_error(base::ErrorCode::io, "OpenSSL cannot make a self-signed certificate");
}

bool is_there(const std::string& file) {
  return ::access(file.c_str(), F_OK) == 0;
}

// Written beside its place with its mode from the start, then moved there.
base::Status write_with_mode(const std::string& file, std::string_view bytes, mode_t mode) {
  const auto failed = [&](int error) {
    return base::make_error(base::ErrorCode::io,
                            fmt::format("cannot write {}: {}", file, std::generic_category().message(error)));
  };
  const std::string temporary = fmt::format("{}.new.{}", file, ::getpid());
  ::unlink(temporary.c_str());
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return failed(errno);
  const bool written = ::fchmod(fd.get(), mode) == 0 &&
                       ::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                       ::fsync(fd.get()) == 0 && ::rename(temporary.c_str(), file.c_str()) == 0;
  if (written) return base::ok_status();
  const int error = errno;
  ::unlink(temporary.c_str());
  return failed(error);
}

std::string bytes_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

// The key that is there stays: others may know its certificate.
base::Result<Owned<EVP_PKEY>> key_to_use(const std::string& key_file) {
  if (!is_there(key_file)) {
    Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
    if (key == nullptr) return making_failed();
    return key;
  }
  TRY_ASSIGN(const std::string pem, base::read_file(key_file, kMaxKeyBytes));
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")));
  ERR_clear_error();
  if (key == nullptr) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            fmt::format("{}: holds no PEM key that is not encrypted", key_file));
  }
  return key;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    // A comma would begin another entry of OpenSSL's own notation.
    if (name.empty() || name.find_first_of(",\r\n") != std::string::npos) continue;
    const bool is_address = base::IpAddress::parse(name).has_value();
    list += fmt::format("{}{}:{}", list.empty() ? "" : ",", is_address ? "IP" : "DNS", name);
  }
  return list.empty() ? "DNS:localhost" : list;
}

bool add_extension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

base::Result<Owned<X509>> sign_certificate(EVP_PKEY* key, const std::vector<std::string>& names) {
  Owned<X509> certificate(X509_new());
  unsigned char serial[16];
  if (certificate == nullptr || RAND_bytes(serial, sizeof serial) != 1) return making_failed();
  serial[0] &= 0x7f;
  X509* cert = certificate.get();
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  const bool numbered = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != nullptr;
  BN_free(number);
  X509_NAME* subject = X509_get_subject_name(cert);
  const std::string common = names.empty() || names[0].size() > 64 ? "vedette" : names[0];
  const bool made =
      numbered && X509_set_version(cert, X509_VERSION_3) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(cert), -kSecondsOfDay) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(cert), (kDaysOfValidity - 1) * kSecondsOfDay) != nullptr &&
      X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>("Vedette"), -1, -1, 0) == 1 &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0) == 1 &&
      X509_set_issuer_name(cert, subject) == 1 && X509_set_pubkey(cert, key) == 1 &&
      add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
      add_extension(cert, NID_ext_key_usage, "serverAuth,clientAuth") &&
      add_extension(cert, NID_subject_key_identifier, "hash") &&
      add_extension(cert, NID_subject_alt_name, alternative_names(names)) &&
      X509_sign(cert, key, EVP_sha256()) > 0;
  if (!made) return making_failed();
  return certificate;
}

}  // namespace

base::Status make_self_signed(const std::string& certificate_file, const std::string& key_file,
                              const std::vector<std::string>& names) {
  const bool had_key = is_there(key_file);
  if (had_key && is_there(certificate_file)) return base::ok_status();
  TRY_ASSIGN(const Owned<EVP_PKEY> key, key_to_use(key_file));
  TRY_ASSIGN(const Owned<X509> certificate, sign_certificate(key.get(), names));
  if (!had_key) {
    const Owned<BIO> pem(BIO_new(BIO_s_secmem()));
    if (pem == nullptr ||
        PEM_write_bio_PKCS8PrivateKey(pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
      return making_failed();
    }
    TRY(write_with_mode(key_file, bytes_of(pem.get()), 0600));
  }
  const Owned<BIO> pem(BIO_new(BIO_s_mem()));
  if (pem == nullptr || PEM_write_bio_X509(pem.get(), certificate.get()) != 1) return making_failed();
  return write_with_mode(certificate_file, bytes_of(pem.get()), 0644);
}

}  // namespace vedette::net
