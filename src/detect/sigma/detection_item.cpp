#include "sigma/detection_item.hpp"

#include <array>
#include <cmath>

#include "sigma/lint.hpp"
#include "sigma/modifiers.hpp"
#include "sigma/regex.hpp"
#include "sigma/transform.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"
#include "vedette/model/value.hpp"

namespace vedette::detect::sigma {

namespace {

using base::YamlNode;
using model::FieldTest;
using model::MatchOp;
using model::Predicate;
using MaybePredicate = std::optional<Predicate>;

Predicate test_predicate(FieldTest test) {
  Predicate predicate;
  predicate.kind = Predicate::Kind::test;
  predicate.test = std::move(test);
  return predicate;
}

Predicate negated(Predicate child) {
  Predicate predicate;
  predicate.kind = Predicate::Kind::negation;
  predicate.children.push_back(std::move(child));
  return predicate;
}

// The one child, or a node of `kind` over all.
Predicate joined(Predicate::Kind kind, std::vector<Predicate> children) {
  if (children.size() == 1) return std::move(children.front());
  Predicate predicate;
  predicate.kind = children.empty() ? Predicate::Kind::never : kind;
  predicate.children = std::move(children);
  return predicate;
}

struct Range {
  std::int64_t low, high;
};

Range range_of(model::TimePart part) {
  switch (part) {
    case model::TimePart::minute:
      return {0, 59};
    case model::TimePart::hour:
      return {0, 23};
    case model::TimePart::day:
      return {1, 31};
    case model::TimePart::week:
      return {1, 53};
    case model::TimePart::month:
      return {1, 12};
    case model::TimePart::year:
    case model::TimePart::none:
      break;
  }
  return {1, 9999};
}

// The canonical text of an unquoted number or boolean; false if the node is neither.
bool canonical_scalar(const YamlNode& node, std::string& out) {
  std::int64_t integer = 0;
  bool boolean = false;
  double real = 0;
  if (base::yaml_is_int(node, integer)) {
    out = std::to_string(integer);
  } else if (base::yaml_is_bool(node, boolean)) {
    out = boolean ? "true" : "false";
  } else if (node.scalar.find_first_not_of("0123456789") != std::string::npos &&
             base::yaml_is_float(node, real) && std::isfinite(real)) {
    model::TextBuffer buffer;
    out = model::text_of(model::Value::real(real), buffer);
  } else {
    return false;
  }
  return true;
}

class ItemBuilder {
 public:
  ItemBuilder(const ModifierChain& chain, DocumentContext& context) : chain_(chain), context_(context) {}

  MaybePredicate build(const YamlNode& key, const YamlNode& value) {
    const bool list = value.is_sequence();
    std::vector<Predicate> children;
    if (list && !value.items.empty()) {
      in_list_ = value.items.size() > 1;
      children.reserve(value.items.size());
      for (const YamlNode& item : value.items) {
        if (!add(item, children)) return std::nullopt;
      }
    } else if (list) {
      YamlNode null;
      null.span = value.span;
      if (!add(null, children)) return std::nullopt;
    } else if (!add(value, children)) {
      return std::nullopt;
    }
    if (context_.report.linting()) lint_values(chain_, key, value, context_.report);

    Predicate joined_values =
        joined(chain_.all ? Predicate::Kind::all_of : Predicate::Kind::any_of, std::move(children));
    return chain_.negated ? negated(std::move(joined_values)) : std::move(joined_values);
  }

 private:
  bool add(const YamlNode& node, std::vector<Predicate>& children) {
    MaybePredicate predicate = build_value(node);
    if (!predicate) return false;
    if (predicate->kind == Predicate::Kind::any_of && !chain_.all) {
      for (Predicate& child : predicate->children) children.push_back(std::move(child));
    } else {
      children.push_back(std::move(*predicate));
    }
    return true;
  }

  MaybePredicate build_value(const YamlNode& node) {
    if (!context_.reserve(1, node.span)) return std::nullopt;
    if (node.is_null()) return build_null(node);
    if (!node.is_scalar()) {
      return fail(
          node, "nested-value",
          "a value of " + field_name() + " is a " + (node.is_mapping() ? "map" : "list") + ", not text",
          "values are text, numbers, booleans or null, alone or in one list");
    }
    switch (chain_.comparison) {
      case Comparison::pattern:
        return build_pattern(node);
      case Comparison::regex:
        return build_regex(node);
      case Comparison::cidr:
        return build_cidr(node);
      case Comparison::exists:
        return build_exists(node);
      case Comparison::number:
        return build_number(node);
      case Comparison::field:
        return build_field(node);
      case Comparison::time:
        return build_time(node);
    }
    return std::nullopt;
  }

