#include "vedette/adapters/smtp_sender.hpp"

#include <atomic>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mime_message.hpp"
#include "test_server.hpp"
#include "vedette/base/text.hpp"

namespace vedette::adapters {
namespace {

using ports::MailMessage;
using ports::MailServer;

// A mail server (RFC 5321) with STARTTLS and AUTH PLAIN; remembers what it was sent.
class MailSink {
 public:
  explicit MailSink(bool starttls = false, std::string refuse = {}) : refuse_(std::move(refuse)) {
    if (starttls) {
      const test::TestServer::Tls made = test::make_certificate("DNS:localhost,IP:127.0.0.1");
      context_ = SSL_CTX_new(TLS_server_method());
      BIO* certificate = BIO_new_mem_buf(made.certificate.data(), static_cast<int>(made.certificate.size()));
      BIO* key = BIO_new_mem_buf(made.key.data(), static_cast<int>(made.key.size()));
      X509* x509 = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
      EVP_PKEY* pkey = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
      EXPECT_EQ(SSL_CTX_use_certificate(context_, x509), 1);
      EXPECT_EQ(SSL_CTX_use_PrivateKey(context_, pkey), 1);
      X509_free(x509);
      EVP_PKEY_free(pkey);
      BIO_free(certificate);
      BIO_free(key);
      ca_file = ::testing::TempDir() + "/mail_sink.pem";
      FILE* file = std::fopen(ca_file.c_str(), "w");
      std::fwrite(made.certificate.data(), 1, made.certificate.size(), file);
      std::fclose(file);
    }
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~MailSink() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
    if (context_) SSL_CTX_free(context_);
    if (!ca_file.empty()) ::unlink(ca_file.c_str());
  }
  MailServer server() const {
    MailServer out;
    out.host = "127.0.0.1";
    out.port = port;
    out.security = context_ ? MailServer::Security::starttls : MailServer::Security::none;
    out.ca_file = ca_file;
    out.allow_private = true;
    return out;
  }
  std::vector<std::string> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }
  std::string data() const {
    const std::lock_guard lock(mutex_);
    return data_;
  }
  std::string ca_file;
  std::uint16_t port = 0;

 private:
  void serve() {
    while (!stop_) {
      pollfd wait{listener_, POLLIN, 0};
      if (::poll(&wait, 1, 20) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      const timeval timeout{2, 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
      talk(fd);
      ::close(fd);
    }
  }
  void say(int fd, SSL* ssl, const std::string& line) {
    const std::string out = line + "\r\n";
    if (ssl) {
      SSL_write(ssl, out.data(), static_cast<int>(out.size()));
    } else {
      ::send(fd, out.data(), out.size(), MSG_NOSIGNAL);
    }
  }
  bool line(int fd, SSL* ssl, std::string& buffer, std::string& out) {
    char part[4096];
    while (buffer.find("\r\n") == std::string::npos) {
      const auto got = ssl ? SSL_read(ssl, part, sizeof part) : ::recv(fd, part, sizeof part, 0);
      if (got <= 0) return false;
      buffer.append(part, static_cast<std::size_t>(got));
    }
    const std::size_t end = buffer.find("\r\n");
    out = buffer.substr(0, end);
    buffer.erase(0, end + 2);
    return true;
  }
  void talk(int fd) {
    SSL* ssl = nullptr;
    std::string buffer, command;
    say(fd, ssl, "220 sink");
    while (line(fd, ssl, buffer, command)) {
      {
        const std::lock_guard lock(mutex_);
        commands_.push_back((ssl ? "tls " : "") + command);
      }
      if (!refuse_.empty() && command.starts_with(refuse_)) {
        say(fd, ssl, "451 not now");
      } else if (command.starts_with("EHLO")) {
        if (context_ && !ssl) say(fd, ssl, "250-STARTTLS");
        say(fd, ssl, "250 AUTH PLAIN");
      } else if (command == "STARTTLS" && context_) {
        say(fd, ssl, "220 go on");
        ssl = SSL_new(context_);
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) != 1) break;
      } else if (command.starts_with("AUTH")) {
        say(fd, ssl, "334 ");
        if (!line(fd, ssl, buffer, command)) break;
        say(fd, ssl,
            command == base::base64_encode(std::string_view("\0vedette\0hush", 13)) ? "235 in" : "535 no");
      } else if (command == "DATA") {
        say(fd, ssl, "354 go on");
        std::string text;
        while (line(fd, ssl, buffer, text) && text != ".") {
          const std::lock_guard lock(mutex_);
          data_ += text + "\r\n";
        }
        say(fd, ssl, "250 taken");
      } else if (command == "QUIT") {
        say(fd, ssl, "221 bye");
        break;
      } else {
        say(fd, ssl, "250 ok");
      }
    }
    if (ssl) SSL_free(ssl);
    ERR_clear_error();
  }

