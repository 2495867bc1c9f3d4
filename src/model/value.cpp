#include "vedette/model/value.hpp"

#include <charconv>

#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::model {

std::string_view text_of(const Value& value, TextBuffer& buffer) {
  switch (value.kind()) {
    case ValueKind::string:
      return value.as_string();
    case ValueKind::boolean:
      return value.as_boolean() ? "true" : "false";
    case ValueKind::integer: {
      const auto end =
          std::to_chars(buffer.bytes, buffer.bytes + sizeof(buffer.bytes), value.as_integer()).ptr;
      return {buffer.bytes, static_cast<std::size_t>(end - buffer.bytes)};
    }
    case ValueKind::real: {
      const auto end = std::to_chars(buffer.bytes, buffer.bytes + sizeof(buffer.bytes), value.as_real()).ptr;
      return {buffer.bytes, static_cast<std::size_t>(end - buffer.bytes)};
    }
    case ValueKind::null:
    case ValueKind::list:
      break;
  }
  return {};
}

bool number_of(const Value& value, double& out) {
  switch (value.kind()) {
    case ValueKind::integer:
      out = static_cast<double>(value.as_integer());
      return true;
    case ValueKind::real:
      out = value.as_real();
      return true;
    case ValueKind::string: {
      const auto parsed = base::parse_double(value.as_string());
      if (!parsed) return false;
      out = *parsed;
      return true;
    }
    default:
      return false;
  }
}

void append_json(std::string& out, const Value& value) {
  TextBuffer buffer;
  switch (value.kind()) {
    case ValueKind::null:
      out += "null";
      return;
    case ValueKind::boolean:
    case ValueKind::integer:
      out += text_of(value, buffer);
      return;
    case ValueKind::real:
      base::append_json_double(out, value.as_real());
      return;
    case ValueKind::string:
      base::append_json_string(out, value.as_string());
      return;
    case ValueKind::list: {
      out += '[';
      bool first = true;
      for (const Value& item : value.as_list()) {
        if (!first) out += ',';
        first = false;
        append_json(out, item);
      }
      out += ']';
      return;
    }
  }
}

}  // namespace vedette::model
