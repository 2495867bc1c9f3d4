#include "access/text_checks.hpp"

#include "access/impl.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::access {

std::optional<Refusal> check_text(std::string_view field, std::string_view text, std::size_t least,
                                  std::size_t most) {
  if (text.size() < least) return invalid(std::string(field), "this must not be empty");
  if (text.size() > most) {
    return invalid(std::string(field), "this is longer than " + std::to_string(most) + " bytes");
  }
  if (text.find('\0') != std::string_view::npos || base::escape_control(text) != text) {
    return invalid(std::string(field), "this has characters that cannot be shown");
  }
  if (base::trim(text) != text) return invalid(std::string(field), "this begins or ends with a blank");
  return std::nullopt;
}

}  // namespace vedette::api::access
