#include "vedette/base/ip.hpp"

#include <algorithm>
#include <charconv>

#include "vedette/base/text.hpp"

namespace vedette::base {
namespace {

// Dotted quad in decimal; leading zeros are refused because some programs read them as octal.
bool parse_v4(std::string_view text, std::uint8_t* out) {
  std::size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return false;
    const std::size_t start = at;
    unsigned value = 0;
    while (at < text.size() && is_digit(text[at]) && at - start < 3) {
      value = value * 10 + static_cast<unsigned>(text[at++] - '0');
    }
    const std::size_t digits = at - start;
    if (digits == 0 || value > 255 || (digits > 1 && text[start] == '0')) return false;
    out[part] = static_cast<std::uint8_t>(value);
  }
  return at == text.size();
}

bool parse_group(std::string_view text, std::uint8_t* out) {
  if (text.size() > 4) return false;
  const auto value = parse_uint(text, 16);
  if (!value) return false;
  out[0] = static_cast<std::uint8_t>(*value >> 8);
  out[1] = static_cast<std::uint8_t>(*value & 0xFF);
  return true;
}

// Groups between colons, the last perhaps a dotted quad; returns the bytes written or -1.
int parse_groups(std::string_view text, bool v4_allowed, std::uint8_t (&out)[16]) {
  if (text.empty()) return 0;
  std::size_t size = 0;
  for (;;) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (last && v4_allowed && group.find('.') != std::string_view::npos) {
      if (size > 12 || !parse_v4(group, out + size)) return -1;
      return static_cast<int>(size) + 4;
    }
    if (size > 14 || !parse_group(group, out + size)) return -1;
    size += 2;
    if (last) return static_cast<int>(size);
    text.remove_prefix(colon + 1);
  }
}

bool parse_v6(std::string_view text, std::array<std::uint8_t, 16>& bytes) {
  const std::size_t gap = text.find("::");
  std::uint8_t head[16], tail[16];
  if (gap == std::string_view::npos) {
    if (parse_groups(text, true, head) != 16) return false;
    std::copy_n(head, 16, bytes.begin());
    return true;
  }
  const int before = parse_groups(text.substr(0, gap), false, head);
  const int after = parse_groups(text.substr(gap + 2), true, tail);
  if (before < 0 || after < 0 || before + after > 14) return false;
  bytes.fill(0);
  std::copy_n(head, before, bytes.begin());
  std::copy_n(tail, after, bytes.end() - after);
  return true;
}

void append_number(std::string& out, unsigned value, int base) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
  out.append(digits, end);
}

// The longest run of at least two zero groups, the first of equals: [start, stop) in groups.
std::pair<int, int> longest_zero_run(const std::array<unsigned, 8>& groups) {
  std::pair<int, int> longest{8, 8};
  int length = 1;
  for (int start = 0; start < 8;) {
    int stop = start;
    while (stop < 8 && groups[static_cast<std::size_t>(stop)] == 0) ++stop;
    if (stop - start > length) {
      longest = {start, stop};
      length = stop - start;
    }
    start = stop + 1;
  }
  return longest;
}

bool prefix_matches(const IpAddress& a, const IpAddress& b, int prefix) {
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + prefix / 8, b.bytes.begin())) return false;
  const int rest = prefix % 8;
  return rest == 0 || ((a.bytes[whole] ^ b.bytes[whole]) >> (8 - rest)) == 0;
}

bool has_host_bits(const IpNetwork& network) {
  for (int bit = network.prefix; bit < 128; ++bit) {
    if ((network.base.bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8)) & 1) return true;
  }
  return false;
}

Error network_error(std::string_view text, std::string_view what) {
  return make_error(ErrorCode::invalid_argument,
                    std::string("network \"").append(text).append("\" ").append(what));
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  IpAddress address;
  if (text.size() < 2 || text.size() > 45) return std::nullopt;
  if (text.find(':') != std::string_view::npos) {
    if (!parse_v6(text, address.bytes)) return std::nullopt;
    return address;
  }
  address.bytes[10] = address.bytes[11] = 0xFF;
  if (!parse_v4(text, address.bytes.data() + 12)) return std::nullopt;
  return address;
}

bool IpAddress::is_v4() const {
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](std::uint8_t b) { return b == 0; }) &&
         bytes[10] == 0xFF && bytes[11] == 0xFF;
}

std::string IpAddress::to_string() const {
  std::string out;
  if (is_v4()) {
    for (std::size_t i = 12; i < 16; ++i) {
      if (i > 12) out += '.';
      append_number(out, bytes[i], 10);
    }
    return out;
  }
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = (unsigned{bytes[2 * i]} << 8) | bytes[2 * i + 1];
  const auto [gap, gap_end] = longest_zero_run(groups);
  for (int i = 0; i < 8; ++i) {
    if (i == gap) {
      out += "::";
      i = gap_end - 1;
      continue;
    }
    if (i > 0 && i != gap_end) out += ':';
    append_number(out, groups[static_cast<std::size_t>(i)], 16);
  }
  return out;
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  const auto address = IpAddress::parse(address_text);
  if (!address) return network_error(text, "has no valid IP address");
  IpNetwork network{*address, 128};
  if (slash == std::string_view::npos) return network;

  const std::string_view prefix_text = text.substr(slash + 1);
  const auto prefix = parse_uint(prefix_text);
  const bool v4 = address_text.find(':') == std::string_view::npos;
  if (!prefix || *prefix > (v4 ? 32u : 128u) || (prefix_text.size() > 1 && prefix_text.front() == '0')) {
    return network_error(text, v4 ? "has no prefix length of 0 to 32" : "has no prefix length of 0 to 128");
  }
  network.prefix = static_cast<int>(*prefix) + (v4 ? 96 : 0);
  if (has_host_bits(network)) return network_error(text, "has address bits set beyond its prefix");
  return network;
}

bool IpNetwork::contains(const IpAddress& address) const {
  return prefix_matches(base, address, prefix);
}

}  // namespace vedette::base
