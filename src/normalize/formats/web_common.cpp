#include "formats/web_common.hpp"

#include <algorithm>

namespace vedette::normalize {
namespace {

namespace field = model::field;
using model::Value;

bool is_method(std::string_view word) {
  if (word.empty() || word.size() > 32) return false;
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; });
}

// "scheme://host[:port]" at the front of an absolute target: leaves the path.
std::string_view strip_origin(Row& row, std::string_view target) {
  const auto mark = target.find("://");
  if (mark == target.npos || mark == 0 || mark > 10) return target;
  const std::string_view scheme = target.substr(0, mark);
  if (!std::all_of(scheme.begin(), scheme.end(), base::is_alnum)) return target;
  const std::string_view rest = target.substr(mark + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view host = rest.substr(0, end);
  if (const auto at = host.rfind('@'); at != host.npos) host.remove_prefix(at + 1);
  const auto colon = host.rfind(':');
  if (colon != host.npos && host.find(']', colon) == host.npos) host = host.substr(0, colon);
  row.ref(text_fields().url_scheme, scheme);
  row.ref(field::url_domain, host);
  return rest.substr(end);
}

}  // namespace

void add_request_target(Row& row, std::string_view target) {
  row.ref(field::url_original, target);
  std::string_view path = strip_origin(row, target);
  if (const auto hash = path.find('#'); hash != path.npos) {
    row.ref(text_fields().url_fragment, path.substr(hash + 1));
    path = path.substr(0, hash);
  }
  if (const auto mark = path.find('?'); mark != path.npos) {
    row.ref(field::url_query, path.substr(mark + 1));
    path = path.substr(0, mark);
  }
  if (path.empty()) return;
  row.ref(field::url_path, path);
  const auto dot = path.rfind('.');
  if (dot == path.npos || dot + 1 == path.size() || path.size() - dot > 33) return;
  const std::string_view extension = path.substr(dot + 1);
  if (std::all_of(extension.begin(), extension.end(), base::is_alnum))
    row.ref(text_fields().url_extension, extension);
}

void add_request_line(Row& row, std::string_view request) {
  if (request.empty() || request == "-") return;
  const std::string_view method = request.substr(0, request.find(' '));
  if (method.size() == request.size() || !is_method(method)) return row.ref(field::url_original, request);
  row.ref(field::http_request_method, method);
  std::string_view target = request.substr(method.size() + 1);
  if (const auto version = target.rfind(" HTTP/"); version != target.npos && target.size() - version <= 10) {
    row.ref(field::http_version, target.substr(version + 6));
    target = target.substr(0, version);
  }
  add_request_target(row, target);
}

void add_http_status(Row& row, std::int64_t status) {
  row.add(field::http_response_status_code, Value::integer(status));
  row.ref(field::event_outcome, status >= 400 ? "failure" : "success");
}

std::string_view unescape_web(Row& row, std::string_view text) {
  if (text.empty() || !std::memchr(text.data(), '\\', text.size())) return text;
  char* to = row.arena().allocate(text.size());
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      const char next = text[i + 1];
      const int high = next == 'x' && i + 3 < text.size() ? base::hex_digit(text[i + 2]) : -1;
      const int low = high >= 0 ? base::hex_digit(text[i + 3]) : -1;
      if (low >= 0)
        c = static_cast<char>(high * 16 + low), i += 3;
      else if (next == '"' || next == '\\')
        c = next, ++i;
      else if (next == 'n')
        c = '\n', ++i;
      else if (next == 'r')
        c = '\r', ++i;
      else if (next == 't')
        c = '\t', ++i;
    }
    to[length++] = c;
  }
  return {to, length};
}

bool take_web_quoted(Scan& scan, std::string_view& out) {
  Scan at = scan;
  if (!at.take('"')) return false;
  const std::string_view text = at.rest();
  for (std::size_t from = 0; from < text.size();) {
    const void* found = std::memchr(text.data() + from, '"', text.size() - from);
    if (!found) return false;
    const std::size_t quote = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    std::size_t slashes = 0;
    while (slashes < quote - from && text[quote - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) {
      out = text.substr(0, quote);
      at.skip(quote + 1);
      scan = at;
      return true;
    }
    from = quote + 1;
  }
  return false;
}

}  // namespace vedette::normalize
