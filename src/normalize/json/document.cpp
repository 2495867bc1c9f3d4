#include "json/document.hpp"

#include <charconv>
#include <cstring>

#include "json/scan.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize::json {

const Node* Node::find(std::string_view name) const {
  if (!is_object()) return nullptr;
  const Node* const last = end();
  for (const Node* node = first(); node != last; node = node->next()) {
    if (node->key_size == name.size() && std::memcmp(node->key_data, name.data(), name.size()) == 0)
      return node;
  }
  return nullptr;
}

model::Value Node::value() const {
  switch (kind) {
    case Kind::boolean:
      return model::Value::boolean(integer != 0);
    case Kind::integer:
      return model::Value::integer(integer);
    case Kind::real:
      return model::Value::real(real);
    case Kind::string:
      return model::Value::string(string());
    default:
      return model::Value::null();
  }
}

class Document::Reader {
 public:
  Reader(std::string_view text, std::vector<Node>& nodes, base::Arena& arena)
      : begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        nodes_(nodes),
        arena_(arena) {}

  bool read() {
    skip();
    const bool whole = read_value();
    while (depth_ > 0) pop();
    if (!whole) return false;
    skip();
    return at_ == end_ || fail("text after the value");
  }

  const char* message() const { return message_; }
  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  bool fail(const char* message) {
    message_ = message;
    return false;
  }
  void skip() { at_ = skip_blanks(at_, end_); }

  // Reads one value with all that is in it.
  bool read_value() {
    std::string_view key;
    for (;;) {
      bool opened = false;
      if (!read_one(key, opened)) return false;
      if (!opened && !close_finished()) return message_ == nullptr;
      if (in_object() && !read_key(key)) return false;
    }
  }

  // A scalar, or the start of a container. `opened`: a container with something in it.
  bool read_one(std::string_view key, bool& opened) {
    if (at_ == end_) return fail("unexpected end");
    if (nodes_.size() == kMaxValues) return fail("too many values");
    Node& node = nodes_.emplace_back();
    node.key_data = key.data();
    node.key_size = static_cast<std::uint32_t>(key.size());
    switch (*at_) {
      case '"': {
        std::string_view text;
        ++at_;
        const bool closed = read_string(text);
        set_string(node, text);
        return closed;
      }
      case '{':
        return open(node, Kind::object, '}', opened);
      case '[':
        return open(node, Kind::array, ']', opened);
      case 't':
        return literal(node, "true", Kind::boolean, 1);
      case 'f':
        return literal(node, "false", Kind::boolean, 0);
      case 'n':
        return literal(node, "null", Kind::null, 0);
      default:
        return read_number(node);
    }
  }

  bool open(Node& node, Kind kind, char close, bool& opened) {
    node.kind = kind;
    ++at_;
    skip();
    if (at_ != end_ && *at_ == close) {
      ++at_;
      return true;
    }
    if (depth_ == kMaxDepth) {
      nodes_.pop_back();
      return fail("nested too deeply");
    }
    stack_[depth_++] = static_cast<std::uint32_t>(nodes_.size() - 1);
    opened = true;
    return true;
  }

  void pop() {
    const std::uint32_t at = stack_[--depth_];
    nodes_[at].size = static_cast<std::uint32_t>(nodes_.size() - 1 - at) & 0x1fff'ffffu;
  }

  bool in_object() const { return nodes_[stack_[depth_ - 1]].kind == Kind::object; }

  // After a value: closes the containers that end here. True if another member follows; false at the end of
  // the outermost value, or with a message.
  bool close_finished() {
    while (depth_ > 0) {
      skip();
      if (at_ == end_) return fail("unexpected end");
      const bool object = in_object();
      const char c = *at_;
      if (c == ',') {
        ++at_;
        skip();
        return true;
      }
      if (c != (object ? '}' : ']')) return fail(object ? "expected ',' or '}'" : "expected ',' or ']'");
      ++at_;
      pop();
    }
    return false;
  }

