// Any bytes as the Fluent Forward protocol: the end of a value is found alike in pieces, and records are
// JSON.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "listeners/fluent_message.hpp"
#include "listeners/msgpack.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::ingest;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr std::size_t kMost = 4096;
  std::size_t whole_size = 0, piece_size = 0;
  MsgpackMeasure whole, pieces;
  const auto state = whole.look(bytes, kMost, whole_size);
  auto piece_state = MsgpackState::partial;
  for (std::size_t have = 1; have <= size && piece_state == MsgpackState::partial; have += 3) {
    piece_state = pieces.look(bytes.substr(0, have), kMost, piece_size);
  }
  if (piece_state == MsgpackState::partial) piece_state = pieces.look(bytes, kMost, piece_size);
  CHECK(state == piece_state && whole_size == piece_size);

  std::string json;
  base::JsonWriter writer(json);
  MsgpackReader reader(bytes);
  if (reader.write_json(writer)) {
    CHECK(!json.empty() && base::is_valid_utf8(json));
    CHECK(state == MsgpackState::broken || bytes.size() - reader.rest().size() == whole_size);
  }
  std::uint64_t bad = 0;
  std::size_t entries = 0;
  const auto head = read_fluent_message(
      bytes, {1u << 16},
      [&](const FluentEntry& entry) {
        ++entries;
        CHECK(entry.json.starts_with('{') && entry.json.ends_with('}'));
      },
      bad);
  CHECK(head.ok() || !head.error().message.empty());
  CHECK(entries + bad <= std::max<std::size_t>(size, 1u << 16));
  if (const auto ping = read_fluent_ping(bytes); ping.ok()) {
    fluent_digest(ping->salt, ping->hostname, "nonce", "key");
  }
  return 0;
}
