#include "windows_xml_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

constexpr const char* kBeyondEnd = "a tag is not closed";
constexpr std::size_t kLongestReference = 12;  // between & and ;

constexpr auto make_name_end() {
  std::array<bool, 256> table{};
  for (unsigned char c : {' ', '\t', '\r', '\n', '/', '>', '=', '<', '"', '\''}) table[c] = true;
  return table;
}
constexpr auto kNameEnd = make_name_end();

std::optional<char32_t> numeric_reference(std::string_view digits) {
  const bool hex = digits.starts_with('x');
  const auto code = base::parse_uint(hex ? digits.substr(1) : digits, hex ? 16 : 10);
  if (!code || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)) return std::nullopt;
  return static_cast<char32_t>(*code);
}

std::optional<char32_t> code_of_reference(std::string_view reference) {
  if (reference.starts_with('#')) return numeric_reference(reference.substr(1));
  if (reference == "amp") return U'&';
  if (reference == "lt") return U'<';
  if (reference == "gt") return U'>';
  if (reference == "quot") return U'"';
  if (reference == "apos") return U'\'';
  return std::nullopt;
}

const char* find(const char* from, const char* end, char c) {
  return from == end ? nullptr
                     : static_cast<const char*>(std::memchr(from, c, static_cast<std::size_t>(end - from)));
}

std::string_view between(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

}  // namespace

const char* WindowsXmlReader::run() {
  while (at_ != end_ && !done_) {
    const char* tag = find(at_, end_, '<');
    if (!tag) break;
    if (tag != at_) text(between(at_, tag));
    at_ = tag;
    if (!markup()) return error_;
  }
  if (!done_) fail("the event is not closed");
  if (shape_.foreign()) fail("the document element is not Event");
  if (done_ && !is_blank(between(at_, end_))) fail("there is something behind the event");
  return error_;
}

void WindowsXmlReader::skip_space() {
  while (at_ != end_ && base::is_space(*at_)) ++at_;
}

bool WindowsXmlReader::skip_past(std::string_view mark) {
  const std::size_t found = between(at_, end_).find(mark);
  if (found == std::string_view::npos) return stop("a comment, section or instruction is not closed");
  at_ += found + mark.size();
  return true;
}

std::string_view WindowsXmlReader::name() {
  const char* start = at_;
  while (at_ != end_ && !kNameEnd[static_cast<unsigned char>(*at_)]) ++at_;
  return between(start, at_);
}

bool WindowsXmlReader::markup() {
  ++at_;
  if (at_ == end_) return stop(kBeyondEnd);
  switch (*at_) {
    case '/':
      return end_tag();
    case '?':
      return skip_past("?>");
    case '!':
      return declaration();
    default:
      return start_tag();
  }
}

bool WindowsXmlReader::declaration() {
  constexpr std::string_view kCdata = "![CDATA[", kCdataEnd = "]]>";
  if (starts_with("!--")) {
    at_ += 3;
    return skip_past("-->");
  }
  if (!starts_with(kCdata)) return stop("document types and entity declarations are refused");
  at_ += kCdata.size();
  const char* start = at_;
  if (!skip_past(kCdataEnd)) return false;
  shape_.text(WindowsRecord::Text(between(start, at_ - kCdataEnd.size())));
  return true;
}

bool WindowsXmlReader::start_tag() {
  const std::string_view element = name();
  if (element.empty()) return stop("a tag has no name");
  if (!shape_.open(element)) return stop("elements are nested too deeply");
  for (;;) {
    skip_space();
    if (at_ == end_) return stop(kBeyondEnd);
    if (*at_ == '>') {
      ++at_;
      return true;
    }
    if (starts_with("/>")) {
      at_ += 2;
      shape_.close();
      done_ = shape_.depth() == 0;
      return true;
    }
    if (!attribute()) return false;
  }
}

bool WindowsXmlReader::attribute() {
  const std::string_view attribute_name = name();
  skip_space();
  if (attribute_name.empty() || at_ == end_ || *at_ != '=') return stop("an attribute is malformed");
  ++at_;
  skip_space();
  if (at_ == end_ || (*at_ != '"' && *at_ != '\'')) return stop("an attribute has no quotes");
  const char* start = at_ + 1;
  const char* close = find(start, end_, *at_);
  if (!close) return stop("an attribute is not closed");
  at_ = close + 1;
  shape_.attribute(attribute_name, WindowsRecord::Text(decode(between(start, close))));
  return true;
}

bool WindowsXmlReader::end_tag() {
  ++at_;
  const std::string_view element = name();
  skip_space();
  if (at_ == end_ || *at_ != '>') return stop(kBeyondEnd);
  if (shape_.depth() == 0 || element != shape_.element())
    return stop("an end tag does not match its start tag");
  ++at_;
  shape_.close();
  done_ = shape_.depth() == 0;
  return true;
}

// Space between elements is dropped.
void WindowsXmlReader::text(std::string_view raw) {
  if (shape_.depth() == 0 || (shape_.has_child() && is_blank(raw))) return;
  shape_.text(WindowsRecord::Text(decode(raw)));
}

std::string_view WindowsXmlReader::decode(std::string_view raw) {
  std::size_t reference = raw.find('&');
  if (reference == std::string_view::npos) return raw;
  char* start = record_.row().arena().allocate(raw.size());
  char* to = start;
  while (reference != std::string_view::npos) {
    std::memcpy(to, raw.data(), reference);
    to += reference;
    raw.remove_prefix(reference);
    const std::size_t semicolon = raw.substr(0, kLongestReference + 2).find(';');
    const std::size_t written =
        semicolon == std::string_view::npos ? 0 : decode_reference(raw.substr(1, semicolon - 1), to);
    if (written == 0) {
      fail("an entity or character reference is unknown");
      *to++ = '&';
      raw.remove_prefix(1);
    } else {
      to += written;
      raw.remove_prefix(semicolon + 1);
    }
    reference = raw.find('&');
  }
  std::memcpy(to, raw.data(), raw.size());
  to += raw.size();
  const auto size = static_cast<std::size_t>(to - start);
  record_.row().arena().shrink_last(start, size);
  return {start, size};
}

// Writes the character, in at most as many bytes as the reference takes; 0 if it names none.
std::size_t WindowsXmlReader::decode_reference(std::string_view reference, char* to) {
  const auto code = code_of_reference(reference);
  if (!code) return 0;
  if (*code < 0x80) {
    *to = static_cast<char>(*code);
    return 1;
  }
  std::string utf8;
  base::append_utf8(utf8, *code);
  std::memcpy(to, utf8.data(), utf8.size());
  return utf8.size();
}

}  // namespace vedette::normalize
