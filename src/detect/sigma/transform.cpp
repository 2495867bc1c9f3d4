#include "sigma/transform.hpp"

#include "sigma/encodings.hpp"
#include "sigma/regex.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

using base::YamlNode;

// The values of a placeholder, or nullptr: then the document is marked as unable to fire.
const std::vector<std::string>* values_of(std::string_view name, const YamlNode& node,
                                          DocumentContext& context) {
  const auto found = context.placeholders.find(name);
  if (found != context.placeholders.end()) return &found->second;
  if (context.missing_placeholder.empty()) {
    context.missing_placeholder = name;
    context.missing_span = node.span;
  }
  return nullptr;
}

// Replaces the placeholders of one pattern; several multiply.
bool expand(const Pattern& pattern, std::vector<Pattern>& out, const YamlNode& node,
            DocumentContext& context) {
  std::vector<Pattern> variants(1);
  for (std::size_t at = 0; at < pattern.text.size();) {
    const Token token = next_token(pattern.text, at);
    if (token.kind != TokenKind::placeholder) {
      for (Pattern& variant : variants) {
        if (token.kind == TokenKind::literal) variant.append_literal(token.bytes);
        if (token.kind == TokenKind::star) variant.append_star();
        if (token.kind == TokenKind::question) variant.append_question();
      }
      continue;
    }
    const std::vector<std::string>* values = values_of(token.bytes, node, context);
    if (values == nullptr) return true;  // no alternative at all
    if (!context.reserve(variants.size() * values->size(), node.span)) return false;
    std::vector<Pattern> longer;
    longer.reserve(variants.size() * values->size());
    for (const Pattern& variant : variants) {
      for (const std::string& value : *values) {
        const Pattern parsed = parse_pattern(value, false);
        Pattern& joined = longer.emplace_back(variant);
        joined.text.append(parsed.starts_with_star() && variant.ends_with_star()
                               ? std::string_view(parsed.text).substr(1)
                               : std::string_view(parsed.text));
        joined.wildcards |= parsed.wildcards;
        joined.escapes |= parsed.escapes;
      }
    }
    variants = std::move(longer);
  }
  for (Pattern& variant : variants) out.push_back(std::move(variant));
  return true;
}

bool encode(Transform transform, const Pattern& pattern, std::vector<Pattern>& out, const YamlNode& node,
            Reporter& report) {
  if (pattern.wildcards || pattern.placeholders) {
    report.error(node.span, "wildcard-in-base64",
                 "\"" + node.scalar + "\" cannot be encoded: it holds a wildcard or a placeholder",
                 "escape the wildcard with a backslash, or write expand before the encoding");
    return false;
  }
  const std::string bytes = literal_text(pattern);
  if (transform == Transform::base64) {
    out.push_back(literal_pattern(base::base64_encode(bytes)));
    return true;
  }
  const std::vector<std::string> variants = base64_offset_variants(bytes);
  if (variants.empty()) {
    report.error(node.span, "empty-value", "an empty value has no Base64 form to look for");
    return false;
  }
  for (const std::string& variant : variants) out.push_back(literal_pattern(variant));
  return true;
}

bool dashes(const Pattern& pattern, std::vector<Pattern>& out, const YamlNode& node, Reporter& report) {
  std::vector<Pattern> variants = windash_variants(pattern);
  if (variants.empty() || out.size() + variants.size() > kMaxWindashVariants) {
    report.error(
        node.span, "windash-explosion",
        "\"" + node.scalar + "\" has more than four switches, which windash would spell in over 625 ways",
        "split the value and use windash|contains|all");
    return false;
  }
  for (Pattern& variant : variants) out.push_back(std::move(variant));
  return true;
}

}  // namespace

bool apply_transform(Transform transform, std::vector<Pattern>& alternatives, const YamlNode& node,
                     DocumentContext& context) {
  std::vector<Pattern> out;
  for (Pattern& pattern : alternatives) {
    switch (transform) {
      case Transform::contains:
        pattern.add_leading_star();
        pattern.add_trailing_star();
        break;
      case Transform::starts_with:
        pattern.add_trailing_star();
        break;
      case Transform::ends_with:
        pattern.add_leading_star();
        break;
      case Transform::utf16le:
        pattern = to_utf16(pattern, Utf16::little_endian);
        break;
      case Transform::utf16be:
        pattern = to_utf16(pattern, Utf16::big_endian);
        break;
      case Transform::utf16:
        pattern = to_utf16(pattern, Utf16::with_mark);
        break;
      case Transform::windash:
        if (!dashes(pattern, out, node, context.report)) return false;
        continue;
      case Transform::base64:
      case Transform::base64_offset:
        if (!encode(transform, pattern, out, node, context.report)) return false;
        continue;
      case Transform::expand:
        if (!expand(pattern, out, node, context)) return false;
        continue;
    }
    out.push_back(std::move(pattern));
  }
  alternatives = std::move(out);
  return true;
}

std::optional<std::string> expand_regex(std::string_view pattern, const YamlNode& node,
                                        DocumentContext& context) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t open = pattern.find('%', at);
    const std::size_t close = open == std::string_view::npos ? open : pattern.find('%', open + 1);
    if (close == std::string_view::npos) {
      out.append(pattern.substr(at));
      break;
    }
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    const bool escaped = open > 0 && pattern[open - 1] == '\\';
    bool is_name = !name.empty() && !escaped;
    for (char c : name) is_name = is_name && (base::is_alnum(c) || c == '_' || c == '-' || c == '.');
    if (!is_name) {
      out.append(pattern.substr(at, open + 1 - at));
      at = open + 1;
      continue;
    }
    const std::vector<std::string>* values = values_of(name, node, context);
    if (values == nullptr || values->empty()) return std::nullopt;
    if (!context.reserve(values->size(), node.span)) return std::nullopt;
    out.append(pattern.substr(at, open - at)).append("(?:");
    for (std::size_t i = 0; i < values->size(); ++i)
      out.append(i == 0 ? "" : "|").append(quote_regex((*values)[i]));
    out.append(")");
    at = close + 1;
  }
  return out;
}

}  // namespace vedette::detect::sigma
