// The framing of server-sent events (WHATWG HTML, section 9.2).
#include "rest/call.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

// A line end in a name would begin a field of the attacker's making.
void append_one_line(std::string& out, std::string_view field, std::string_view value) {
  out += field;
  for (const char c : value) {
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  }
  out += '\n';
}

}  // namespace

bool Stream::event(std::string_view name, std::string_view data, std::string_view id) {
  std::string out;
  out.reserve(data.size() + name.size() + id.size() + 32);
  if (!id.empty()) append_one_line(out, "id: ", id);
  if (!name.empty()) append_one_line(out, "event: ", name);
  while (true) {
    const std::size_t end = data.find_first_of("\r\n");
    append_one_line(out, "data: ", data.substr(0, end));
    if (end == std::string_view::npos) break;
    const bool pair = data[end] == '\r' && data.substr(end + 1).starts_with('\n');
    data.remove_prefix(end + (pair ? 2 : 1));
  }
  out += '\n';
  return write(out);
}

bool Stream::comment() {
  return write(":\n\n");
}

}  // namespace vedette::api
