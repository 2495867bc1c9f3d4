// Decompression of small bodies, with a bound on what comes out.
#pragma once

#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::ingest {

// Whether the bytes begin as gzip (RFC 1952) or zlib (RFC 1950) data do.
bool looks_compressed(std::string_view bytes);
// gzip (any number of members) or zlib. Errors: corrupt; limit, if more than `max_bytes` come out.
base::Result<std::string> inflate_bounded(std::string_view bytes, std::size_t max_bytes);

}  // namespace vedette::ingest
