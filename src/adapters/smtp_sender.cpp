#include "vedette/adapters/smtp_sender.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "curl_parts.hpp"
#include "mime_message.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {

namespace {

using base::ErrorCode;
using base::make_error;
using ports::MailMessage;
using ports::MailServer;

constexpr std::size_t kMostRecipients = 100;

struct MailTransfer {
  const MailServer& server;
  std::string_view left;
  std::string refused;
  std::array<char, CURL_ERROR_SIZE> error{};
};

std::size_t give_mail(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<MailTransfer*>(user);
  const std::size_t bytes = std::min(size * count, transfer.left.size());
  std::memcpy(data, transfer.left.data(), bytes);
  transfer.left.remove_prefix(bytes);
  return bytes;
}

std::size_t drop_answer(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

curl_socket_t open_mail_socket(void* user, curlsocktype purpose, curl_sockaddr* address) {
  auto& transfer = *static_cast<MailTransfer*>(user);
  return open_checked_socket(purpose, *address, transfer.server.allow_private, transfer.refused);
}

bool is_mail_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return base::is_alnum(c) || c == '.' || c == '-' || c == ':';
  });
}

base::Status check(const MailServer& server, const MailMessage& message) {
  const auto refuse = [](std::string what) {
    return make_error(ErrorCode::invalid_argument, std::move(what));
  };
  if (!is_mail_host(server.host)) return refuse("the name of the mail server is none");
  if (!ports::is_mail_address(message.from)) return refuse("the sender is no mail address");
  if (message.to.empty() || message.to.size() > kMostRecipients)
    return refuse("a mail has 1 to 100 receivers");
  if (!std::all_of(message.to.begin(), message.to.end(), ports::is_mail_address)) {
    return refuse("a receiver is no mail address");
  }
  if (!std::all_of(message.id.begin(), message.id.end(),
                   [](char c) { return base::is_alnum(c) || c == '.' || c == '-'; })) {
    return refuse("the id of a mail has letters, digits, dots and hyphens");
  }
  if (!server.user.empty() && server.security == MailServer::Security::none) {
    return refuse("a password is not sent without TLS");
  }
  return base::ok_status();
}

void set_mail_security(CURL* easy, const MailServer& server) {
  const bool tls = server.security == MailServer::Security::tls;
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, tls ? "smtps" : "smtp");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  const bool plain = server.security == MailServer::Security::none;
  curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const bool pinned = !server.pinned_key.empty();
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, pinned ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, pinned ? 0L : 2L);
  if (pinned) curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, server.pinned_key.c_str());
  if (!server.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, server.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  if (!server.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, server.password.c_str());
  }
}

class SmtpSender final : public ports::MailSender {
 public:
  SmtpSender() { init_curl(); }

  base::Status send(const MailServer& server, const MailMessage& message,
                    const base::CancellationToken& cancellation) override {
    TRY(check(server, message));
    const NoPipeSignal no_signal;
    const std::string text = mime_message(message);
    MailTransfer transfer{server, text, {}, {}};
    const std::unique_ptr<CURLM, CurlMultiDeleter> multi(curl_multi_init());
    const std::unique_ptr<CURL, CurlEasyDeleter> easy(curl_easy_init());
    std::unique_ptr<curl_slist, CurlListDeleter> receivers;
    for (const std::string& to : message.to) {
      curl_slist* longer = curl_slist_append(receivers.get(), fmt::format("<{}>", to).c_str());
      if (longer == nullptr) return make_error(ErrorCode::io, "no memory for a mail");
      (void)receivers.release();
      receivers.reset(longer);
    }
    if (!multi || !easy) return make_error(ErrorCode::io, "no memory for a mail");
    set_mail_security(easy.get(), server);
    set_mail(easy.get(), transfer, message, receivers.get());
    if (curl_multi_add_handle(multi.get(), easy.get()) != CURLM_OK) {
      return make_error(ErrorCode::io, "no memory for a mail");
    }
    const std::optional<CURLcode> code = run_transfer(multi.get(), cancellation);
    curl_multi_remove_handle(multi.get(), easy.get());
    if (!code) return make_error(ErrorCode::cancelled, "sending a mail to " + server.host + " was cancelled");
    return *code == CURLE_OK ? base::ok_status() : mail_error(easy.get(), transfer, *code);
  }

 private:
  static void set_mail(CURL* easy, MailTransfer& transfer, const MailMessage& message,
                       curl_slist* receivers) {
    const MailServer& server = transfer.server;
    const std::string_view scheme = server.security == MailServer::Security::tls ? "smtps" : "smtp";
    const bool v6 = server.host.find(':') != std::string::npos;
    // What follows the slash is the name that EHLO gives.
    const std::string own = message.from.substr(message.from.find('@') + 1);
    const std::string url =
        fmt::format("{}://{}{}{}:{}/{}", scheme, v6 ? "[" : "", server.host, v6 ? "]" : "", server.port, own);
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, fmt::format("<{}>", message.from).c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, receivers);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_mail);
    curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(transfer.left.size()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_answer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    const auto ms = static_cast<long>(std::clamp<std::int64_t>(server.timeout.count(), 1, 600'000));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, std::min(ms, 10'000L));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error.data());
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_mail_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
  }

  static base::Error mail_error(CURL* easy, const MailTransfer& transfer, CURLcode code) {
    const std::string& host = transfer.server.host;
    if (!transfer.refused.empty()) {
      return make_error(ErrorCode::invalid_argument,
                        host + " has the address " + transfer.refused +
                            ", which requests may not reach (private, local or reserved)");
    }
    long answer = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer);
    const char* why = transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code);
    const std::string last = answer >= 400 ? fmt::format(" (the server answered {})", answer) : std::string();
    return make_error(ErrorCode::io, fmt::format("the mail to {} was not sent: {}{}", host,
                                                 base::escape_control(why), last));
  }
};

}  // namespace

std::unique_ptr<ports::MailSender> make_smtp_sender() {
  return std::make_unique<SmtpSender>();
}

}  // namespace vedette::adapters
