// Which fields of events are compared with indicators. docs/enrichment.md shows the table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vedette::normalize {

// What a field's values may be; a field may be several.
enum FieldRole : std::uint8_t {
  kAddressRole = 1,
  kDomainRole = 2,
  kUrlRole = 4,  // its host is compared with addresses and domains, too
  kHashRole = 8,
  kEmailRole = 16,
  kNameRole = 32,  // a file name
  kPathRole = 64,  // a path: as a whole, and its last part as a file name
};

struct IndicatorField {
  std::string_view name;
  std::uint8_t roles;
};
std::span<const IndicatorField> indicator_fields();

}  // namespace vedette::normalize
