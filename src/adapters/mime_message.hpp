// A mail as it goes over the wire (RFC 5322, MIME).
#pragma once

#include <string>
#include <string_view>

#include "vedette/ports/mail_sender.hpp"

namespace vedette::adapters {

// Lines end with CR LF and have at most 998 bytes; bodies are base64, so that no line of them means anything
// to a server. Header values cannot begin headers of their own. The addresses are is_mail_address.
std::string mime_message(const ports::MailMessage& message);

}  // namespace vedette::adapters
