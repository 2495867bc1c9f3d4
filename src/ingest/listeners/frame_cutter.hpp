// Cuts messages out of a byte stream: by line ends, NULs, or the counts of RFC 6587, told apart message by
// message.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vedette::ingest {

struct FramingOptions {
  std::size_t max_message_bytes = 1u << 20;  // the rest of a longer one is skipped
  bool octet_counting = false;               // "LEN <PRI>...", as well as delimited messages
  bool newline = true;                       // ends a message; a CR before it is not part of it
  bool nul = false;                          // ends a message, too
};

struct Frame {
  std::string_view bytes;
  bool cut = false;  // its end is missing
};

// Not thread safe. Linear in the bytes however they are divided.
class FrameCutter {
 public:
  explicit FrameCutter(FramingOptions options) : options_(options) {}

  // The next message that is not empty in `bytes` from `at`, which moves past it and past what is skipped;
  // nothing if it is not whole yet: then call again with the bytes from `at` on, and more. With `at_end` the
  // last one needs no end. Nothing more comes once broken().
  std::optional<Frame> next(std::string_view bytes, std::size_t& at, bool at_end);
  // A count that cannot be one.
  bool broken() const { return broken_; }

 private:
  enum class Count : std::uint8_t { none, partial, bad, found };
  Count read_count(std::string_view bytes, bool at_end, std::size_t& header);
  std::optional<Frame> counted(std::string_view bytes, std::size_t& at, bool at_end);
  std::optional<Frame> delimited(std::string_view bytes, std::size_t& at, bool at_end);
  bool skip(std::string_view bytes, std::size_t& at);
  std::size_t find_end(std::string_view bytes, std::size_t from) const;

  FramingOptions options_;
  std::uint64_t count_ = 0;       // of the message under way; 0: delimited
  std::uint64_t skip_count_ = 0;  // bytes to pass over
  bool skip_to_end_ = false;      // pass over all to the next line end or NUL
  bool delimited_ = false;        // the message under way is
  std::size_t looked_at_ = 0;     // bytes of it that hold no end
  bool broken_ = false;
};

}  // namespace vedette::ingest
