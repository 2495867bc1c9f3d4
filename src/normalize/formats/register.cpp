// The list of all formats, in the order in which they are asked.
#include "formats/formats.hpp"
#include "json/shape.hpp"
#include "vedette/normalize/format.hpp"

namespace vedette::normalize {

std::span<const json::ShapeFormat* const> json_formats() {
  static const json::ShapeFormat* const formats[] = {
      &windows_json_format(),
      &json_format(),
  };
  return formats;
}

std::span<const Format* const> all_formats() {
  static const std::vector<const Format*> formats = [] {
    std::vector<const Format*> list;
    for (const json::ShapeFormat* format : json_formats()) list.push_back(format);
    list.push_back(&plain_format());
    return list;
  }();
  return formats;
}

const Format* find_format(std::string_view name) {
  for (const Format* format : all_formats()) {
    if (format->info().name == name) return format;
  }
  return nullptr;
}

}  // namespace vedette::normalize