  MaybePredicate build_null(const YamlNode& node) {
    if (chain_.field.empty()) {
      return fail(node, "null-keyword", "a keyword is null", "write the text to look for");
    }
    if (chain_.comparison != Comparison::pattern || !chain_.transforms.empty()) {
      return fail(node, "null-with-modifier",
                  "null has no text that \"" + std::string(chain_.written) + "\" could apply to",
                  "test for null under the field's plain name, or give a value");
    }
    if (in_list_) {
      context_.report.warn(
          node.span, "null-in-list",
          "null in a list is outside the specification; taken as \"or the field is missing\"",
          "put the null into a selection of its own");
    }
    FieldTest test = make_test(node);
    test.op = MatchOp::is_null;
    test.shown = "null";
    test.case_sensitive = false;
    return test_predicate(std::move(test));
  }

  MaybePredicate build_pattern(const YamlNode& node) {
    std::string canonical;
    if (!node.quoted && !chain_.field.empty() && chain_.transforms.empty() &&
        canonical_scalar(node, canonical)) {
      return build_scalar(node, std::move(canonical));
    }
    std::vector<Pattern> alternatives;
    alternatives.push_back(parse_pattern(node.scalar, chain_.has(Transform::expand)));
    bool affixed = false;
    for (Transform transform : chain_.transforms) {
      if (!apply_transform(transform, alternatives, node, context_)) return std::nullopt;
      affixed |= transform == Transform::starts_with || transform == Transform::ends_with;
    }
    if (!context_.reserve(alternatives.size(), node.span)) return std::nullopt;
    std::vector<Predicate> tests;
    tests.reserve(alternatives.size());
    for (Pattern& pattern : alternatives) {
      if (chain_.field.empty() && !affixed) {  // keywords are found anywhere
        pattern.add_leading_star();
        pattern.add_trailing_star();
      }
      FieldTest test = make_test(node);
      set_test(pattern, test);
      tests.push_back(test_predicate(std::move(test)));
    }
    return joined(Predicate::Kind::any_of, std::move(tests));
  }

  // Events hold numbers as numbers or as text; a number written in an unusual way ("10.0") may be text there.
  MaybePredicate build_scalar(const YamlNode& node, std::string canonical) {
    FieldTest test = make_test(node);
    test.case_sensitive = false;
    const bool unusual = !base::equals_ignore_case_ascii(canonical, node.scalar);
    test.text = std::move(canonical);
    if (!unusual) return test_predicate(std::move(test));
    FieldTest written = test;
    written.text = node.scalar;
    std::vector<Predicate> both;
    both.push_back(test_predicate(std::move(test)));
    both.push_back(test_predicate(std::move(written)));
    return joined(Predicate::Kind::any_of, std::move(both));
  }

  MaybePredicate build_regex(const YamlNode& node) {
    std::string pattern = node.scalar;
    if (chain_.has(Transform::expand)) {
      const std::optional<std::string> expanded = expand_regex(pattern, node, context_);
      if (!expanded) return context_.report.failed() ? MaybePredicate() : Predicate{};
      pattern = *expanded;
    }
    if (chain_.has(Transform::starts_with)) pattern = "\\A(?:" + pattern + ")";
    if (chain_.has(Transform::ends_with)) pattern = "(?:" + pattern + ")\\z";
    if (const std::string wrong = check_regex(pattern, chain_.regex, context_.regex_instructions);
        !wrong.empty()) {
      return fail(node, "invalid-regex", "the regular expression is refused: " + wrong,
                  "RE2 syntax applies: no look-around, no back-references");
    }
    if (context_.regex_instructions > kMaxRegexInstructions) {
      return fail(node, "rule-too-large", "the regular expressions of this file are too complex together",
                  "reduce counted repetitions");
    }
    FieldTest test = make_test(node);
    test.op = MatchOp::regex;
    test.text = std::move(pattern);
    test.regex = chain_.regex;
    test.case_sensitive = !chain_.regex.ignore_case;
    return test_predicate(std::move(test));
  }

  MaybePredicate build_cidr(const YamlNode& node) {
    const std::string_view text = base::trim(node.scalar);
    const base::Result<base::IpNetwork> network = base::IpNetwork::parse(text);
    if (!network.ok()) {
      return fail(node, "invalid-network",
                  "\"" + node.scalar + "\" is no network: " + network.error().message,
                  "write an address and a prefix length, such as 10.0.0.0/8");
    }
    FieldTest test = make_test(node);
    test.op = MatchOp::cidr;
    test.text = text;
    return test_predicate(std::move(test));
  }

