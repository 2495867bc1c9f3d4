// Ids of the ECS (and a few own) field names that the text formats write and model's known_fields.def does
// not list.
#pragma once

#include "vedette/model/field.hpp"

namespace vedette::normalize {

struct TextFields {
#define VEDETTE_TEXT_FIELD(identifier, name) model::FieldId identifier = model::intern(name);
#include "formats/text_fields.def"
#undef VEDETTE_TEXT_FIELD
};

inline const TextFields& text_fields() {
  static const TextFields fields;
  return fields;
}

}  // namespace vedette::normalize