  bool read_key(std::string_view& key) {
    if (at_ == end_ || *at_ != '"') return fail("expected a member name");
    ++at_;
    if (!read_string(key)) return false;
    if (at_ != end_ && *at_ == ':') {
      ++at_;
    } else {
      skip();
      if (at_ == end_ || *at_ != ':') return fail("expected ':'");
      ++at_;
    }
    if (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ') skip();
    return true;
  }

  // After the opening quote, to past the closing one. On failure `text` is what there is.
  bool read_string(std::string_view& text) {
    const char* const from = at_;
    at_ = find_quote_or_escape(at_, end_);
    if (at_ != end_ && *at_ == '"') {
      text = {from, static_cast<std::size_t>(at_ - from)};
      ++at_;
      return true;
    }
    if (at_ == end_) {
      text = {from, static_cast<std::size_t>(at_ - from)};
      return fail("unterminated string");
    }
    return read_escaped(from, text);
  }

  // From the first escape on: unescaped text is never longer than its source.
  bool read_escaped(const char* from, std::string_view& text) {
    const auto left = static_cast<std::size_t>(end_ - from);
    const char* close = at_;
    while (close != end_ && *close != '"') {
      close = find_quote_or_escape(*close == '\\' && end_ - close > 1 ? close + 2 : close + 1, end_);
    }
    const std::size_t bound = close == end_ ? left : static_cast<std::size_t>(close - from);
    char* const to = arena_.allocate(bound);
    char* out = to;
    bool good = true;
    const char* run = from;
    for (;;) {
      const auto size = static_cast<std::size_t>(at_ - run);
      std::memcpy(out, run, size);
      out += size;
      if (at_ == close) break;
      if (!read_escape(out)) {
        good = false;
        break;
      }
      run = at_;
      at_ = find_quote_or_escape(at_, close);
    }
    text = {to, static_cast<std::size_t>(out - to)};
    arena_.shrink_last(to, text.size());
    if (!good) return false;
    if (at_ == end_) return fail("unterminated string");
    ++at_;
    return true;
  }

  bool read_escape(char*& out) {
    if (end_ - at_ < 2) return fail("unterminated string");
    const char c = at_[1];
    char plain = '\0';
    switch (c) {
      case '"':
      case '\\':
      case '/':
        plain = c;
        break;
      case 'b':
        plain = '\b';
        break;
      case 'f':
        plain = '\f';
        break;
      case 'n':
        plain = '\n';
        break;
      case 'r':
        plain = '\r';
        break;
      case 't':
        plain = '\t';
        break;
      case 'u':
        return read_code_point(out);
      default:
        return fail("bad escape");
    }
    *out++ = plain;
    at_ += 2;
    return true;
  }

  // The four digits at `at`, or -1.
  int hex4(const char* at) const {
    if (end_ - at < 4) return -1;
    int value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = at[i];
      const int digit = c >= '0' && c <= '9'                 ? c - '0'
                        : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                             : -1;
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  }

  bool read_code_point(char*& out) {
    const int unit = hex4(at_ + 2);
    if (unit < 0) return fail("bad escape");
    at_ += 6;
    auto code = static_cast<std::uint32_t>(unit);
    if (unit >= 0xd800 && unit < 0xdc00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
      const int low = hex4(at_ + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000u + ((code - 0xd800u) << 10) + (static_cast<std::uint32_t>(low) - 0xdc00u);
        at_ += 6;
      }
    }
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;  // a surrogate on its own
    const auto put = [&](std::uint32_t byte) {
      *out++ = static_cast<char>(static_cast<unsigned char>(byte));
    };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
    } else {
      put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)),
          put(0x80 | (code & 0x3f));
    }
    return true;
  }

  static void set_string(Node& node, std::string_view text) {
    node.kind = Kind::string;
    node.text = text.data();
    node.size = static_cast<std::uint32_t>(text.size()) & 0x1fff'ffffu;
  }

  bool literal(Node& node, std::string_view word, Kind kind, int value) {
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    if (!rest.starts_with(word)) return bad_value();
    at_ += word.size();
    node.kind = kind;
    node.integer = value;
    return true;
  }

  bool bad_value() {
    nodes_.pop_back();
    return fail("expected a value");
  }

  bool read_number(Node& node) {
    const char* const from = at_;
    const char* p = at_;
    const bool negative = *p == '-';
    if (negative) ++p;
    const char* const digits = p;
    std::uint64_t value = 0;
    while (p != end_ && base::is_digit(*p)) value = value * 10 + static_cast<std::uint64_t>(*p++ - '0');
    const auto count = p - digits;
    if (count == 0 || (count > 1 && *digits == '0')) return bad_value();
    const bool integral = p == end_ || (*p != '.' && *p != 'e' && *p != 'E');
    if (integral && count <= 18) {
      node.kind = Kind::integer;
      node.integer = negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
      at_ = p;
      return true;
    }
    return integral ? read_long_integer(node, from, p) : read_real(node, from, p);
  }

  bool read_long_integer(Node& node, const char* from, const char* to) {
    std::int64_t value = 0;
    if (const auto [end, error] = std::from_chars(from, to, value); error == std::errc{} && end == to) {
      node.kind = Kind::integer;
      node.integer = value;
    } else {
      set_string(node, {from, static_cast<std::size_t>(to - from)});
    }
    at_ = to;
    return true;
  }

  bool read_real(Node& node, const char* from, const char* p) {
    const auto take_digits = [&] {
      const char* const start = p;
      while (p != end_ && base::is_digit(*p)) ++p;
      return p != start;
    };
    if (*p == '.') {
      ++p;
      if (!take_digits()) return bad_value();
    }
    if (p != end_ && (*p == 'e' || *p == 'E')) {
      ++p;
      if (p != end_ && (*p == '+' || *p == '-')) ++p;
      if (!take_digits()) return bad_value();
    }
    double value = 0;
    if (const auto [end, error] = std::from_chars(from, p, value); error == std::errc{} && end == p) {
      node.kind = Kind::real;
      node.real = value;
    } else {
      set_string(node, {from, static_cast<std::size_t>(p - from)});
    }
    at_ = p;
    return true;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::vector<Node>& nodes_;
  base::Arena& arena_;
  const char* message_ = nullptr;
  std::size_t depth_ = 0;
  std::uint32_t stack_[kMaxDepth];
};

bool Document::parse(std::string_view text, base::Arena& arena) {
  nodes_.clear();
  error_.clear();
  if (text.size() > kMaxBytes) {
    error_ = "JSON: longer than 512 MiB";
    return false;
  }
  Reader reader(text, nodes_, arena);
  if (reader.read()) return true;
  error_ = "JSON: ";
  error_ += reader.message();
  error_ += " at byte " + std::to_string(reader.offset() + 1);
  return false;
}

}  // namespace vedette::normalize::json