  MaybePredicate build_exists(const YamlNode& node) {
    bool wanted = false;
    if (!base::yaml_is_bool(node, wanted)) {
      return fail(node, "invalid-exists", "exists takes true or false, not \"" + node.scalar + "\"",
                  "write true or false, without quotes");
    }
    FieldTest test = make_test(node);
    test.op = MatchOp::exists;
    Predicate exists = test_predicate(std::move(test));
    return wanted ? std::move(exists) : negated(std::move(exists));
  }

  bool read_number(const YamlNode& node, double& out) {
    std::int64_t integer = 0;
    if (base::yaml_is_int(node, integer)) {
      out = static_cast<double>(integer);
      return true;
    }
    const std::optional<double> parsed = base::parse_double(base::trim(node.scalar));
    if (!parsed || !std::isfinite(*parsed)) {
      context_.report.error(
          node.span, "not-a-number",
          "\"" + node.scalar + "\" is no number, which " + std::string(chain_.written) + " needs");
      return false;
    }
    if (node.quoted) {
      context_.report.warn(node.span, "quoted-number",
                           "the number " + node.scalar + " is quoted; other tools refuse it after \"" +
                               std::string(chain_.written) + "\"",
                           "remove the quotes");
    }
    out = *parsed;
    return true;
  }

  MaybePredicate build_number(const YamlNode& node) {
    FieldTest test = make_test(node);
    if (!read_number(node, test.number)) return std::nullopt;
    test.op = chain_.number_op;
    return test_predicate(std::move(test));
  }

  MaybePredicate build_time(const YamlNode& node) {
    FieldTest test = make_test(node);
    if (!read_number(node, test.number)) return std::nullopt;
    const Range range = range_of(chain_.part);
    if (test.number != std::floor(test.number) || test.number < static_cast<double>(range.low) ||
        test.number > static_cast<double>(range.high)) {
      return fail(node, "invalid-time-part",
                  node.scalar + " is outside " + std::to_string(range.low) + " to " +
                      std::to_string(range.high) + ", which \"" + std::string(chain_.written) + "\" takes");
    }
    test.op = chain_.number_op;
    test.part = chain_.part;
    test.text = std::to_string(static_cast<std::int64_t>(test.number));
    return test_predicate(std::move(test));
  }

  MaybePredicate build_field(const YamlNode& node) {
    const Pattern pattern = parse_pattern(node.scalar, false);
    if (pattern.wildcards || pattern.text.empty()) {
      return fail(node, "invalid-fieldref", "\"" + node.scalar + "\" is no field name",
                  "fieldref takes the name of one other field, without wildcards");
    }
    FieldTest test = make_test(node);
    test.op = chain_.has(Transform::contains)      ? MatchOp::field_contains
              : chain_.has(Transform::starts_with) ? MatchOp::field_starts_with
              : chain_.has(Transform::ends_with)   ? MatchOp::field_ends_with
                                                   : MatchOp::field_equals;
    test.text = literal_text(pattern);
    return test_predicate(std::move(test));
  }

  FieldTest make_test(const YamlNode& node) const {
    FieldTest test;
    test.field = chain_.field;
    test.modifier = chain_.written;
    test.shown = node.scalar;
    test.span = node.span;
    test.case_sensitive = chain_.cased;
    return test;
  }

  std::string field_name() const {
    return chain_.field.empty() ? std::string("the keywords") : "\"" + std::string(chain_.field) + "\"";
  }

  std::nullopt_t fail(const YamlNode& node, std::string_view code, std::string message,
                      std::string help = {}) {
    context_.report.error(node.span, code, std::move(message), std::move(help));
    return std::nullopt;
  }

  const ModifierChain& chain_;
  DocumentContext& context_;
  bool in_list_ = false;
};

}  // namespace

MaybePredicate build_item(const YamlNode& key, const YamlNode& value, DocumentContext& context) {
  const std::optional<ModifierChain> chain = parse_key(key, context.report);
  if (!chain) return std::nullopt;
  return ItemBuilder(*chain, context).build(key, value);
}

MaybePredicate build_keyword(const YamlNode& value, DocumentContext& context) {
  return ItemBuilder(ModifierChain{}, context).build(value, value);
}

}  // namespace vedette::detect::sigma
