// The detection section of a rule (or the filter section of a filter): selections and condition.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "sigma/document.hpp"

namespace vedette::detect::sigma {

struct Detection {
  model::Predicate condition;
  bool negates = false;  // the condition holds a `not`
};

// `section` is a map of selections and `condition`; keys in `reserved` are neither. nullopt: refused.
std::optional<Detection> build_detection(const base::YamlNode& section,
                                         std::span<const std::string_view> reserved,
                                         DocumentContext& context);

}  // namespace vedette::detect::sigma
