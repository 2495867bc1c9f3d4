// Randomness, hashes and text forms of secrets. Pure and thread safe, but for the randomness of the system.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::api::access {

std::string random_bytes(std::size_t count);
// `prefix` and 20 hex digits (80 bits): ids of records, not secrets.
std::string random_id(std::string_view prefix);
// `prefix` and 256 bits as base64url.
std::string random_token(std::string_view prefix);

std::string sha256(std::string_view bytes);      // 32 bytes
std::string sha256_hex(std::string_view bytes);  // 64 digits
std::string hmac_sha256(std::string_view key, std::string_view text);
std::string hmac_sha1(std::string_view key, std::string_view text);

std::string base64url(std::string_view bytes);  // RFC 4648 section 5, without padding
std::optional<std::string> base64url_decode(std::string_view text);
std::string base32(std::string_view bytes);  // RFC 4648 section 6, without padding

// In a time that depends on the lengths only.
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace vedette::api::access
