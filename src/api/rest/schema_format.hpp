// What the formats of schemas demand of texts.
#pragma once

#include <string_view>

#include "rest/schema.hpp"

namespace vedette::api {

// Empty: the text is of the format; else what it should be ("an address like 10.0.0.1").
std::string_view format_fault(SchemaFormat format, std::string_view text);

}  // namespace vedette::api
