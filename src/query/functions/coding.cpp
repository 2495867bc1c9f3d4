#include "functions.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query {
namespace {

using model::Value;

template <std::string (*code)(std::string_view)>
Value encode(Call& call) {
  model::TextBuffer buffer;
  return call.text(code(text_in(call.args[0], buffer)));
}

template <std::optional<std::string> (*code)(std::string_view)>
Value decode(Call& call) {
  model::TextBuffer buffer;
  const auto bytes = code(text_in(call.args[0], buffer));
  return bytes ? call.text(*bytes) : call.fail("the text is not in this encoding");
}

// %XX and '+'; what is no escape stays as it is.
std::string url_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      if (const auto byte = base::hex_decode(text.substr(at + 1, 2)); byte && byte->size() == 1) {
        out += *byte;
        at += 2;
        continue;
      }
    }
    out += text[at] == '+' ? ' ' : text[at];
  }
  return out;
}

constexpr Function kCodingFunctions[] = {
    {"url_decode", 1, 1, encode<url_decode>},
    {"base64_encode", 1, 1, encode<base::base64_encode>},
    {"base64_decode", 1, 1, decode<base::base64_decode>},
    {"hex_encode", 1, 1, encode<base::hex_encode>},
    {"hex_decode", 1, 1, decode<base::hex_decode>},
};

}  // namespace

std::span<const Function> coding_functions() {
  return kCodingFunctions;
}

}  // namespace vedette::query
