#include "vedette/correlate/engine.hpp"

namespace vedette::correlate {
namespace {

// A "*" stands for any part of the text. Only the last star met is tried again: pattern times text at most.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

double criticality_of(const std::vector<Criticality>& list, const model::Entity& entity) {
  for (const Criticality& entry : list) {
    if (entry.kind == entity.kind && fits(entry.pattern, entity.value)) return entry.factor;
  }
  return 1;
}

}  // namespace vedette::correlate
