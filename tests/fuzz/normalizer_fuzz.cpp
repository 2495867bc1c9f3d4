// A whole stream: its format is detected, it is cut into records, and each becomes an event.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "vedette/normalize/mapping.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace {

using namespace vedette;
using namespace vedette::normalize;

void write(const model::EventBatch& batch, std::string& out) {
  for (std::size_t i = 0; i < batch.size(); ++i) model::append_json(out, batch[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto mappings = [] {
    base::Diagnostics diagnostics;
    return MappingSet::load({}, diagnostics);
  }();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto detected = detect_format(text, "-", "");
  if (!detected.ok()) std::abort();
  FramerOptions options;
  options.chunk_bytes = 256;
  options.max_record_bytes = 4096;
  const auto framer = make_framer(
      detected->framing,
      [&](char* to, std::size_t capacity) -> base::Result<std::size_t> {
        const std::size_t count = std::min(capacity, text.size());
        std::copy_n(text.data(), count, to);
        text.remove_prefix(count);
        return count;
      },
      options);
  StreamOptions stream;
  stream.detected = *detected;
  Normalizer normalizer(*mappings, std::make_shared<model::Source>(), stream);
  std::string out;
  for (;;) {
    const auto chunk = framer->next();
    if (!chunk.ok()) std::abort();
    if (!chunk->bytes) break;
    write(*normalizer.parse(*chunk), out);
  }
  write(*normalizer.finish(), out);
  return 0;
}
