// The plain line end point without its sockets.
#pragma once

#include <memory>
#include <string>

#include "listeners/http_endpoint.hpp"

namespace vedette::ingest {

struct NdjsonOptions {
  std::string tokens;  // by commas; empty: anyone may send
};
std::shared_ptr<HttpEndpoint> make_ndjson_endpoint(std::shared_ptr<HttpDoor> door, NdjsonOptions options);

}  // namespace vedette::ingest
