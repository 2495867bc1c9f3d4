// Any bytes as a stream of syslog messages: the same messages however the bytes are divided, none too long,
// and RELP's frames within their bounds.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "listeners/frame_cutter.hpp"
#include "vedette/base/check.hpp"

namespace {

using vedette::ingest::FrameCutter;
using vedette::ingest::FramingOptions;

struct CutFrames {
  std::vector<std::string> messages;
  bool broken = false;
};

CutFrames cut_frames(std::string_view bytes, std::size_t piece, const FramingOptions& options) {
  FrameCutter cutter(options);
  CutFrames cut;
  std::string buffer;
  for (std::size_t at = 0; at <= bytes.size(); at += piece) {
    buffer += bytes.substr(at, piece);
    const bool at_end = at + piece > bytes.size();
    std::size_t done = 0;
    while (const auto frame = cutter.next(buffer, done, at_end)) {
      CHECK(!frame->bytes.empty() && frame->bytes.size() <= options.max_message_bytes);
      cut.messages.emplace_back(frame->bytes);
    }
    CHECK(done <= buffer.size());
    if (cutter.broken()) {
      cut.broken = true;
      return cut;
    }
    buffer.erase(0, done);
    // What waits is bounded: a message, its count, and the byte that shows it to be too long.
    CHECK(at_end || buffer.size() <= options.max_message_bytes + 16);
  }
  CHECK(buffer.empty());
  return cut;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  FramingOptions options;
  options.octet_counting = (data[0] & 1) != 0;
  options.newline = (data[0] & 2) == 0;
  options.nul = (data[0] & 4) != 0 || !options.newline;
  options.max_message_bytes = (data[0] & 8) != 0 ? 16 : 1 << 20;
  const auto whole = cut_frames(bytes, bytes.size() + 1, options);
  const auto pieces = cut_frames(bytes, 3, options);
  CHECK(whole.messages == pieces.messages && whole.broken == pieces.broken);
  return 0;
}
