#include "vedette/base/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace vedette::base {
namespace {

template <typename T>
std::optional<T> parse_whole(std::string_view text, int base) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// Digits that cannot overflow an int64; most numbers in logs.
std::optional<std::int64_t> parse_short_decimal(std::string_view text) {
  std::int64_t value = 0;
  for (const char c : text) {
    const unsigned digit = static_cast<unsigned char>(c) - unsigned{'0'};
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

constexpr std::size_t kMaxWord = 64;

// Optimal string alignment distance of words of at most kMaxWord bytes.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::size_t, kMaxWord + 1> rows[3];
  auto *before = &rows[0], *last = &rows[1], *now = &rows[2];
  for (std::size_t j = 0; j <= b.size(); ++j) (*last)[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    (*now)[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = (*last)[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      std::size_t best = std::min({change, (*last)[j] + 1, (*now)[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, (*before)[j - 2] + 1);
      }
      (*now)[j] = best;
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return (*last)[b.size()];
}

}  // namespace

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

bool equals_ignore_case_ascii(std::string_view a, std::string_view b) {
  return a.size() == b.size() && starts_with_ignore_case_ascii(a, b);
}

bool starts_with_ignore_case_ascii(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (ascii_lower(text[i]) != ascii_lower(prefix[i])) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (;;) {
    const std::size_t stop = text.find(separator, start);
    if (stop == std::string_view::npos) break;
    parts.push_back(text.substr(start, stop - start));
    start = stop + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::optional<std::int64_t> parse_int(std::string_view text, int base) {
  if (base != 10 || text.size() > 18) return parse_whole<std::int64_t>(text, base);
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  const auto value = parse_short_decimal(text);
  if (!value || !negative) return value;
  return -*value;
}

std::optional<std::uint64_t> parse_uint(std::string_view text, int base) {
  if (base != 10 || text.size() > 18) return parse_whole<std::uint64_t>(text, base);
  if (text.empty()) return std::nullopt;
  const auto value = parse_short_decimal(text);
  if (!value) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string_view nearest_name(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > kMaxWord) return {};
  std::string_view nearest;
  std::size_t best = std::min<std::size_t>(4, (word.size() + 1) / 2);  // the first distance that is too far
  for (const std::string_view candidate : candidates) {
    const std::size_t longer = std::max(candidate.size(), word.size());
    const std::size_t shorter = std::min(candidate.size(), word.size());
    if (candidate.size() > kMaxWord || longer - shorter >= best) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace vedette::base
