#include "rest/schema_format.hpp"

#include <algorithm>

#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::api {
namespace {

bool digits_at(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return false;
  const std::string_view part = text.substr(at, count);
  return std::all_of(part.begin(), part.end(), base::is_digit);
}

bool is_full_date(std::string_view text) {
  return text.size() == 10 && digits_at(text, 0, 4) && text[4] == '-' && digits_at(text, 5, 2) &&
         text[7] == '-' && digits_at(text, 8, 2) && base::parse_iso8601(text).has_value();
}

// RFC 3339: a date, "T", a time and an offset; unlike ISO 8601 in general.
bool is_date_time(std::string_view text) {
  if (text.size() < 20 || text.size() > 40 || (text[10] != 'T' && text[10] != 't')) return false;
  if (!is_full_date(text.substr(0, 10)) || !digits_at(text, 11, 2) || text[13] != ':') return false;
  const char last = text.back();
  const bool utc = last == 'Z' || last == 'z';
  const bool offset = text.size() >= 25 && digits_at(text, text.size() - 2, 2) &&
                      text[text.size() - 3] == ':' && digits_at(text, text.size() - 5, 2) &&
                      (text[text.size() - 6] == '+' || text[text.size() - 6] == '-');
  return (utc || offset) && base::parse_iso8601(text).has_value();
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : base::hex_digit(text[i]) < 0) return false;
  }
  return true;
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; });
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && at == text.rfind('@') &&
         text.size() <= 254 && is_visible(text);
}

bool is_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size() || !is_visible(text))
    return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return base::is_alnum(c) || c == '+' || c == '-' || c == '.'; });
}

}  // namespace

std::string_view format_fault(SchemaFormat format, std::string_view text) {
  const auto unless = [](bool good, std::string_view wanted) { return good ? std::string_view() : wanted; };
  switch (format) {
    case SchemaFormat::none:
      return {};
    case SchemaFormat::date_time:
      return unless(is_date_time(text), "a time like 2026-11-03T09:12:00Z");
    case SchemaFormat::date:
      return unless(is_full_date(text), "a date like 2026-11-03");
    case SchemaFormat::uuid:
      return unless(is_uuid(text), "a UUID");
    case SchemaFormat::email:
      return unless(is_email(text), "a mail address");
    case SchemaFormat::uri:
      return unless(is_uri(text), "a URI like https://example.com/feed");
    case SchemaFormat::ip:
      return unless(base::IpAddress::parse(text).has_value(), "an address like 10.0.0.1");
    case SchemaFormat::cidr:
      return unless(base::IpNetwork::parse(text).ok(), "a network like 10.0.0.0/8");
    case SchemaFormat::duration:
      return unless(base::parse_duration(text).has_value(), "a duration like 15m");
  }
  return {};
}

}  // namespace vedette::api
