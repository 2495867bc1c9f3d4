#include "enrich/stix_pattern.hpp"

#include <algorithm>
#include <optional>

#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

using Type = Indicator::Type;
constexpr int kMaxPatternDepth = 64;
constexpr std::size_t kMaxPatternValues = 10'000;

enum class TokenKind : std::uint8_t { end, word, string, other_literal, number, symbol, bad };
struct PatternToken {
  TokenKind kind = TokenKind::end;
  std::string text;  // a string's value; a symbol, word or number as written
};

class PatternTokens {
 public:
  explicit PatternTokens(std::string_view text) : text_(text) { advance(); }
  const PatternToken& now() const { return now_; }
  std::size_t offset() const { return start_; }
  bool is(std::string_view text) const {
    return (now_.kind == TokenKind::symbol || now_.kind == TokenKind::word) && now_.text == text;
  }
  bool take(std::string_view text) {
    if (!is(text)) return false;
    advance();
    return true;
  }

  void advance() {
    while (at_ < text_.size() && base::is_space(text_[at_])) ++at_;
    start_ = at_;
    now_.text.clear();
    if (at_ == text_.size()) {
      now_.kind = TokenKind::end;
      return;
    }
    const char c = text_[at_];
    const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c == '\'') return read_string(TokenKind::string);
    if ((c == 't' || c == 'h' || c == 'b') && after == '\'') {
      ++at_;
      return read_string(TokenKind::other_literal);
    }
    if (base::is_digit(c) || ((c == '-' || c == '+') && base::is_digit(after))) return read_number();
    if (base::is_alnum(c) || c == '_') return read_word();
    now_.kind = TokenKind::symbol;
    const std::string_view two = text_.substr(at_, 2);
    const bool pair = two == "==" || two == "!=" || two == "<>" || two == "<=" || two == ">=";
    now_.text = text_.substr(at_, pair ? 2 : 1);
    at_ += now_.text.size();
  }

 private:
  void read_string(TokenKind kind) {
    now_.kind = kind;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '\'') {
        ++at_;
        return;
      }
      if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
      now_.text += c;
    }
    now_.kind = TokenKind::bad;
  }
  void read_number() {
    now_.kind = TokenKind::number;
    const std::size_t from = at_++;
    while (at_ < text_.size() && (base::is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
    now_.text = text_.substr(from, at_ - from);
  }
  void read_word() {
    now_.kind = TokenKind::word;
    const std::size_t from = at_;
    while (at_ < text_.size() && (base::is_alnum(text_[at_]) || text_[at_] == '_' || text_[at_] == '-'))
      ++at_;
    now_.text = text_.substr(from, at_ - from);
  }

  std::string_view text_;
  std::size_t at_ = 0, start_ = 0;
  PatternToken now_;
};

// "file:hashes.sha-256" and the like to what is matched.
std::optional<Type> type_of_path(std::string_view path) {
  struct Known {
    std::string_view path;
    Type type;
  };
  static constexpr Known kKnown[] = {
      {"ipv4-addr:value", Type::ip},
      {"ipv6-addr:value", Type::ip},
      {"network-traffic:dst_ref.value", Type::ip},
      {"network-traffic:src_ref.value", Type::ip},
      {"domain-name:value", Type::domain},
      {"url:value", Type::url},
      {"email-addr:value", Type::email},
      {"email-message:from_ref.value", Type::email},
      {"email-message:sender_ref.value", Type::email},
      {"file:name", Type::file_name},
      {"process:image_ref.name", Type::file_name},
      {"process:binary_ref.name", Type::file_name},
  };
  for (const Known& known : kKnown) {
    if (known.path == path) return known.type;
  }
  for (const std::string_view owner :
       {"file:", "artifact:", "process:image_ref.", "process:binary_ref.", "x509-certificate:"}) {
    if (!path.starts_with(owner)) continue;
    std::string_view hash = path.substr(owner.size());
    if (hash == "hashes[]") return Type::hash;
    if (!hash.starts_with("hashes.") || owner == "x509-certificate:") return std::nullopt;
    hash.remove_prefix(7);
    for (const std::string_view name :
         {"md5", "sha-1", "sha1", "sha-256", "sha256", "sha-512", "sha512", "sha-384"}) {
      if (hash == name) return Type::hash;
    }
  }
  return std::nullopt;
}

class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : tokens_(text) {}

  StixValues parse() {
    if (!observations(0) || tokens_.now().kind != TokenKind::end) {
      values_.malformed = true;
      values_.unsupported = "the pattern is malformed at its byte " + std::to_string(tokens_.offset() + 1);
    }
    if (all_or_nothing_ || values_.malformed) values_.items.clear();
    return std::move(values_);
  }

 private:
  // A part that makes the whole pattern more than a list of values.
  void refuse_all(std::string why) {
    all_or_nothing_ = true;
    refuse(std::move(why));
  }
  void refuse(std::string why) {
    if (values_.unsupported.empty()) values_.unsupported = std::move(why);
  }

  bool observations(int depth) {
    if (depth > kMaxPatternDepth) return false;
    for (;;) {
      if (tokens_.take("(")) {
        if (!observations(depth + 1) || !tokens_.take(")")) return false;
      } else if (!tokens_.take("[") || !comparisons(depth) || !tokens_.take("]")) {
        return false;
      }
      while (tokens_.is("WITHIN") || tokens_.is("REPEATS") || tokens_.is("START")) {
        if (!qualifier()) return false;
      }
      if (tokens_.is("AND") || tokens_.is("FOLLOWEDBY")) {
        refuse_all(tokens_.now().text + " joins observations, which needs more than one value");
      } else if (!tokens_.is("OR")) {
        return true;
      }
      tokens_.advance();
    }
  }

  bool qualifier() {
    const std::string name = tokens_.now().text;
    refuse_all("the qualifier " + name + " is not supported");
    tokens_.advance();
    tokens_.advance();
    if (name == "WITHIN") return tokens_.take("SECONDS");
    if (name == "REPEATS") return tokens_.take("TIMES");
    if (!tokens_.take("STOP")) return false;
    tokens_.advance();
    return true;
  }

  bool comparisons(int depth) {
    if (depth > kMaxPatternDepth) return false;
    for (;;) {
      if (tokens_.take("(")) {
        if (!comparisons(depth + 1) || !tokens_.take(")")) return false;
      } else if (!comparison()) {
        return false;
      }
      if (tokens_.is("AND")) {
        refuse_all("AND joins comparisons, which needs more than one value");
      } else if (!tokens_.is("OR")) {
        return true;
      }
      tokens_.advance();
    }
  }

  bool comparison() {
    if (tokens_.take("EXISTS")) {
      std::string path;
      refuse("EXISTS is not supported");
      return read_path(path);
    }
    std::string path;
    if (!read_path(path)) return false;
    if (tokens_.take("NOT")) refuse_all("NOT is not supported");
    if (tokens_.is("=") || tokens_.is("==")) {
      tokens_.advance();
      return literal(path, true);
    }
    if (tokens_.take("IN")) return in_list(path);
    if (tokens_.take("ISSUBSET")) return literal(path, true);
    for (const std::string_view op : {"!=", "<>", "<", "<=", ">", ">=", "LIKE", "MATCHES", "ISSUPERSET"}) {
      if (!tokens_.take(op)) continue;
      refuse("the operator " + std::string(op) + " is not supported");
      return literal(path, false);
    }
    return false;
  }

  bool in_list(const std::string& path) {
    if (!tokens_.take("(")) return false;
    do {
      if (!literal(path, true)) return false;
    } while (tokens_.take(","));
    return tokens_.take(")");
  }

  bool read_path(std::string& path) {
    if (tokens_.now().kind != TokenKind::word) return false;
    path = tokens_.now().text;
    tokens_.advance();
    if (!tokens_.take(":")) return false;
    path += ':';
    for (;;) {
      if (tokens_.now().kind != TokenKind::word && tokens_.now().kind != TokenKind::string) return false;
      path += base::to_lower_ascii(tokens_.now().text);
      tokens_.advance();
      while (tokens_.take("[")) {
        path += "[]";
        tokens_.advance();
        if (!tokens_.take("]")) return false;
      }
      if (!tokens_.take(".")) return true;
      path += '.';
    }
  }

  bool literal(const std::string& path, bool wanted) {
    const TokenKind kind = tokens_.now().kind;
    const bool is_word = tokens_.is("true") || tokens_.is("false");
    if (kind != TokenKind::string && kind != TokenKind::other_literal && kind != TokenKind::number &&
        !is_word) {
      return false;
    }
    const auto type = type_of_path(path);
    if (!type || kind != TokenKind::string) {
      refuse("the property " + path + " is not matched");
    } else if (wanted && values_.items.size() < kMaxPatternValues) {
      values_.items.push_back({*type, tokens_.now().text});
    }
    tokens_.advance();
    return true;
  }

  PatternTokens tokens_;
  StixValues values_;
  bool all_or_nothing_ = false;
};

}  // namespace

StixValues parse_stix_pattern(std::string_view pattern) {
  return PatternParser(pattern).parse();
}

}  // namespace vedette::normalize
