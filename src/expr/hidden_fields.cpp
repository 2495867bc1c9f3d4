#include "vedette/expr/hidden_fields.hpp"

#include <algorithm>

namespace vedette::expr {

HiddenFields::HiddenFields(const std::vector<std::string>& fields) {
  for (const std::string& field : fields) {
    if (field.empty()) continue;
    if (field.find_first_of("*?\\") == std::string::npos) {
      names_.push_back(field);
    } else {
      patterns_.emplace_back(field);
      patterns_.emplace_back(field + ".*");
    }
  }
}

bool HiddenFields::hides(std::string_view name) const {
  if (name == model::name_of(model::field::timestamp)) return false;
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& hidden) {
                       return name.starts_with(hidden) &&
                              (name.size() == hidden.size() || name[hidden.size()] == '.');
                     }) ||
         std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const WildcardPattern& pattern) { return pattern.matches(name); });
}

}  // namespace vedette::expr
