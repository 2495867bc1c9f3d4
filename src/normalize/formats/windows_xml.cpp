// Windows events as XML: wevtutil, Windows Event Forwarding, Splunk's renderings, and the like.
#include <algorithm>

#include "formats.hpp"
#include "vedette/base/text.hpp"
#include "vedette/normalize/windows_event.hpp"
#include "windows_xml_reader.hpp"

namespace vedette::normalize {
namespace {

constexpr std::string_view kNamespace = "http://schemas.microsoft.com/win/2004/08/events/event";
constexpr std::size_t kLookAhead = 4096;

void skip_space(std::string_view& text) {
  while (!text.empty() && base::is_space(text.front())) text.remove_prefix(1);
}

// Drops what may stand before the document element: a byte order mark, comments, instructions. A document
// type is passed over, too, so that the record is known for what it is; the reader refuses it.
void skip_prolog(std::string_view& text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (;;) {
    skip_space(text);
    std::string_view mark;
    if (text.starts_with("<?")) {
      mark = "?>";
    } else if (text.starts_with("<!--")) {
      mark = "-->";
    } else if (text.starts_with("<!DOCTYPE")) {
      mark = "<Event";
    } else {
      return;
    }
    const std::size_t found = text.find(mark);
    if (found == std::string_view::npos) return;
    text.remove_prefix(found + (mark.front() == '<' ? 0 : mark.size()));
  }
}

// Whether `text` begins with the start tag of an element of that local name.
bool starts_with_tag(std::string_view text, std::string_view name) {
  if (!text.starts_with('<')) return false;
  const std::size_t end = text.find_first_of(" \t\r\n/>");
  if (end == std::string_view::npos) return false;
  std::string_view tag = text.substr(1, end - 1);
  if (const std::size_t colon = tag.find(':'); colon != std::string_view::npos) tag.remove_prefix(colon + 1);
  return tag == name;
}

int recognise_event(std::string_view text) {
  const std::string_view start = text.substr(0, kLookAhead);
  if (start.find(kNamespace) != std::string_view::npos) return 100;
  const bool has_system =
      start.find("<System>") != std::string_view::npos || start.find(":System>") != std::string_view::npos;
  return has_system ? 90 : 0;
}

class WindowsXmlParser final : public FormatParser {
 public:
  Outcome parse(std::string_view xml, Row& row) override {
    std::string_view text = xml;
    skip_prolog(text);
    if (!starts_with_tag(text, "Event") || recognise_event(text) == 0) return Outcome::not_mine;
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (xml.starts_with(kByteOrderMark)) xml.remove_prefix(kByteOrderMark.size());
    WindowsRecord record(row);
    const char* error = WindowsXmlReader(xml, record).run();
    complete_windows_event(row, {});
    if (error) row.fail(error);
    return Outcome::parsed;
  }
};

class WindowsXmlFormat final : public Format {
 public:
  const FormatInfo& info() const override {
    static constexpr FormatInfo kInfo{
        .name = "windows-xml",
        .title = "Windows events as XML",
        .summary = "Event elements as wevtutil, Windows Event Forwarding and log shippers render them.",
        .framing = Framing::xml,
        .stateful = false,
        .payload = true};
    return kInfo;
  }
  // Also the beginning of a document that holds <Events>.
  int recognise(std::string_view record) const override {
    std::string_view text = record.substr(0, kLookAhead);
    skip_prolog(text);
    if (starts_with_tag(text, "Events")) {
      text.remove_prefix(std::min(text.size(), text.find('>') + 1));
      skip_prolog(text);
    }
    return starts_with_tag(text, "Event") ? recognise_event(text) : 0;
  }
  std::unique_ptr<FormatParser> open(const ParseContext&) const override {
    return std::make_unique<WindowsXmlParser>();
  }
};

}  // namespace

const Format& windows_xml_format() {
  static const WindowsXmlFormat format;
  return format;
}

}  // namespace vedette::normalize
