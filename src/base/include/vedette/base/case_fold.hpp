// Unicode simple case folding (CaseFolding.txt, statuses C and S), on UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vedette::base {

char32_t fold_code_point(char32_t c);

// Appends the folded form of `text` to `out`. Invalid UTF-8 bytes are copied unchanged. The folded text may
// be shorter or longer in bytes than its source. The ASCII-only path runs 16 bytes at a time.
void append_folded(std::string& out, std::string_view text);
// Writes the folded form to `out`, which has room for folded_bound(text.size()) bytes; returns the bytes
// written.
std::size_t fold_into(char* out, std::string_view text);
constexpr std::size_t folded_bound(std::size_t bytes) {
  return bytes * 3 + 16;
}

std::string folded(std::string_view text);

}  // namespace vedette::base
