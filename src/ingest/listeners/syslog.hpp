// Syslog without sockets.
#pragma once

#include "listeners/message_session.hpp"

namespace vedette::ingest {

std::unique_ptr<net::StreamSession> make_syslog_session(std::shared_ptr<MessageCore> core,
                                                        std::shared_ptr<net::StreamConnection> connection);
void take_syslog_datagram(MessageCore& core, std::string_view bytes, const net::Peer& from, SteadyTime now);

}  // namespace vedette::ingest
