// GELF without sockets.
#pragma once

#include <array>
#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "listeners/message_session.hpp"

namespace vedette::ingest {

struct GelfDocument {
  std::string json;       // under ECS names
  base::TimeNs time = 0;  // 0: none
};

// One GELF message (plain JSON). corrupt: no JSON object.
base::Result<GelfDocument> translate_gelf(std::string_view message);

// Puts chunked messages together. Not thread safe.
class GelfAssembler {
 public:
  struct Limits {
    std::size_t max_messages = 4096;                // incomplete, at a time
    std::size_t max_bytes = std::size_t{32} << 20;  // of their chunks
    std::chrono::milliseconds max_age{5000};        // from the first chunk
  };
  static constexpr std::size_t kMostChunks = 128;

  GelfAssembler() = default;
  explicit GelfAssembler(Limits limits) : limits_(limits) {}

  static bool is_chunk(std::string_view datagram) { return datagram.starts_with("\x1e\x0f"); }
  // The whole message once its last missing chunk is here. A chunk that is malformed, or that comes twice, is
  // counted and left out.
  std::optional<std::string> add(std::string_view chunk, const net::Peer& from, SteadyTime now);
  void expire(SteadyTime now);
  // Messages that were given up since the last call: too old, or pushed out by a bound; and bad chunks.
  std::uint64_t take_lost() { return std::exchange(lost_, 0); }
  std::uint64_t take_malformed() { return std::exchange(malformed_, 0); }
  std::size_t bytes() const { return bytes_; }
  std::size_t messages() const { return partial_.size(); }

 private:
  using Key = std::tuple<base::IpAddress, std::uint16_t, std::string>;
  struct Partial {
    std::vector<std::string> chunks;  // missing ones are empty
    std::size_t missing = 0, bytes = 0;
    SteadyTime first{};
    std::list<Key>::iterator age;
  };
  using Partials = std::map<Key, Partial>;
  void forget(Partials::iterator which);

  Limits limits_;
  Partials partial_;
  std::list<Key> by_age_;  // oldest first
  std::size_t bytes_ = 0;
  std::uint64_t lost_ = 0, malformed_ = 0;
};

// Takes the datagrams of a GELF listener. Thread safe.
class GelfReceiver {
 public:
  explicit GelfReceiver(std::shared_ptr<MessageCore> core) : core_(std::move(core)) {}
  void datagram(std::string_view bytes, const net::Peer& from, SteadyTime now);
  void expire(SteadyTime now);

 private:
  void count_lost();

  const std::shared_ptr<MessageCore> core_;
  std::mutex mutex_;  // guards the assembler
  GelfAssembler assembler_;
};

std::unique_ptr<net::StreamSession> make_gelf_session(std::shared_ptr<MessageCore> core,
                                                      std::shared_ptr<net::StreamConnection> connection);

}  // namespace vedette::ingest