  std::string refuse_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  std::string data_;
  std::thread thread_;
};

MailMessage mail() {
  MailMessage message;
  message.from = "vedette@soc.example";
  message.from_name = "Vedette";
  message.to = {"ada@soc.example", "ben@soc.example"};
  message.subject = "Opened";
  message.text = "Hello\n.\nThere";
  message.html = "<p>Hello</p>";
  message.id = "0123abcd";
  message.time = 1'772'600'000'000'000'000;
  return message;
}

bool has(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

TEST(SmtpSender, SendsToAllReceivers) {
  MailSink sink;
  const base::CancellationToken never;
  const auto sender = make_smtp_sender();
  const base::Status sent = sender->send(sink.server(), mail(), never);
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_TRUE(has(sink.commands(), "EHLO soc.example"));
  EXPECT_TRUE(has(sink.commands(), "RCPT TO:<ada@soc.example>"));
  EXPECT_TRUE(has(sink.commands(), "RCPT TO:<ben@soc.example>"));
  EXPECT_EQ(sink.data(), mime_message(mail()));
}

TEST(SmtpSender, StartsTlsBeforeItSaysWhoItIs) {
  MailSink sink(true);
  MailServer server = sink.server();
  server.user = "vedette";
  server.password = "hush";
  const base::CancellationToken never;
  const base::Status sent = make_smtp_sender()->send(server, mail(), never);
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  bool authenticated = false;
  for (const std::string& command : sink.commands()) {
    EXPECT_FALSE(command.starts_with("AUTH") || command.starts_with("MAIL")) << command;
    authenticated |= command.starts_with("tls AUTH PLAIN");
  }
  EXPECT_TRUE(authenticated);
}

TEST(SmtpSender, RefusesWhatIsNotSafe) {
  const base::CancellationToken never;
  const auto sender = make_smtp_sender();
  MailSink plain;
  MailServer server = plain.server();
  server.security = MailServer::Security::starttls;  // which it does not offer
  EXPECT_FALSE(sender->send(server, mail(), never).ok());
  server = plain.server();
  server.user = server.password = "x";
  EXPECT_EQ(sender->send(server, mail(), never).error().code, base::ErrorCode::invalid_argument);
  server = plain.server();
  server.allow_private = false;
  EXPECT_NE(sender->send(server, mail(), never).error().message.find("may not reach"), std::string::npos);
  EXPECT_TRUE(plain.data().empty());
  MailSink tls(true);
  server = tls.server();
  server.ca_file.clear();  // the system's authorities do not know it
  EXPECT_FALSE(sender->send(server, mail(), never).ok());
  EXPECT_TRUE(tls.data().empty());
  MailMessage message = mail();
  message.to = {"a@b.example>\r\nRCPT TO:<x@y.example"};
  EXPECT_FALSE(sender->send(plain.server(), message, never).ok());
}

TEST(SmtpSender, SaysWhatTheServerAnswered) {
  MailSink sink(false, "RCPT");
  const base::CancellationToken never;
  const base::Status refused = make_smtp_sender()->send(sink.server(), mail(), never);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::io);
  EXPECT_NE(refused.error().message.find("451"), std::string::npos) << refused.error().message;
}

TEST(MimeMessage, HeadersCannotBeAdded) {
  MailMessage message = mail();
  message.subject = "Opened\r\nBcc: x@y.example\r\n\r\nbody";
  message.from_name = "a\r\nb <c@d.example>";
  const std::string text = mime_message(message);
  EXPECT_EQ(text.find("\r\nBcc"), std::string::npos);
  EXPECT_EQ(text.find("c@d.example"), std::string::npos);
  EXPECT_NE(text.find("\r\nMessage-ID: <0123abcd@soc.example>\r\n"), std::string::npos);
  EXPECT_NE(text.find("Date: Wed, 04 Mar 2026 04:53:20 +0000\r\n"), std::string::npos);
}

TEST(MimeMessage, LinesAreShortAndWordsWhole) {
  MailMessage message = mail();
  for (int i = 0; i < 200; ++i) message.subject += "\xC3\xA4\xE2\x82\xAC";
  message.text = std::string(100'000, 'x');
  const std::string text = mime_message(message);
  for (const std::string_view line : base::split(text, '\n')) {
    EXPECT_LE(line.size(), 998u);
    const std::size_t word = line.find("=?UTF-8?B?");
    if (word == std::string_view::npos) continue;
    EXPECT_LE(line.size() - word, 76u);
    const std::string_view code = line.substr(word + 10, line.rfind("?=") - word - 10);
    EXPECT_TRUE(base::is_valid_utf8(base::base64_decode(code).value()));
  }
}

TEST(MailAddress, IsWhatServersTake) {
  for (const char* good : {"a@b.example", "a.b+c@d-e.example", "o'neil@x.example"})
    EXPECT_TRUE(ports::is_mail_address(good));
  for (const char* bad :
       {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\n", "<a@b>", "a@b>", "\"a\"@b", "a@-b", "a,b@c"}) {
    EXPECT_FALSE(ports::is_mail_address(bad)) << bad;
  }
}

}  // namespace
}  // namespace vedette::adapters
