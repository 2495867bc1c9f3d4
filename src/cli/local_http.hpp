// One GET over a plain socket, for asking the server that runs on this machine.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::cli {

struct LocalAnswer {
  int status = 0;
  std::string body;
};

inline constexpr std::size_t kMaxLocalAnswer = 64u << 20;

// `address`: "127.0.0.1:8686", "[::1]:8686", "localhost:8686", or ":8686", which is asked at the loopback
// address, as are 0.0.0.0 and [::]. The time is for all of it. Errors: io, invalid_argument (no such
// address), limit (a longer answer), corrupt (no HTTP).
base::Result<LocalAnswer> local_http_get(std::string_view address, std::string_view path,
                                         std::chrono::nanoseconds timeout);

// "127.0.0.1:8686" or "[::1]:8686": where such an address is asked. Errors: invalid_argument.
base::Result<std::string> local_authority(std::string_view address);

}  // namespace vedette::cli
