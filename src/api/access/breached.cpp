#include "access/breached.hpp"

#include <algorithm>
#include <fstream>

#include "vedette/base/case_fold.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::access {
namespace {

constexpr std::string_view kCommonPasswords[] = {
#include "access/common_passwords.inc"
};

const std::vector<std::string_view>& sorted_common() {
  static const std::vector<std::string_view> sorted = [] {
    std::vector<std::string_view> all(std::begin(kCommonPasswords), std::end(kCommonPasswords));
    std::sort(all.begin(), all.end());
    return all;
  }();
  return sorted;
}

bool is_common(std::string_view folded) {
  return std::binary_search(sorted_common().begin(), sorted_common().end(), folded);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

// Without what is not a letter at either end: "!!summer2026" is "summer".
std::string_view core_of(std::string_view folded) {
  while (!folded.empty() && !is_letter(folded.front())) folded.remove_prefix(1);
  while (!folded.empty() && !is_letter(folded.back())) folded.remove_suffix(1);
  return folded;
}

// The shortest part that repeated (the last time perhaps cut) gives the text.
std::string_view unit_of(std::string_view text) {
  std::vector<std::size_t> border(text.size() + 1, 0);
  std::size_t k = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    while (k > 0 && text[i] != text[k]) k = border[k];
    if (text[i] == text[k]) ++k;
    border[i + 1] = k;
  }
  return text.substr(0, text.size() - border[text.size()]);
}

// "abcdefghijkl", "987654321098": each character one more, or one less, than the one before.
bool is_run(std::string_view text) {
  for (const int step : {1, -1}) {
    bool run = text.size() > 1;
    for (std::size_t i = 1; i < text.size() && run; ++i) {
      const int apart = text[i] - text[i - 1];
      run = apart == step || apart == -9 * step;
    }
    if (run) return true;
  }
  return false;
}

}  // namespace

base::Result<BreachedPasswords> BreachedPasswords::load(const std::string& file, std::size_t least) {
  BreachedPasswords out;
  if (file.empty()) return out;
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::make_error(base::ErrorCode::io, "cannot read the list of passwords " + file);
  std::string line;
  while (std::getline(in, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.size() < least || line.size() > 1024) continue;
    std::size_t count = 0;
    for (std::size_t at = 0; at < line.size(); ++count) base::decode_utf8(line, at);
    if (count < least) continue;
    if (out.hashes_.size() >= kMaxBreachedPasswords) {
      return base::make_error(base::ErrorCode::limit, "more than 20,000,000 long passwords in " + file);
    }
    out.hashes_.push_back(base::hash64(base::folded(line)));
  }
  if (in.bad()) return base::make_error(base::ErrorCode::io, "cannot read the list of passwords " + file);
  std::sort(out.hashes_.begin(), out.hashes_.end());
  out.hashes_.erase(std::unique(out.hashes_.begin(), out.hashes_.end()), out.hashes_.end());
  out.hashes_.shrink_to_fit();
  return out;
}

bool BreachedPasswords::contains(std::string_view password) const {
  const std::string folded = base::folded(password);
  if (std::binary_search(hashes_.begin(), hashes_.end(), base::hash64(folded))) return true;
  const std::string_view core = core_of(folded), unit = unit_of(folded);
  if (is_common(folded) || is_common(core) || is_run(folded)) return true;
  return unit.size() * 2 <= folded.size() &&
         (unit.size() <= 4 || is_common(unit) || is_common(core_of(unit)));
}

}  // namespace vedette::api::access
