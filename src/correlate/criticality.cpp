#include "criticality.hpp"

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

std::string whole_key(std::string_view tenant, model::EntityKind kind, std::string_view value) {
  std::string key(model::entity_kind_name(kind));
  return key.append(1, '\0').append(tenant).append(1, '\0').append(value);
}

}  // namespace

CriticalityTable::CriticalityTable(const std::vector<Criticality>& list) {
  for (std::size_t place = 0; place < list.size(); ++place) {
    const Criticality& one = list[place];
    if (one.pattern.find('*') == std::string::npos) {
      whole_.try_emplace(whole_key(one.tenant, one.kind, one.pattern), Entry{place, one.factor});
    } else {
      patterns_.push_back({{place, one.factor}, one.pattern, one.tenant, one.kind});
    }
  }
}

double CriticalityTable::of(std::string_view tenant, const model::Entity& entity) const {
  if (empty()) return 1;
  const auto whole = whole_.find(whole_key(tenant, entity.kind, entity.value));
  for (const Pattern& pattern : patterns_) {
    if (whole != whole_.end() && whole->second.place < pattern.place) break;
    if (pattern.kind == entity.kind && pattern.tenant == tenant && fits(pattern.text, entity.value)) {
      return pattern.factor;
    }
  }
  return whole != whole_.end() ? whole->second.factor : 1;
}

}  // namespace vedette::correlate
