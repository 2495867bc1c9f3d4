// Messages of the Fluent Forward protocol, version 1, without a connection.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"

namespace vedette::ingest {

struct FluentEntry {
  base::TimeNs time = 0;
  std::string_view json;  // the record
};

struct FluentHead {
  std::string tag;
  std::string chunk;  // to be acknowledged; empty: not asked for
};

struct FluentLimits {
  std::size_t max_plain_bytes = std::size_t{64} << 20;  // after decompression
};

// Reads one Message, Forward, PackedForward or CompressedPackedForward message; calls `entry` for every
// record that can be read, whose views live only as long as the call. `bad` counts those that cannot. Errors:
// corrupt, limit (decompression); entries before it have been told.
base::Result<FluentHead> read_fluent_message(std::string_view message, const FluentLimits& limits,
                                             const std::function<void(const FluentEntry&)>& entry,
                                             std::uint64_t& bad);

// What the client proves to know: PING of the handshake.
struct FluentPing {
  std::string hostname, salt, digest, user, password_digest;
};
base::Result<FluentPing> read_fluent_ping(std::string_view message);
std::string fluent_helo(std::string_view nonce);
std::string fluent_pong(bool accepted, std::string_view reason, std::string_view hostname,
                        std::string_view digest);
std::string fluent_ack(std::string_view chunk);
// SHA-512 in hex of salt + hostname + nonce + shared key.
std::string fluent_digest(std::string_view salt, std::string_view hostname, std::string_view nonce,
                          std::string_view shared_key);
std::string fluent_nonce();  // 16 random bytes
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace vedette::ingest
