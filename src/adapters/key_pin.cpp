#include "vedette/adapters/key_pin.hpp"

#include <array>
#include <memory>
#include <string_view>

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "curl_parts.hpp"
#include "http_transfer.hpp"
#include "http_url.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {
namespace {

constexpr std::size_t kMaxCertificateBytes = std::size_t{4} << 20;

struct PinEasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using PinEasy = std::unique_ptr<CURL, PinEasyDeleter>;

int no_pem_password(char*, int, int, void*) {
  return -1;
}

base::Result<std::string> pin_of_pem(std::string_view pem, std::string_view where) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, no_pem_password, nullptr), X509_free);
  unsigned char* der = nullptr;
  const int size = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der) : -1;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int digest_size = 0;
  const bool hashed = size > 0 && EVP_Digest(der, static_cast<std::size_t>(size), digest.data(), &digest_size,
                                             EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  ERR_clear_error();
  if (!hashed) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            std::string(where) + " holds no PEM certificate");
  }
  return "sha256//" + base::base64_encode({reinterpret_cast<const char*>(digest.data()), digest_size});
}

// A handshake; the connection is closed with the handle.
CURLcode shake_hands(CURL* easy, const HttpUrl& url, const std::string& ca_file, bool verify,
                     std::chrono::milliseconds timeout, char* error) {
  const auto ms = static_cast<long>(timeout.count());
  curl_easy_setopt(easy, CURLOPT_URL, url.text.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
  curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
  if (!ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  return curl_easy_perform(easy);
}

std::string_view leaf_of(CURL* easy) {
  curl_certinfo* chain = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain || chain->num_of_certs < 1) {
    return {};
  }
  for (const curl_slist* item = chain->certinfo[0]; item; item = item->next) {
    const std::string_view text = item->data;
    if (text.starts_with("Cert:")) return text.substr(5);
  }
  return {};
}

}  // namespace

base::Result<ServerKey> fetch_server_key(const std::string& address, const std::string& ca_file,
                                         std::chrono::milliseconds timeout) {
  TRY_ASSIGN(const HttpUrl url, parse_http_url(address));
  if (url.scheme != "https") {
    return base::make_error(base::ErrorCode::invalid_argument, "only servers of https have a key");
  }
  init_curl();
  ServerKey key;
  for (const bool verify : {true, false}) {
    const PinEasy easy(curl_easy_init());
    std::array<char, CURL_ERROR_SIZE> error{};
    const CURLcode code =
        easy ? shake_hands(easy.get(), url, ca_file, verify, timeout, error.data()) : CURLE_OUT_OF_MEMORY;
    const std::string why = base::escape_control(error[0] ? error.data() : curl_easy_strerror(code));
    if (verify && code == CURLE_PEER_FAILED_VERIFICATION) {
      key.problem = why;
      continue;
    }
    if (code != CURLE_OK) {
      return base::make_error(base::ErrorCode::io, "connection to " + url.host + " failed: " + why);
    }
    key.trusted = verify;
    TRY_ASSIGN(key.pin, pin_of_pem(leaf_of(easy.get()), url.host));
    break;
  }
  return key;
}

base::Result<std::string> key_pin_of_file(const std::string& certificate_file) {
  TRY_ASSIGN(const std::string pem, base::read_file(certificate_file, kMaxCertificateBytes));
  return pin_of_pem(pem, certificate_file);
}

}  // namespace vedette::adapters
