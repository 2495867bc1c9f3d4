// Digests and random names.
#pragma once

#include <string>
#include <string_view>

namespace vedette::api {

std::string sha256_hex(std::string_view bytes);
// Lower-case hex digits of as many random bytes of the operating system.
std::string random_hex(std::size_t bytes);

}  // namespace vedette::api
