// How much entities matter, looked up for every entity of every alert.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/correlate/engine.hpp"

namespace vedette::correlate {

// Immutable. Values without a star are found by one look; those with one are tried in their order.
class CriticalityTable {
 public:
  CriticalityTable() = default;
  explicit CriticalityTable(const std::vector<Criticality>& list);

  bool empty() const { return whole_.empty() && patterns_.empty(); }
  // The factor of the first of the list that fits; 1: none does.
  double of(std::string_view tenant, const model::Entity& entity) const;

 private:
  struct Entry {
    std::size_t place = 0;
    double factor = 1;
  };
  struct Pattern : Entry {
    std::string text, tenant;
    model::EntityKind kind = model::EntityKind::host;
  };
  std::map<std::string, Entry, std::less<>> whole_;  // by kind, tenant and value
  std::vector<Pattern> patterns_;
};

}  // namespace vedette::correlate
