// How records are found in a growing buffer of JSON or XML.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace vedette::normalize {

class RecordScanner {
 public:
  enum class Found : std::uint8_t {
    record,  // [begin, end)
    more,    // nothing whole yet; bytes before `next` are done with
    end,     // nothing but blanks until the end of the stream
  };
  struct Step {
    Found found = Found::more;
    std::size_t begin = 0, end = 0;
    std::size_t next = 0;    // where to go on
    bool malformed = false;  // never closed: the rest of the stream
  };
  struct Skip {
    std::size_t consumed = 0;
    bool finished = false;
  };

  virtual ~RecordScanner() = default;

  // Looks for the next record from `from` on. `at_end`: no more bytes will come. Called again with the same
  // bytes and more after Found::more.
  virtual Step step(std::string_view bytes, std::size_t from, bool at_end) = 0;
  // The record that starts `rest`, for which step asked for more, is too long or never ends. True if the
  // scanner has found another way to cut `rest`: step is called again.
  virtual bool recover(std::string_view rest) = 0;
  // After a too long record was cut at the end of the bytes last seen: takes what still belongs to it.
  virtual Skip skip(std::string_view bytes, bool at_end) = 0;
};

std::unique_ptr<RecordScanner> make_json_scanner();
std::unique_ptr<RecordScanner> make_xml_scanner();

}  // namespace vedette::normalize
