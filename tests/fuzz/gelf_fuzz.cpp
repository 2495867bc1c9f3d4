// Any bytes as GELF: as a message, as chunks, and as something compressed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "listeners/gelf.hpp"
#include "listeners/inflate.hpp"
#include "vedette/base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::ingest;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto document = translate_gelf(bytes);
  if (document.ok()) {
    // What comes out is a JSON object, and stays one.
    CHECK(translate_gelf(document->json).ok());
  }
  constexpr std::size_t kMost = 1u << 16;
  if (looks_compressed(bytes)) {
    const auto plain = inflate_bounded(bytes, kMost);
    CHECK(!plain.ok() || plain->size() <= kMost);
  }
  GelfAssembler assembler({.max_messages = 4, .max_bytes = 256, .max_age = std::chrono::milliseconds{10}});
  SteadyTime now{};
  // Datagrams of a length that the byte before tells.
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = static_cast<unsigned char>(bytes[at]) % 32;
    const std::string datagram = "\x1e\x0f" + std::string(bytes.substr(at + 1, length));
    const auto whole = assembler.add(datagram, net::Peer{}, now);
    CHECK(!whole || whole->size() <= GelfAssembler::kMostChunks * 32);
    CHECK(assembler.messages() <= 4 && assembler.bytes() <= 256);
    now += std::chrono::milliseconds{length % 4};
    at += length + 1;
  }
  now += std::chrono::seconds{1};
  assembler.expire(now);
  CHECK(assembler.messages() == 0 && assembler.bytes() == 0);
  return 0;
}
