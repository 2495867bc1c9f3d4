// Notices as messages of each kind of channel. Values are hostile: each form escapes by its own rules, or
// uses elements without markup.
#pragma once

#include <string>
#include <vector>

#include "vedette/cases/notifier.hpp"

namespace vedette::cases::notify {

inline constexpr std::size_t kMaxListed = 50;  // notices of a message; how many more is told

struct Outgoing {
  std::string id;  // of the message
  std::vector<Notice> notices;
  std::size_t more = 0;  // that are not listed
  bool test = false;
  base::TimeNs now = 0;
  std::string public_url;
};

std::string headline(const Notice& notice);  // "Opened, critical: Web shell on web1", one line
std::string subject_of(const Outgoing& message);
std::string link_of(const Outgoing& message, const Notice& notice);  // empty: none
std::vector<std::pair<std::string, std::string>> facts_of(const Notice& notice);

std::string slack_json(const Outgoing& message);
std::string teams_json(const Outgoing& message);
std::string webhook_json(const Outgoing& message);
std::string mail_text(const Outgoing& message);
std::string mail_html(const Outgoing& message);

// "t=<seconds>,v1=<hex HMAC-SHA256 of '<seconds>.<body>'>".
std::string signature_of(std::string_view key, base::TimeNs now, std::string_view body);

}  // namespace vedette::cases::notify
