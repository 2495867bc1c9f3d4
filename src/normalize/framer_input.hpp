// The byte stream under a framer, as UTF-8: a byte order mark is taken off, UTF-16 is converted.
#pragma once

#include <cstdint>
#include <string>

#include "vedette/normalize/framer.hpp"

namespace vedette::normalize {

class FramerInput {
 public:
  explicit FramerInput(ReadFn read, bool text = true)
      : read_(std::move(read)), encoding_(text ? Encoding::unknown : Encoding::bytes) {}

  // Appends until `out` holds `size` bytes (a few more for UTF-16) or the stream ends. `capacity_hint` bytes
  // are reserved first.
  base::Status fill(std::string& out, std::size_t size);
  bool at_end() const { return at_end_; }

 private:
  enum class Encoding : std::uint8_t { unknown, bytes, utf16le, utf16be };
  base::Status read_raw(std::string& out, std::size_t size);
  base::Status sniff();
  void convert(std::string& out);

  ReadFn read_;
  std::string raw_;  // read, but not yet handed on
  Encoding encoding_;
  std::uint32_t high_surrogate_ = 0;
  bool raw_end_ = false;
  bool at_end_ = false;
};

// The size of a byte order mark at the start of `bytes`, 0 if there is none; sets `utf16` for UTF-16 marks.
std::size_t byte_order_mark(std::string_view bytes, bool& utf16, bool& big_endian);
// Whole text in any of the encodings to UTF-8 without a mark. For samples of a stream.
std::string decode_sample(std::string_view bytes);

}  // namespace vedette::normalize
