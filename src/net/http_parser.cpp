#include "http_parser.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "vedette/base/text.hpp"

namespace vedette::net {

namespace {

constexpr std::size_t kMaxFields = 256;
constexpr std::size_t kMaxMethodBytes = 32;
constexpr std::size_t kMaxQueryParts = 1024;
constexpr std::string_view kEndOfLine = "\r\n";

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) table[c] = base::is_alnum(static_cast<char>(c));
  for (const char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'}) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr auto kTokenBytes = make_token_table();

bool is_http_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return kTokenBytes[static_cast<unsigned char>(c)]; });
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
  });
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view cut_at(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return part;
}

constexpr HttpProblem kBadTarget{400, "the request target is malformed"};

std::optional<HttpProblem> parse_query(std::string_view text, HttpRequest& request) {
  while (!text.empty()) {
    std::string_view value = cut_at(text, '&');
    if (value.empty()) continue;
    const std::string_view name = cut_at(value, '=');
    if (request.query.size() == kMaxQueryParts) return HttpProblem{400, "the query has too many parts"};
    auto& part = request.query.emplace_back();
    if (!percent_decode(name, true, part.first) || !percent_decode(value, true, part.second))
      return kBadTarget;
  }
  return std::nullopt;
}

std::optional<HttpProblem> parse_path(std::string_view path, HttpRequest& request) {
  if (!percent_decode(path, false, request.path) || request.path.find('\0') != std::string::npos)
    return kBadTarget;
  while (!path.empty()) {
    const std::string_view segment = cut_at(path, '/');
    if (segment.empty()) continue;
    percent_decode(segment, false, request.segments.emplace_back());
  }
  return std::nullopt;
}

std::optional<HttpProblem> parse_target(std::string_view target, HttpRequest& request) {
  for (const char c : target) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '#') return kBadTarget;
  }
  if (target == "*") {
    if (request.method != "OPTIONS") return kBadTarget;
    target = "/";
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!base::starts_with_ignore_case_ascii(target, scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t path = target.find_first_of("/?");
    target = path == std::string_view::npos ? "/" : target.substr(path);
    if (target.front() == '?') {
      request.path.assign(1, '/');
      return parse_query(target.substr(1), request);
    }
    break;
  }
  if (!target.starts_with('/')) return kBadTarget;
  const std::string_view path = cut_at(target, '?');
  if (const auto problem = parse_path(path, request)) return problem;
  return parse_query(target, request);
}

std::optional<HttpProblem> parse_request_line(std::string_view line, HttpRequest& request,
                                              RequestFraming& framing) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return HttpProblem{400, "the request line is malformed"};
  const std::string_view method = line.substr(0, first);
  const std::string_view version = line.substr(last + 1);
  if (!is_http_token(method) || method.size() > kMaxMethodBytes)
    return HttpProblem{400, "the method is malformed"};
  if (version.size() != 8 || !version.starts_with("HTTP/") || !base::is_digit(version[5]) ||
      version[6] != '.' || !base::is_digit(version[7])) {
    return HttpProblem{400, "the request line is malformed"};
  }
  if (version[5] != '1') return HttpProblem{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  framing.minor_version = version[7] == '0' ? 0 : 1;
  framing.keep_alive = framing.minor_version == 1;
  request.method.resize(method.size());
  std::transform(method.begin(), method.end(), request.method.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (request.method == "CONNECT") return HttpProblem{501, "CONNECT is not supported"};
  return parse_target(line.substr(first + 1, last - first - 1), request);
}

// What the fields that decide the framing said.
struct FramingFields {
  bool has_length = false;
  bool has_encoding = false;
  int hosts = 0;
};

std::optional<HttpProblem> note_framing(std::string_view name, std::string_view value, FramingFields& fields,
                                        RequestFraming& framing) {
  const auto is = [name](std::string_view other) { return base::equals_ignore_case_ascii(name, other); };
  if (is("content-length")) {
    if (fields.has_length) return HttpProblem{400, "Content-Length is given twice"};
    fields.has_length = true;
    const bool digits = !value.empty() && std::all_of(value.begin(), value.end(), base::is_digit);
    const auto length = digits ? base::parse_uint(value) : std::nullopt;
    if (!length) return HttpProblem{400, "Content-Length is malformed"};
    framing.content_length = *length;
  } else if (is("transfer-encoding")) {
    if (fields.has_encoding) return HttpProblem{400, "Transfer-Encoding is given twice"};
    fields.has_encoding = true;
    if (!base::equals_ignore_case_ascii(value, "chunked")) {
      return HttpProblem{501, "of transfer encodings only chunked is supported"};
    }
    framing.chunked = true;
  } else if (is("host")) {
    if (++fields.hosts > 1) return HttpProblem{400, "Host is given twice"};
  } else if (is("connection")) {
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view option = trim_blanks(cut_at(rest, ','));
      if (base::equals_ignore_case_ascii(option, "close")) framing.keep_alive = false;
      if (base::equals_ignore_case_ascii(option, "keep-alive") && framing.minor_version == 0) {
        framing.keep_alive = true;
      }
    }
  } else if (is("expect") && framing.minor_version == 1) {
    if (!base::equals_ignore_case_ascii(value, "100-continue")) {
      return HttpProblem{417, "of expectations only 100-continue is supported"};
    }
    framing.expects_continue = true;
  }
  return std::nullopt;
}

