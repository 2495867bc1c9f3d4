// <Event> elements, with or without a namespace prefix, wherever they stand in a document.
#include <cstring>

#include "framer_scanner.hpp"
#include "json/scan.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

constexpr std::size_t kMaxTagName = 64;  // of a prefix; more is not looked at

bool is_name_char(char c) {
  return base::is_alnum(c) || c == '_' || c == '-' || c == '.';
}
bool ends_name(char c) {
  return json::is_blank(c) || c == '>' || c == '/';
}

// What a '<' starts. "cut": the bytes end before it can be told.
enum class TagKind : std::uint8_t { other, event_start, event_end, comment, cdata, cut };

TagKind tag_at(std::string_view text) {
  using Kind = TagKind;
  if (text.size() < 2) return Kind::cut;
  if (text[1] == '!') {
    if (text.starts_with("<!--")) return Kind::comment;
    if (text.starts_with("<![CDATA[")) return Kind::cdata;
    return text.size() < 9 ? Kind::cut : Kind::other;
  }
  const bool end = text[1] == '/';
  std::size_t at = end ? 2 : 1;
  std::size_t name = at;
  for (; at < text.size() && at < kMaxTagName && (is_name_char(text[at]) || text[at] == ':'); ++at) {
    if (text[at] == ':') name = at + 1;
  }
  if (at == text.size()) return Kind::cut;
  if (text.substr(name, at - name) != "Event" || !ends_name(text[at])) return Kind::other;
  return end ? Kind::event_end : Kind::event_start;
}

// Whether there is more than mark-up around elements: declarations, comments, other tags and white space.
bool has_text(std::string_view gap) {
  for (std::size_t at = 0; at < gap.size(); ++at) {
    if (json::is_blank(gap[at]) || gap[at] == '\0') continue;
    if (gap[at] != '<') return true;
    const bool comment = gap.substr(at).starts_with("<!--");
    const std::size_t close = comment ? gap.find("-->", at) : gap.find('>', at);
    if (close == std::string_view::npos) return true;
    at = comment ? close + 2 : close;
  }
  return false;
}

class XmlScanner final : public RecordScanner {
 public:
  Step step(std::string_view bytes, std::size_t from, bool at_end) override {
    const std::size_t start = find_start(bytes, from);
    if (start != from && start != std::string_view::npos && has_text(bytes.substr(from, start - from))) {
      return {Found::record, from, start, start, false};
    }
    if (start == std::string_view::npos) {
      if (!at_end) return {Found::more, 0, 0, from, false};
      if (!has_text(bytes.substr(from))) return {Found::end, 0, 0, bytes.size(), false};
      return {Found::record, from, bytes.size(), bytes.size(), false};
    }
    const std::size_t end = find_end(bytes, start);
    if (end != std::string_view::npos) return {Found::record, start, end, end, false};
    if (at_end) return {Found::record, start, bytes.size(), bytes.size(), true};
    return {Found::more, 0, 0, start, false};
  }

  bool recover(std::string_view) override { return false; }

  Skip skip(std::string_view bytes, bool at_end) override {
    for (std::size_t at = 0; (at = bytes.find('<', at)) != std::string_view::npos; ++at) {
      const auto kind = tag_at(bytes.substr(at));
      if (kind == TagKind::event_start) return {at, true};
      if (kind == TagKind::cut) return {at_end ? bytes.size() : at, at_end};
      if (kind != TagKind::event_end) continue;
      const std::size_t close = bytes.find('>', at);
      if (close != std::string_view::npos) return {close + 1, true};
      return {at_end || bytes.size() - at > kMaxTagName * 4 ? bytes.size() : at, at_end};
    }
    return {bytes.size(), at_end};
  }

 private:
  static constexpr std::size_t npos = std::string_view::npos;

  static std::size_t find_start(std::string_view bytes, std::size_t from) {
    for (std::size_t at = from; (at = bytes.find('<', at)) != npos; ++at) {
      const auto kind = tag_at(bytes.substr(at));
      if (kind == TagKind::event_start) return at;
      if (kind != TagKind::comment) continue;
      const std::size_t close = bytes.find("-->", at);
      if (close == npos) return npos;
      at = close + 2;
    }
    return npos;
  }

  // Past the end of the element that starts at `start`, or where the next one starts before this has ended.
  static std::size_t find_end(std::string_view bytes, std::size_t start) {
    const std::size_t open_end = bytes.find('>', start);
    if (open_end == npos) return npos;
    if (bytes[open_end - 1] == '/') return open_end + 1;
    for (std::size_t at = open_end; (at = bytes.find('<', at)) != npos; ++at) {
      switch (tag_at(bytes.substr(at))) {
        case TagKind::event_start:
          return at;
        case TagKind::event_end: {
          const std::size_t close = bytes.find('>', at);
          return close == npos ? npos : close + 1;
        }
        case TagKind::comment:
          at = bytes.find("-->", at);
          break;
        case TagKind::cdata:
          at = bytes.find("]]>", at);
          break;
        case TagKind::cut:
          return npos;
        case TagKind::other:
          break;
      }
      if (at == npos) return npos;
    }
    return npos;
  }
};

}  // namespace

std::unique_ptr<RecordScanner> make_xml_scanner() {
  return std::make_unique<XmlScanner>();
}

}  // namespace vedette::normalize
