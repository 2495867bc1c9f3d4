// The tokens of binary XML.
#pragma once

#include <cstdint>
#include <string_view>

namespace vedette::normalize::evtx {

enum class Token : std::uint8_t {
  end_of_stream = 0x00,
  open_element = 0x01,
  close_start_element = 0x02,
  close_empty_element = 0x03,
  end_element = 0x04,
  value = 0x05,
  attribute = 0x06,
  cdata = 0x07,
  char_ref = 0x08,
  entity_ref = 0x09,
  pi_target = 0x0a,
  pi_data = 0x0b,
  template_instance = 0x0c,
  normal_substitution = 0x0d,
  optional_substitution = 0x0e,
  fragment_header = 0x0f,
};
// On open_element: attributes follow; elsewhere: more of the same follows.
inline constexpr std::uint8_t kMoreFlag = 0x40;

// "" if the entity is not one of the five of XML.
inline std::string_view predefined_entity(std::string_view name) {
  if (name == "amp") return "&";
  if (name == "lt") return "<";
  if (name == "gt") return ">";
  if (name == "quot") return "\"";
  return name == "apos" ? "'" : std::string_view{};
}

}  // namespace vedette::normalize::evtx
