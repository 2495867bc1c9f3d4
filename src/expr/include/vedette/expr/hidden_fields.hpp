// Fields that somebody must not see.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vedette/expr/matcher.hpp"
#include "vedette/model/field.hpp"

namespace vedette::expr {

// Names, each with what is below it ("user" hides "user.name", too), or wildcard patterns (* and ?) of whole
// names or of what they are below ("us*.name" hides "user.name.text"). "@timestamp" is never hidden.
// Immutable and thread safe.
class HiddenFields {
 public:
  explicit HiddenFields(const std::vector<std::string>& fields);
  bool hides(std::string_view name) const;
  bool hides(model::FieldId field) const { return hides(model::name_of(field)); }
  bool empty() const { return names_.empty() && patterns_.empty(); }

 private:
  std::vector<std::string> names_;
  std::vector<WildcardPattern> patterns_;
};

}  // namespace vedette::expr
