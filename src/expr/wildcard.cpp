#include <algorithm>
#include <cstring>

#include "vedette/base/text.hpp"
#include "vedette/expr/matcher.hpp"

namespace vedette::expr {

WildcardPattern::WildcardPattern(std::string_view pattern) : pieces_(1) {
  std::string run;
  const auto end_run = [&] {
    if (run.size() > longest_.size()) longest_ = run;
    run.clear();
  };
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '*') {
      end_run();
      if (i == 0 || !pieces_.back().bytes.empty() || pieces_.size() == 1) pieces_.emplace_back();
      continue;
    }
    Piece& piece = pieces_.back();
    if (c == '?') {
      end_run();
      piece.any_one.push_back(piece.bytes.size());
    } else if (c == '\\' && i + 1 < pattern.size()) {
      c = pattern[++i];
    }
    if (c != '?' || piece.any_one.empty() || piece.any_one.back() != piece.bytes.size()) run += c;
    piece.bytes += c;
  }
  end_run();
}

// Where a match of `piece` that begins at `at` ends, or npos.
std::size_t WildcardPattern::match_at(const Piece& piece, std::string_view text, std::size_t at) {
  std::size_t from = 0;
  for (const std::size_t hole : piece.any_one) {
    const std::size_t run = hole - from;
    if (text.size() - at < run + 1 || std::memcmp(text.data() + at, piece.bytes.data() + from, run) != 0) {
      return std::string_view::npos;
    }
    at += run;
    base::decode_utf8(text, at);
    from = hole + 1;
  }
  const std::size_t run = piece.bytes.size() - from;
  if (text.size() - at < run || std::memcmp(text.data() + at, piece.bytes.data() + from, run) != 0) {
    return std::string_view::npos;
  }
  return at + run;
}

bool WildcardPattern::find(const Piece& piece, std::string_view text, std::size_t from, std::size_t& begin,
                           std::size_t& end) {
  if (piece.any_one.empty()) {
    begin = text.find(piece.bytes, from);
    end = begin + piece.bytes.size();
    return begin != std::string_view::npos;
  }
  for (begin = from;; base::decode_utf8(text, begin)) {
    end = match_at(piece, text, begin);
    if (end != std::string_view::npos) return true;
    if (begin == text.size()) return false;
  }
}

// The last piece must end where the text ends.
bool WildcardPattern::match_last(const Piece& piece, std::string_view text, std::size_t from) const {
  if (piece.any_one.empty()) {
    return text.size() - from >= piece.bytes.size() && text.ends_with(piece.bytes);
  }
  for (std::size_t begin = from;; base::decode_utf8(text, begin)) {
    if (match_at(piece, text, begin) == text.size()) return true;
    if (begin == text.size()) return false;
  }
}

bool WildcardPattern::matches(std::string_view text) const {
  std::size_t at = match_at(pieces_.front(), text, 0);
  if (at == std::string_view::npos) return false;
  if (pieces_.size() == 1) return at == text.size();
  for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {
    std::size_t begin = 0, end = 0;
    if (!find(pieces_[i], text, at, begin, end)) return false;
    at = end;
  }
  return match_last(pieces_.back(), text, at);
}

}  // namespace vedette::expr
