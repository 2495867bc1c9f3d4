// One exchange with another server, without redirects.
#pragma once

#include <chrono>
#include <string>

#include "http_url.hpp"
#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/ports/http_client.hpp"

namespace vedette::adapters {

// The request's url and timeout are not looked at. The address is checked when the socket for it is made, so
// that the one checked is the one connected to.
base::Result<ports::InboundResponse> http_exchange(const ports::OutboundRequest& request, const HttpUrl& url,
                                                   std::chrono::milliseconds timeout,
                                                   const base::CancellationToken& cancellation);

}  // namespace vedette::adapters
