// MailSender by libcurl.
#pragma once

#include <memory>

#include "vedette/ports/mail_sender.hpp"

namespace vedette::adapters {

// Names are resolved once, the addresses checked and connected to as resolved. Passwords go over TLS only.
std::unique_ptr<ports::MailSender> make_smtp_sender();

}  // namespace vedette::adapters
