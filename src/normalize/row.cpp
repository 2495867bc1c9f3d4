#include "vedette/normalize/row.hpp"

#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {

namespace field = model::field;
using model::Value;

void Row::integer_or_text(model::FieldId id, std::string_view text) {
  const auto number = base::parse_int(text);
  model::TextBuffer buffer;
  // "007" and "+7" stay texts: a number would not read back as it came.
  if (number && model::text_of(Value::integer(*number), buffer) == text) {
    builder_.add(id, Value::integer(*number));
  } else {
    builder_.add_copy(id, text);
  }
}

bool Row::ip(model::FieldId ip_field, std::string_view text) {
  if (!base::IpAddress::parse(text)) return false;
  builder_.add_copy(ip_field, text);
  return true;
}

void Row::dataset(std::string_view module, std::string_view dataset) {
  builder_.add_derived(field::event_module, Value::string(arena().copy(module)));
  builder_.add_derived(field::event_dataset, Value::string(arena().copy(dataset)));
}

void Row::fail(std::string_view message) {
  failed_ = true;
  builder_.add_copy(field::error_message, message);
  builder_.add_ref(field::tags, "parse_failure");
}

}  // namespace vedette::normalize
