// Digests by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace vedette::cases {

std::string hmac_sha256_hex(std::string_view key, std::string_view text);

using Uuid = std::array<std::uint8_t, 16>;
// RFC 4122 version 5, as text in lower case.
std::string uuid_v5(const Uuid& space, std::string_view name);

}  // namespace vedette::cases
