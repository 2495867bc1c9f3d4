// OTLP messages in protobuf, for tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace vedette::ingest::test {

inline std::string wire_varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}
inline std::string bytes_field(std::uint32_t number, std::string_view bytes) {
  return wire_varint(number << 3 | 2) + wire_varint(bytes.size()) + std::string(bytes);
}
inline std::string varint_field(std::uint32_t number, std::uint64_t value) {
  return wire_varint(number << 3) + wire_varint(value);
}
inline std::string fixed64_field(std::uint32_t number, std::uint64_t value) {
  std::string out = wire_varint(number << 3 | 1);
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}
inline std::string fixed32_field(std::uint32_t number, std::uint32_t value) {
  std::string out = wire_varint(number << 3 | 5);
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}
inline std::string any_text(std::string_view text) {
  return bytes_field(1, text);
}
inline std::string attribute(std::string_view key, std::string_view any) {
  return bytes_field(1, key) + bytes_field(2, any);
}
inline std::string any_real(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return fixed64_field(4, bits);
}

// Two records; the resource and the scope stand behind what they belong to.
inline std::string sample_request() {
  const std::string ids("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16);
  const std::string tags = bytes_field(5, bytes_field(1, any_text("a")) + bytes_field(1, any_text("b")));
  const std::string first =
      fixed64_field(1, 1'700'000'000'123'456'789) + fixed64_field(11, 1'700'000'001'000'000'000) +
      varint_field(2, 13) + bytes_field(3, "WARN") + bytes_field(5, any_text("payment failed")) +
      bytes_field(6, attribute("exception.type", any_text("IOError"))) +
      bytes_field(6, attribute("http.status_code", varint_field(3, static_cast<std::uint64_t>(-5)))) +
      bytes_field(6, attribute("ratio", any_real(0.5))) +
      bytes_field(6, attribute("ok", varint_field(2, 1))) +
      bytes_field(6, attribute("raw", bytes_field(7, "hi"))) + bytes_field(6, attribute("tags", tags)) +
      bytes_field(6, attribute("none", "")) + varint_field(7, 2) + fixed32_field(8, 0x101) +
      bytes_field(9, ids) + bytes_field(10, ids.substr(0, 8)) + bytes_field(12, "pay.fail") +
      bytes_field(99, "from the future");
  const std::string inner = bytes_field(6, bytes_field(1, attribute("n", varint_field(3, 7))));
  const std::string map = bytes_field(
      6, bytes_field(1, attribute("user", any_text("alice"))) + bytes_field(1, attribute("deep", inner)));
  const std::string second = fixed64_field(11, 42) + bytes_field(5, map);
  const std::string scope = bytes_field(1, "lib") + bytes_field(2, "1.2");
  const std::string resource = bytes_field(1, attribute("service.name", any_text("pay"))) +
                               bytes_field(1, attribute("k8s.pod.name", any_text("pay-0")));
  const std::string scope_logs = bytes_field(2, first) + bytes_field(2, second) + bytes_field(1, scope);
  return bytes_field(1, bytes_field(2, scope_logs) + bytes_field(1, resource));
}

}  // namespace vedette::ingest::test
