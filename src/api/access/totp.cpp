#include "access/totp.hpp"

#include "access/crypto.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::access {
namespace {

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (base::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace

std::int64_t totp_step(base::TimeNs now) {
  return now / (30 * base::kNsPerSecond);
}

std::string totp_code(std::string_view seed, std::int64_t step) {
  std::string counter(8, '\0');
  for (int i = 0; i < 8; ++i) counter[7 - i] = static_cast<char>(static_cast<std::uint64_t>(step) >> (8 * i));
  const std::string mac = hmac_sha1(seed, counter);
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(mac[i])}; };
  const std::size_t at = byte(19) & 15;
  const std::uint32_t number =
      (byte(at) & 0x7F) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
  const std::string digits = std::to_string(number % 1'000'000);
  return std::string(6 - digits.size(), '0') + digits;
}

std::optional<std::int64_t> match_totp(std::string_view seed, std::string_view code, base::TimeNs now,
                                       std::int64_t after) {
  const std::int64_t current = totp_step(now);
  std::optional<std::int64_t> found;
  for (std::int64_t step = current - 1; step <= current + 1; ++step) {
    const bool same = equal_secrets(totp_code(seed, step), code);
    if (same && step > after && !found) found = step;
  }
  return found;
}

std::string totp_uri(std::string_view issuer, std::string_view account, std::string_view seed_base32) {
  const std::string from = percent_encoded(issuer);
  return "otpauth://totp/" + from + ":" + percent_encoded(account) + "?secret=" + std::string(seed_base32) +
         "&issuer=" + from + "&algorithm=SHA1&digits=6&period=30";
}

std::string make_recovery_code() {
  const std::string digits = base::to_lower_ascii(base32(random_bytes(10)));
  return digits.substr(0, 4) + "-" + digits.substr(4, 4) + "-" + digits.substr(8, 4) + "-" +
         digits.substr(12);
}

std::string recovery_hash(std::string_view user_id, std::string_view code) {
  std::string plain;
  for (const char c : code.substr(0, 64)) {
    if (c != '-' && !base::is_space(c)) plain += base::ascii_lower(c);
  }
  return sha256_hex("recovery:" + std::string(user_id) + ":" + plain);
}

}  // namespace vedette::api::access
