// Router: which log sources an event belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "vedette/detect/taxonomy.hpp"
#include "vedette/model/event.hpp"

namespace vedette::detect {

// Immutable after construction. An event's *key* holds, for each field that log sources ask about, which of
// the asked values it has; all events with one key belong to the same log sources, so the answer can be
// cached by key.
class Router {
 public:
  explicit Router(const Taxonomy& taxonomy);

  // Writes the key of the event; `folded` is a reused buffer.
  void key(const model::Event& event, std::string& key, std::string& folded) const;
  // Indices of the log source entries that events with that key belong to, ascending.
  std::vector<std::uint16_t> entries(std::string_view key) const;

 private:
  using ValueId = std::uint16_t;  // 0: a value nobody asks about
  struct Test {
    std::uint8_t field;
    std::vector<ValueId> values;  // empty: only existence
    bool missing;                 // the field must not be there
  };
  struct Entry {
    std::vector<std::vector<Test>> alternatives;
  };
  struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using ValueMap = std::unordered_map<std::string, ValueId, StringHash, std::equal_to<>>;

  std::uint8_t field_index(const std::string& name);

  std::vector<std::uint8_t> index_of_field_;  // by FieldId: 1 + index into values_, 0 for none
  std::vector<ValueMap> values_;              // by routing field: folded value to id
  std::vector<Entry> entries_;
};

}  // namespace vedette::detect
