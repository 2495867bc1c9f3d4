// The framers: the same records whatever the sizes of reads and chunks, and none too long.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "vedette/normalize/framer.hpp"

namespace {

using namespace vedette;
using namespace vedette::normalize;

struct Framed {
  std::vector<std::string> records;
  std::vector<std::uint64_t> positions;
};

Framed frame(Framing framing, std::string_view text, std::size_t read_bytes, std::size_t chunk_bytes,
             std::size_t max_record_bytes) {
  FramerOptions options;
  options.chunk_bytes = chunk_bytes;
  options.max_record_bytes = max_record_bytes;
  const auto framer = make_framer(
      framing,
      [&](char* to, std::size_t capacity) -> base::Result<std::size_t> {
        const std::size_t size = std::min({capacity, read_bytes, text.size()});
        std::copy_n(text.data(), size, to);
        text.remove_prefix(size);
        return size;
      },
      options);
  Framed framed;
  for (;;) {
    const auto chunk = framer->next();
    if (!chunk.ok()) std::abort();
    if (!chunk->bytes) return framed;
    if (chunk->bytes->empty()) std::abort();
    for_each_record(framing, *chunk, [&](std::string_view record, std::uint64_t position) {
      if (record.size() > max_record_bytes) std::abort();
      framed.records.emplace_back(record);
      framed.positions.push_back(position);
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr Framing kFramings[] = {Framing::lines, Framing::json, Framing::xml, Framing::evtx};
  const Framing framing = kFramings[data[0] & 3];
  const Framed whole = frame(framing, text, text.size() + 1, 1 << 20, 1 << 20);
  const Framed pieces = frame(framing, text, 7, 32, 1 << 20);
  if (whole.records != pieces.records || whole.positions != pieces.positions) std::abort();
  for (std::size_t i = 0; i < whole.positions.size(); ++i) {
    if (whole.positions[i] != i + 1) std::abort();
  }
  frame(framing, text, 13, 32, 40);  // long records are cut
  return 0;
}
