#include <algorithm>

#include "vedette/base/text.hpp"
#include "vedette/ports/mail_sender.hpp"

namespace vedette::ports {

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  if (text.size() > 254 || at == 0 || at == std::string_view::npos || at + 1 == text.size()) return false;
  if (text.find('@', at + 1) != std::string_view::npos) return false;
  const auto plain = [](std::string_view part, std::string_view signs) {
    return std::all_of(part.begin(), part.end(),
                       [&](char c) { return base::is_alnum(c) || signs.find(c) != std::string_view::npos; });
  };
  return plain(text.substr(0, at), "!#$%&'*+-/=?^_`{|}~.") && plain(text.substr(at + 1), "-.") &&
         text[at + 1] != '-' && text[at + 1] != '.';
}

}  // namespace vedette::ports