std::optional<HttpProblem> parse_field(std::string_view line, HttpRequest& request, FramingFields& fields,
                                       RequestFraming& framing) {
  if (line.front() == ' ' || line.front() == '\t') return HttpProblem{400, "a header field is folded"};
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return HttpProblem{400, "a header field has no colon"};
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (!is_http_token(name)) return HttpProblem{400, "the name of a header field is malformed"};
  if (!is_field_value(value)) return HttpProblem{400, "the value of a header field holds control characters"};
  if (request.headers.size() == kMaxFields) return HttpProblem{431, "there are too many header fields"};
  request.headers.emplace_back(name, value);
  return note_framing(name, value, fields, framing);
}

std::string_view cut_line(std::string_view& rest) {
  const std::size_t end = rest.find(kEndOfLine);
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + kEndOfLine.size());
  return line;
}

}  // namespace

HeadScanner::State HeadScanner::scan(std::string_view bytes) {
  while (at_ < bytes.size()) {
    const void* found = std::memchr(bytes.data() + at_, '\n', bytes.size() - at_);
    if (found == nullptr) {
      at_ = bytes.size();
      break;
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    at_ = end + 1;
    if (end == line_ || bytes[end - 1] != '\r') return State::malformed;
    if (end - 1 == line_) return State::complete;
    line_ = at_;
  }
  // What is no request is told by its first bytes, without waiting for a line to end.
  if (line_ == 0) {
    const std::string_view begin = bytes.substr(0, std::min(bytes.find(' '), kMaxMethodBytes + 1));
    if (begin.size() > kMaxMethodBytes || (!begin.empty() && begin != "\r" && !is_http_token(begin))) {
      return State::malformed;
    }
  }
  return State::more;
}

std::optional<HttpProblem> parse_head(std::string_view head, HttpRequest& request, RequestFraming& framing) {
  if (const auto problem = parse_request_line(cut_line(head), request, framing)) return problem;
  FramingFields fields;
  while (!head.empty()) {
    const std::string_view line = cut_line(head);
    if (line.empty()) break;
    if (const auto problem = parse_field(line, request, fields, framing)) return problem;
  }
  if (fields.has_encoding && fields.has_length) {
    return HttpProblem{400, "both Content-Length and Transfer-Encoding are given"};
  }
  if (fields.has_encoding && framing.minor_version == 0)
    return HttpProblem{400, "Transfer-Encoding needs HTTP/1.1"};
  if (fields.hosts == 0 && framing.minor_version == 1) return HttpProblem{400, "Host is missing"};
  return std::nullopt;
}

}  // namespace vedette::net
