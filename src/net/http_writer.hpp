// Heads of HTTP responses as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "vedette/net/http.hpp"

namespace vedette::net {

enum class BodyFraming : std::uint8_t { none, length, chunked, until_close };

// Replaces `out` by the head with the empty line. Fields of the response that are the server's, or that hold
// what a field cannot, are left out.
void write_head(const HttpResponse& response, BodyFraming framing, bool keep_alive, int minor_version,
                std::string& out);
// 1xx, 204 and 304 have none.
bool may_have_body(int status);

}  // namespace vedette::net
