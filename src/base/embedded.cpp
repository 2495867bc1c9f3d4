#include "vedette/base/embedded.hpp"

#include <algorithm>
#include <cstdint>

#include "vedette/base/check.hpp"

namespace vedette::base {
namespace {

constexpr std::size_t kBlock = 512;

struct HeaderField {
  std::size_t at, size;
};
constexpr HeaderField kName{0, 100}, kSize{124, 12}, kChecksum{148, 8}, kMagic{257, 6}, kPrefix{345, 155};
constexpr std::size_t kTypeAt = 156;

std::string_view field(std::string_view header, HeaderField f) {
  return header.substr(f.at, f.size);
}

// Up to the first NUL, as names and numbers end in it unless they fill their field.
std::string_view until_nul(std::string_view text) {
  return text.substr(0, text.find('\0'));
}

std::uint64_t parse_octal(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : until_nul(text)) {
    if (c == ' ') continue;
    CHECK(c >= '0' && c <= '7');
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

void check_header(std::string_view header) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool in_checksum = i >= kChecksum.at && i < kChecksum.at + kChecksum.size;
    sum += in_checksum ? std::uint64_t{' '} : static_cast<unsigned char>(header[i]);
  }
  CHECK(parse_octal(field(header, kChecksum)) == sum);
}

std::string header_path(std::string_view header) {
  std::string path;
  // In GNU headers ("ustar" and a blank) these bytes hold other things.
  if (field(header, kMagic) == std::string_view("ustar\0", 6)) path = until_nul(field(header, kPrefix));
  if (!path.empty()) path += '/';
  path += until_nul(field(header, kName));
  return path;
}

std::string_view without_dot(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  return path;
}

}  // namespace

std::vector<EmbeddedFile> read_embedded_tar(std::string_view tar) {
  std::vector<EmbeddedFile> files;
  std::string long_name;
  while (tar.size() >= kBlock && tar.front() != '\0') {
    const std::string_view header = tar.substr(0, kBlock);
    check_header(header);
    const std::uint64_t size = parse_octal(field(header, kSize));
    CHECK(size <= tar.size() - kBlock);
    const std::string_view bytes = tar.substr(kBlock, size);
    tar.remove_prefix(std::min<std::size_t>(tar.size(), kBlock + (size + kBlock - 1) / kBlock * kBlock));

    const char type = header[kTypeAt];
    CHECK(type != 'x');  // pax names would be missed
    if (type == 'L') {
      long_name = until_nul(bytes);
      continue;
    }
    if (type == '0' || type == '\0') {
      const std::string path = long_name.empty() ? header_path(header) : long_name;
      files.push_back({std::string(without_dot(path)), bytes});
    }
    if (type != 'K') long_name.clear();
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

}  // namespace vedette::base
