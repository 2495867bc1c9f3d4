// The <Data> elements of an <EventData> element that stands in a text.
#pragma once

#include <optional>
#include <string_view>

#include "vedette/base/arena.hpp"

namespace vedette::normalize::json {

class EventDataXml {
 public:
  struct Item {
    std::string_view name;  // empty if the element has none
    std::string_view text;
  };
  // Texts with entities are decoded to the arena, the others point into `xml`.
  EventDataXml(std::string_view xml, base::Arena& arena) : rest_(xml), arena_(arena) {}

  std::optional<Item> next();

 private:
  std::string_view decode(std::string_view text);

  std::string_view rest_;
  base::Arena& arena_;
};

}  // namespace vedette::normalize::json
