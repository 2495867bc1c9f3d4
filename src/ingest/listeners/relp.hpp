// RELP sessions without sockets.
#pragma once

#include "listeners/message_session.hpp"

namespace vedette::ingest {

std::unique_ptr<net::StreamSession> make_relp_session(std::shared_ptr<MessageCore> core,
                                                      std::shared_ptr<net::StreamConnection> connection);

}  // namespace vedette::ingest
