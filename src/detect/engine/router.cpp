#include "engine/router.hpp"

#include <algorithm>

#include "vedette/base/case_fold.hpp"
#include "vedette/base/check.hpp"

namespace vedette::detect {
namespace {

// An event that repeats a routing field thousands of times gains nothing by it.
constexpr std::size_t kMaxElements = 32;

struct KeyPart {
  std::uint8_t field;
  std::uint16_t value;
};

constexpr std::size_t kPartBytes = 3;

KeyPart part_at(std::string_view key, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(key[at + i]); };
  return {byte(0), static_cast<std::uint16_t>(byte(1) | byte(2) << 8)};
}

}  // namespace

Router::Router(const Taxonomy& taxonomy) {
  for (const LogSourceEntry& source : taxonomy.log_sources) {
    Entry& entry = entries_.emplace_back();
    for (const auto& tests : source.alternatives) {
      auto& alternative = entry.alternatives.emplace_back();
      for (const RouteTest& test : tests) {
        Test& compiled = alternative.emplace_back(Test{field_index(test.field), {}, test.missing});
        ValueMap& known = values_[compiled.field];
        for (const std::string& value : test.values) {
          const auto next = static_cast<ValueId>(known.size() + 1);
          compiled.values.push_back(known.try_emplace(base::folded(value), next).first->second);
        }
      }
    }
  }
}

std::uint8_t Router::field_index(const std::string& name) {
  const std::uint32_t id = index_of(model::intern(name));
  if (id >= index_of_field_.size()) index_of_field_.resize(id + 1, 0);
  if (index_of_field_[id] == 0) {
    values_.emplace_back();
    CHECK(values_.size() < 255);
    index_of_field_[id] = static_cast<std::uint8_t>(values_.size());
  }
  return static_cast<std::uint8_t>(index_of_field_[id] - 1);
}

void Router::key(const model::Event& event, std::string& key, std::string& folded) const {
  key.clear();
  for (const model::Cell& cell : event.cells()) {
    const std::uint32_t id = index_of(cell.field);
    if (id >= index_of_field_.size() || index_of_field_[id] == 0 || cell.value.is_null()) continue;
    const auto field = static_cast<std::uint8_t>(index_of_field_[id] - 1);
    const ValueMap& known = values_[field];
    const auto elements = cell.value.elements();
    for (const model::Value& element : elements.first(std::min(elements.size(), kMaxElements))) {
      model::TextBuffer buffer;
      folded.clear();
      base::append_folded(folded, text_of(element, buffer));
      const auto it = known.find(std::string_view(folded));
      const ValueId value = it == known.end() ? ValueId{0} : it->second;
      key += static_cast<char>(field);
      key += static_cast<char>(value & 0xff);
      key += static_cast<char>(value >> 8);
    }
  }
}

std::vector<std::uint16_t> Router::entries(std::string_view key) const {
  const auto holds = [&](const Test& test) {
    for (std::size_t at = 0; at < key.size(); at += kPartBytes) {
      const KeyPart part = part_at(key, at);
      if (part.field != test.field) continue;
      if (test.values.empty()) return !test.missing;
      if (std::find(test.values.begin(), test.values.end(), part.value) != test.values.end()) return true;
    }
    return test.missing;
  };
  std::vector<std::uint16_t> found;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& alternatives = entries_[i].alternatives;
    const bool any = std::any_of(alternatives.begin(), alternatives.end(), [&](const auto& tests) {
      return std::all_of(tests.begin(), tests.end(), holds);
    });
    if (any) found.push_back(static_cast<std::uint16_t>(i));
  }
  return found;
}

}  // namespace vedette::detect
