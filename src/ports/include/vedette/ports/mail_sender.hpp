// MailSender: messages to a mail server (SMTP, RFC 5321).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"

namespace vedette::ports {

struct MailServer {
  enum class Security : std::uint8_t {
    none,      // refused with a password unless allow_private
    starttls,  // required, not only tried
    tls,       // from the first byte
  };
  std::string host;
  std::uint16_t port = 587;
  Security security = Security::starttls;
  std::string user, password;  // empty: no authentication
  std::string pinned_key;      // as OutboundRequest::pinned_key
  std::string ca_file;         // instead of the system's
  bool allow_private = false;  // as OutboundRequest::allow_private
  std::chrono::milliseconds timeout{30'000};
};
struct MailMessage {
  std::string from;             // address
  std::string from_name;        // of any characters
  std::vector<std::string> to;  // addresses, 1 to 100
  std::string subject;          // of any characters; line ends become blanks
  std::string text, html;       // UTF-8; html may be empty
  std::string id;  // [A-Za-z0-9.-]+: Message-ID is <id@host of from>; the same again is the same message
  base::TimeNs time = 0;  // Date
};
// An address as servers take it: printable ASCII, one @, no blanks, quotes, brackets or controls.
bool is_mail_address(std::string_view text);

// Thread safe; blocks. Certificates are verified. Errors: io (it may succeed later: no connection, a refusal
// of the server), invalid_argument (a refused address of the network, no addresses), cancelled.
class MailSender {
 public:
  virtual ~MailSender() = default;
  virtual base::Status send(const MailServer& server, const MailMessage& message,
                            const base::CancellationToken& cancellation) = 0;
};

}  // namespace vedette::ports
