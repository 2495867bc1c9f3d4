// Reads the XML of one Windows event into the open row.
#pragma once

#include <string_view>

#include "windows_record.hpp"
#include "windows_shape.hpp"

namespace vedette::normalize {

// A pull parser for what Windows and its forwarders write: elements, attributes, the five entities, character
// references, CDATA, comments, processing instructions. Document types are refused. Texts without references
// are not copied. Linear time; depth limited by WindowsShape.
class WindowsXmlReader {
 public:
  // `xml` lives as long as the batch.
  WindowsXmlReader(std::string_view xml, WindowsRecord& record)
      : at_(xml.data()), end_(xml.data() + xml.size()), record_(record), shape_(record, Place::document) {}

  // What is wrong with the document, or nullptr; what could be read is written in any case.
  const char* run();

 private:
  bool starts_with(std::string_view text) const {
    return std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(text);
  }
  void fail(const char* error) {
    if (!error_) error_ = error;
  }
  bool stop(const char* error) {
    fail(error);
    return false;
  }
  void skip_space();
  bool skip_past(std::string_view mark);
  std::string_view name();
  bool markup();
  bool declaration();
  bool start_tag();
  bool attribute();
  bool end_tag();
  void text(std::string_view raw);
  std::string_view decode(std::string_view raw);
  std::size_t decode_reference(std::string_view reference, char* to);

  const char* at_;
  const char* end_;
  WindowsRecord& record_;
  WindowsShape<WindowsRecord> shape_;
  const char* error_ = nullptr;
  bool done_ = false;
};

}  // namespace vedette::normalize
