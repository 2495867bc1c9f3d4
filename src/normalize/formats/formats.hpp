// The formats, one file each. register.cpp lists them in the order in which they are asked.
#pragma once

#include "vedette/normalize/format.hpp"

namespace vedette::normalize {

namespace json {
class ShapeFormat;
}

const Format& plain_format();

const json::ShapeFormat& json_format();
const json::ShapeFormat& windows_json_format();

// All formats that are shapes of a JSON object, the general one last.
std::span<const json::ShapeFormat* const> json_formats();

}  // namespace vedette::normalize
