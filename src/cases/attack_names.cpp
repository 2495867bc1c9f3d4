#include "attack_names.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"

namespace vedette::cases {

std::size_t tactic_place(std::string_view tag) {
  std::string name = base::to_lower_ascii(tag);
  std::replace(name.begin(), name.end(), '_', '-');
  const auto found = std::find_if(kTacticNames.begin(), kTacticNames.end(),
                                  [&](const TacticName& tactic) { return tactic.tag == name; });
  return static_cast<std::size_t>(found - kTacticNames.begin());
}

bool is_technique(std::string_view id) {
  const auto digits = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), base::is_digit);
  };
  if (id.size() != 5 && id.size() != 9) return false;
  if (id[0] != 'T' || !digits(id.substr(1, 4))) return false;
  return id.size() == 5 || (id[5] == '.' && digits(id.substr(6)));
}

std::string technique_url(std::string_view id) {
  std::string url = "https://attack.mitre.org/techniques/" + std::string(id) + "/";
  std::replace(url.begin() + 36, url.end(), '.', '/');
  return url;
}

}  // namespace vedette::cases
