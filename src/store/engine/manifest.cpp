#include "manifest.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "vedette/base/hash.hpp"

namespace vedette::store {
namespace {

constexpr std::string_view kMagic = "vedette-store ";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kChecksumLine = 4 + 16 + 1;  // "end " + hex + newline

base::Error damaged(std::string_view what) {
  return base::make_error(base::ErrorCode::corrupt, fmt::format("the manifest has a damaged {}", what));
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

bool read_value(std::string_view& line, std::string_view name, std::uint64_t& value) {
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') return false;
  const auto number = parse_number(line.substr(name.size() + 1));
  if (!number) return false;
  value = *number;
  return true;
}

template <typename Number>
bool read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_part(std::string_view line, PartEntry& part) {
  std::array<std::string_view, 12> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t end = line.find(' ');
    if ((end == std::string_view::npos) != (i + 1 == words.size())) return false;
    words[i] = line.substr(0, end);
    if (end != std::string_view::npos) line.remove_prefix(end + 1);
  }
  PartSummary& summary = part.summary;
  if (words[0] != "part" || !read_number(words[1], part.name.number) || !is_day(words[2]) ||
      !is_dataset_folder(words[3])) {
    return false;
  }
  part.name.day = words[2];
  part.name.dataset = words[3];
  summary.path = part.name.path();
  return read_number(words[4], summary.rows) && read_number(words[5], summary.bytes) &&
         read_number(words[6], summary.raw_bytes) && read_number(words[7], summary.min_time) &&
         read_number(words[8], summary.max_time) && read_number(words[9], summary.min_sequence) &&
         read_number(words[10], summary.max_sequence) && read_number(words[11], part.sealed_at);
}

}  // namespace

std::string with_checksum(std::string text) {
  text += fmt::format("end {:016x}\n", base::hash64(text));
  return text;
}

base::Result<std::string_view> without_checksum(std::string_view bytes) {
  if (bytes.size() < kChecksumLine) return damaged("end");
  const std::string_view text = bytes.substr(0, bytes.size() - kChecksumLine);
  if (bytes.substr(text.size()) != fmt::format("end {:016x}\n", base::hash64(text))) {
    return damaged("checksum");
  }
  return text;
}

std::string encode_manifest(const Manifest& manifest) {
  std::string out = fmt::format("{}{}\nsealed_to {}\nnext_part {}\n", kMagic, kVersion, manifest.sealed_to,
                                manifest.next_part);
  for (const PartEntry& part : manifest.parts) {
    const PartSummary& summary = part.summary;
    out += fmt::format("part {} {} {} {} {} {} {} {} {} {} {}\n", part.name.number, part.name.day,
                       part.name.dataset, summary.rows, summary.bytes, summary.raw_bytes, summary.min_time,
                       summary.max_time, summary.min_sequence, summary.max_sequence, part.sealed_at);
  }
  return with_checksum(std::move(out));
}

base::Result<Manifest> decode_manifest(std::string_view bytes) {
  TRY_ASSIGN(std::string_view text, without_checksum(bytes));
  std::string_view line = next_line(text);
  std::uint64_t version = 0;
  if (!line.starts_with(kMagic) || !read_number(line.substr(kMagic.size()), version)) {
    return damaged("first line");
  }
  if (version != kVersion) {
    return base::make_error(base::ErrorCode::unsupported,
                            fmt::format("the manifest has version {}, this program knows 1", version));
  }
  Manifest manifest;
  line = next_line(text);
  if (!read_value(line, "sealed_to", manifest.sealed_to)) return damaged("sealed_to");
  line = next_line(text);
  if (!read_value(line, "next_part", manifest.next_part)) return damaged("next_part");
  while (!text.empty()) {
    PartEntry part;
    if (!read_part(next_line(text), part) || part.name.number >= manifest.next_part ||
        (!manifest.parts.empty() && part.name.number <= manifest.parts.back().name.number)) {
      return damaged("part");
    }
    manifest.parts.push_back(std::move(part));
  }
  return manifest;
}

base::Result<std::string> read_manifest_file(base::FileSystem& files, const std::string& path) {
  if (!files.exists(path)) return base::make_error(base::ErrorCode::not_found, path + " does not exist");
  return files.read_all(path, kMaxManifestBytes);
}

}  // namespace vedette::store
