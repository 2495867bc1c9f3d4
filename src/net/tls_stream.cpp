#include <algorithm>
#include <limits>

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "stream.hpp"
#include "tls_state.hpp"

namespace vedette::net {

namespace {

std::string text_of(const ASN1_STRING* value) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, value);
  if (size < 0) return {};
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  // A name with a zero byte is one that is meant to be read differently by others.
  return text.find('\0') == std::string::npos ? text : std::string();
}

std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

std::string first_dns_name(const X509* certificate) {
  auto* names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::string found;
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && found.empty(); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) found = text_of(name->d.dNSName);
  }
  GENERAL_NAMES_free(names);
  return found;
}

class TlsStream final : public Stream {
 public:
  TlsStream(Owned<SSL> ssl, int fd) : ssl_(std::move(ssl)), fd_(fd) {}

  Attempt handshake() override {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    return result == 1 ? Attempt::done : outcome(result);
  }

  Attempt read(char* to, std::size_t size, std::size_t& count) override {
    count = 0;
    // A record holds 16 KiB at most: several are taken at once.
    while (count < size) {
      ERR_clear_error();
      std::size_t got = 0;
      const int result = SSL_read_ex(ssl_.get(), to + count, size - count, &got);
      if (result != 1) return count > 0 ? Attempt::done : outcome(result);
      count += got;
    }
    return Attempt::done;
  }

  Attempt write(const char* first, std::size_t first_size, const char* second, std::size_t second_size,
                std::size_t& count) override {
    // Small answers go in one record.
    if (first_size > 0 && second_size > 0 && first_size + second_size <= kRecordBytes) {
      char joined[kRecordBytes];
      std::copy_n(first, first_size, joined);
      std::copy_n(second, second_size, joined + first_size);
      return write_piece(joined, first_size + second_size, count);
    }
    return first_size > 0 ? write_piece(first, first_size, count) : write_piece(second, second_size, count);
  }

  void end_of_writing() override {
    if (SSL_is_init_finished(ssl_.get()) && !broken_) {
      ERR_clear_error();
      SSL_shutdown(ssl_.get());
      ERR_clear_error();
    }
    ::shutdown(fd_, SHUT_WR);
  }

  bool short_read_is_all() const override { return false; }

  std::string certificate_name() const override {
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
    std::string name = common_name(certificate);
    return name.empty() ? first_dns_name(certificate) : name;
  }

 private:
  static constexpr std::size_t kRecordBytes = std::size_t{16} << 10;

  Attempt write_piece(const char* from, std::size_t size, std::size_t& count) {
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), from, size, &count);
    return result == 1 ? Attempt::done : outcome(result);
  }

  Attempt outcome(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return Attempt::wait_read;
      case SSL_ERROR_WANT_WRITE:
        return Attempt::wait_write;
      case SSL_ERROR_ZERO_RETURN:
        return Attempt::end;
      default:
        broken_ = true;
        ERR_clear_error();
        return Attempt::failed;
    }
  }

  Owned<SSL> ssl_;
  int fd_;
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<Stream> make_tls_stream(TlsContext& context, int fd) {
  Owned<SSL> ssl = context.state().new_connection();
  if (ssl == nullptr || SSL_set_fd(ssl.get(), fd) != 1) return nullptr;
  return std::make_unique<TlsStream>(std::move(ssl), fd);
}

}  // namespace vedette::net
