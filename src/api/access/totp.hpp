// One-time codes by time (RFC 6238: SHA-1, 6 digits, 30 seconds) and recovery codes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/time.hpp"

namespace vedette::api::access {

inline constexpr std::size_t kTotpSeedBytes = 20;
inline constexpr std::size_t kRecoveryCodes = 10;

std::string totp_code(std::string_view seed, std::int64_t step);  // six digits
std::int64_t totp_step(base::TimeNs now);
// The step whose code this is: now's, the one before or after, and later than `after` (each step once).
std::optional<std::int64_t> match_totp(std::string_view seed, std::string_view code, base::TimeNs now,
                                       std::int64_t after);
// otpauth://totp/...
std::string totp_uri(std::string_view issuer, std::string_view account, std::string_view seed_base32);

// "k2hs-7gqd-ab3c-x7wp": 80 bits.
std::string make_recovery_code();
// Of a code as typed: any case, with or without hyphens and blanks.
std::string recovery_hash(std::string_view user_id, std::string_view code);

}  // namespace vedette::api::access
