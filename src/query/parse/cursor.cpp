#include "cursor.hpp"

#include "vedette/base/text.hpp"

namespace vedette::query {

namespace {
constexpr std::size_t kMaxWarnings = 20;
}

bool is_name_byte(char c) {
  return base::is_alnum(c) || c == '_' || c == '.' || c == '@' || static_cast<unsigned char>(c) >= 0x80;
}

std::string nearest_of(std::string_view word, const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    if (base::equals_ignore_case_ascii(word, name)) return std::string(name);
  }
  return std::string(base::nearest_name(word, names));
}

Cursor::Cursor(std::string_view text, const ParseOptions& options, base::Diagnostics& diagnostics)
    : text_(text),
      now_(options.now),
      diagnostics_(diagnostics),
      names_(options.known_fields.begin(), options.known_fields.end()),
      checking_(!options.known_fields.empty()) {
  spans_.reserve(text.size() + 1);
  Span span{1, 0};
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80) ++span.column;
    spans_.push_back({span.line, span.column == 0 ? 1 : span.column});
    if (c == '\n') span = {span.line + 1, 0};
  }
  spans_.push_back({span.line, span.column + 1});
}

Span Cursor::span(std::size_t at) const {
  return spans_[std::min(at, text_.size())];
}

void Cursor::skip_blanks() {
  while (!at_end()) {
    if (base::is_space(text_[at_])) {
      ++at_;
    } else if (!skip_comment()) {
      return;
    }
  }
}

bool Cursor::skip_comment() {
  if (looking_at("//")) {
    const std::size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
    return true;
  }
  if (!looking_at("/*")) return false;
  const std::size_t end = text_.find("*/", at_ + 2);
  if (end == std::string_view::npos) {
    fail("open-comment", at_, "the comment that begins here has no end", "close it with */");
    at_ = text_.size();
    return false;
  }
  at_ = end + 2;
  return true;
}

bool Cursor::take(std::string_view what) {
  skip_blanks();
  if (!looking_at(what)) return false;
  at_ += what.size();
  return true;
}

bool Cursor::at_keyword(std::string_view word) {
  skip_blanks();
  if (!base::starts_with_ignore_case_ascii(text_.substr(at_), word)) return false;
  const char next = peek(word.size());
  return !is_name_byte(next) && next != '-' && next != ':' && next != '*';
}

bool Cursor::take_keyword(std::string_view word) {
  if (!at_keyword(word)) return false;
  at_ += word.size();
  return true;
}

bool Cursor::unicode_escape(std::string& out) {
  const auto code = base::parse_uint(text_.substr(at_ + 2, 4), 16);
  if (!code || text_.size() < at_ + 6) return false;
  base::append_utf8(out, *code >= 0xD800 && *code < 0xE000 ? U'\uFFFD' : static_cast<char32_t>(*code));
  at_ += 6;
  return true;
}

bool Cursor::quoted(std::string& out) {
  const std::size_t begin = at_;
  const char quote = text_[at_++];
  while (!at_end()) {
    const char c = text_[at_];
    if (c == quote) {
      ++at_;
      return true;
    }
    if (c == '\\') {
      const char next = peek(1);
      if (next == 'u' && unicode_escape(out)) continue;
      const bool blank = next == 't' || next == 'n' || next == 'r';
      if (next == '\\' || next == quote || blank) {
        out += next == 't' ? '\t' : next == 'n' ? '\n' : next == 'r' ? '\r' : next;
        at_ += 2;
        continue;
      }
    }
    out += c;
    ++at_;
  }
  return fail("open-quote", begin, "the quote that begins here has no end",
              std::string("close it with ") + quote + "; a quote inside is written \\" + quote);
}

bool Cursor::at_name() const {
  const char c = peek();
  return c == '`' || (is_name_byte(c) && !base::is_digit(c) && c != '.');
}

std::string Cursor::name(bool hyphens) {
  skip_blanks();
  std::string out;
  if (peek() == '`') {
    quoted(out);
    return out;
  }
  std::size_t end = at_;
  while (end < text_.size() && is_name_byte(text_[end])) ++end;
  std::size_t longest = end;
  while (end > at_ && end + 1 < text_.size() && text_[end] == '-' && is_name_byte(text_[end + 1])) {
    ++end;
    while (end < text_.size() && is_name_byte(text_[end])) ++end;
    if (end - at_ > 256) break;
    if (hyphens || names_.contains(std::string(text_.substr(at_, end - at_)))) longest = end;
  }
  out = text_.substr(at_, longest - at_);
  at_ = longest;
  return out;
}

bool Cursor::fail(std::string code, std::size_t at, std::string message, std::string help) {
  if (!failed_) {
    diagnostics_.push_back(
        {base::Severity::error, {}, span(at), std::move(code), std::move(message), std::move(help)});
  }
  failed_ = true;
  return false;
}

void Cursor::warn(std::string code, std::size_t at, std::string message, std::string help) {
  diagnostics_.push_back(
      {base::Severity::warning, {}, span(at), std::move(code), std::move(message), std::move(help)});
}

std::string Cursor::found() {
  skip_blanks();
  if (at_end()) return "the end of the query";
  std::size_t end = at_;
  if (is_name_byte(text_[end])) {
    while (end < text_.size() && is_name_byte(text_[end]) && end - at_ < 40) ++end;
  } else {
    ++end;
  }
  return "'" + base::escape_control(base::to_valid_utf8(text_.substr(at_, end - at_))) + "'";
}

bool Cursor::expected(std::string_view what) {
  const std::string what_is = found();
  return fail("expected", at_, "found " + what_is + " where " + std::string(what) + " is expected");
}

void Cursor::check_field(const std::string& name, std::size_t at) {
  if (!checking_ || name.empty() || name[0] == '_' || name == "@timestamp" || names_.contains(name)) return;
  if (warned_.size() >= kMaxWarnings || !warned_.insert(name).second) return;
  const std::vector<std::string_view> names(names_.begin(), names_.end());
  std::string near = nearest_of(name, names);
  warn("unknown-field", at, "no event has a field '" + name + "'",
       near.empty() ? std::string{} : "did you mean '" + near + "'?");
}

void Cursor::define_only(const std::vector<std::string>& names) {
  names_.clear();
  names_.insert(names.begin(), names.end());
}

bool Cursor::enter(std::size_t at) {
  if (++depth_ <= kMaxDepth) return true;
  return fail("too-deep", at, "the query is nested more than " + std::to_string(kMaxDepth) + " deep");
}

}  // namespace vedette::query
