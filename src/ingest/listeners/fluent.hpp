// Fluent Forward sessions without sockets.
#pragma once

#include "listeners/message_session.hpp"

namespace vedette::ingest {

struct FluentSettings {
  std::string shared_key;  // empty: no handshake
  std::string hostname = "vedette";
  std::size_t max_message_bytes = std::size_t{16} << 20;
  std::size_t max_plain_bytes = std::size_t{64} << 20;
};

std::unique_ptr<net::StreamSession> make_fluent_session(std::shared_ptr<MessageCore> core,
                                                        FluentSettings settings,
                                                        std::shared_ptr<net::StreamConnection> connection);

}  // namespace vedette::ingest
