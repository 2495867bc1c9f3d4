// HttpClient by libcurl.
#pragma once

#include <memory>

#include "vedette/ports/http_client.hpp"

namespace vedette::adapters {

// Addresses are resolved once, checked, and connected to as resolved; redirects are checked again.
std::unique_ptr<ports::HttpClient> make_http_client();

}  // namespace vedette::adapters
