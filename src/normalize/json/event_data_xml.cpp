#include "json/event_data_xml.hpp"

#include <cstring>
#include <string>

#include "vedette/base/text.hpp"

namespace vedette::normalize::json {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// The value of Name="..." in a start tag.
std::string_view name_attribute(std::string_view tag) {
  for (std::size_t at = 0; (at = tag.find("Name", at)) != npos; at += 4) {
    std::string_view rest = tag.substr(at + 4);
    if (at == 0 || !base::is_space(tag[at - 1])) continue;
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    if (!rest.starts_with('=')) continue;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) continue;
    return rest.substr(1, rest.find(rest[0], 1) - 1);
  }
  return {};
}

// The code point of "lt", "#60" or "#x3c"; 0 if it is none.
char32_t entity(std::string_view name) {
  if (name == "lt") return '<';
  if (name == "gt") return '>';
  if (name == "amp") return '&';
  if (name == "quot") return '"';
  if (name == "apos") return '\'';
  if (!name.starts_with('#')) return 0;
  const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
  const auto code = base::parse_uint(name.substr(hex ? 2 : 1), hex ? 16 : 10);
  return code && *code < 0x110000 && (*code < 0xd800 || *code > 0xdfff) ? static_cast<char32_t>(*code) : 0;
}

}  // namespace

std::optional<EventDataXml::Item> EventDataXml::next() {
  for (std::size_t at = 0; (at = rest_.find("<Data", at)) != npos; ++at) {
    if (at + 5 >= rest_.size() ||
        (rest_[at + 5] != '>' && rest_[at + 5] != '/' && !base::is_space(rest_[at + 5]))) {
      continue;
    }
    const std::size_t close = rest_.find('>', at);
    if (close == npos) break;
    const std::string_view tag = rest_.substr(at, close - at);
    Item item;
    item.name = decode(name_attribute(tag));
    rest_.remove_prefix(close + 1);
    if (tag.ends_with('/')) return item;
    const std::size_t end = std::min(rest_.find('<'), rest_.size());
    item.text = decode(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return item;
  }
  rest_ = {};
  return std::nullopt;
}

std::string_view EventDataXml::decode(std::string_view text) {
  if (text.find('&') == npos) return text;
  std::string out;
  while (!text.empty()) {
    const std::size_t amp = text.find('&');
    out += text.substr(0, amp);
    if (amp == npos) break;
    text.remove_prefix(amp);
    const std::size_t end = text.substr(0, 12).find(';');
    const char32_t code = end == npos ? 0 : entity(text.substr(1, end - 1));
    if (code == 0) {
      out += '&';
      text.remove_prefix(1);
    } else {
      base::append_utf8(out, code);
      text.remove_prefix(end + 1);
    }
  }
  return arena_.copy(out);
}

}  // namespace vedette::normalize::json
