// The value transformations of Sigma's modifiers that rewrite text: windash, UTF-16 and Base64.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sigma/value_pattern.hpp"

namespace vedette::detect::sigma {

inline constexpr std::size_t kMaxWindashVariants = 625;  // four switches

// Every spelling of the pattern's command line switches: a dash or slash at the start of a word may be any of
// - / and U+2013, U+2014, U+2015. Empty if there would be more than kMaxWindashVariants.
std::vector<Pattern> windash_variants(const Pattern& pattern);

enum class Utf16 { little_endian, big_endian, with_mark };
Pattern to_utf16(const Pattern& pattern, Utf16 form);

// The three (or fewer, for very short input) texts of which one occurs in the Base64 form of every text that
// holds `bytes`; which one depends on the offset of `bytes` modulo 3.
std::vector<std::string> base64_offset_variants(std::string_view bytes);

}  // namespace vedette::detect::sigma
