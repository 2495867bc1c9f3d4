#include "regex_literal.hpp"

#include "vedette/base/text.hpp"

namespace vedette::expr {
namespace {

constexpr std::string_view kMeta = "\\.+*?()|[]{}^$";

// Index just past the group or class that opens at `at`, or npos.
std::size_t skip_group(std::string_view p, std::size_t at) {
  int depth = 0;
  for (std::size_t i = at; i < p.size(); ++i) {
    if (p[i] == '\\') {
      ++i;
    } else if (p[i] == '[') {
      std::size_t j = i + 1;
      if (j < p.size() && p[j] == '^') ++j;
      if (j < p.size() && p[j] == ']') ++j;
      while (j < p.size() && p[j] != ']') {
        if (p.substr(j).starts_with("[:")) {
          j = p.find(":]", j + 2);
          if (j == std::string_view::npos) return j;
          ++j;
        }
        j += p[j] == '\\' ? 2 : 1;
      }
      if (j >= p.size()) return std::string_view::npos;
      i = j;
    } else if (p[i] == '(') {
      ++depth;
    } else if (p[i] == ')') {
      --depth;
    }
    if (depth == 0) return i + 1;
  }
  return std::string_view::npos;
}

bool quantifier(char c) {
  return c == '*' || c == '+' || c == '?' || c == '{';
}

// One plain character at p[at], its end in `end`; false for anything else.
bool plain(std::string_view p, std::size_t at, char& c, std::size_t& end) {
  if (p[at] == '\\') {
    if (at + 1 >= p.size() || base::is_alnum(p[at + 1])) return false;
    c = p[at + 1];
    end = at + 2;
    return true;
  }
  // A quantifier after a multi-byte character takes all its bytes: leave those out.
  if (kMeta.find(p[at]) != std::string_view::npos || static_cast<unsigned char>(p[at]) >= 0x80) return false;
  c = p[at];
  end = at + 1;
  return true;
}

}  // namespace

std::string required_literal(std::string_view p) {
  if (p.find("\\Q") != std::string_view::npos) return {};
  std::string best, run;
  const auto end_run = [&] {
    if (run.size() > best.size()) best = run;
    run.clear();
  };
  std::size_t at = 0;
  while (at < p.size()) {
    char c = 0;
    std::size_t end = 0;
    if (plain(p, at, c, end)) {
      const bool quantified = end < p.size() && quantifier(p[end]);
      // "ab+": b is there at least once, but what follows need not be adjacent.
      if (!quantified || p[end] == '+') run += c;
      if (quantified) end_run();
      at = end;
      continue;
    }
    end_run();
    if (p[at] == '|') return {};  // an alternation at the top level
    if (p[at] == '(' && p.substr(at).starts_with("(?")) {
      // "(?i)" changes only the case, which folding already ignores; other flags and groups are skipped
      // whole.
      const std::size_t close = skip_group(p, at);
      if (close == std::string_view::npos) return {};
      at = close;
    } else if (p[at] == '(' || p[at] == '[') {
      at = skip_group(p, at);
      if (at == std::string_view::npos) return {};
    } else if (p[at] == '{') {
      at = p.find('}', at);
      if (at == std::string_view::npos) return {};
      ++at;
    } else if (p[at] == '\\') {
      // \x41, \p{Greek}, \d, \1: nothing certain; a braced argument is skipped by the '{' case.
      at += 2;
      if (p[at - 1] == 'x' || p[at - 1] == 'p' || p[at - 1] == 'P' || base::is_digit(p[at - 1])) return {};
    } else {
      ++at;
    }
  }
  end_run();
  return best;
}

}  // namespace vedette::expr
