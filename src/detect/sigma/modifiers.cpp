#include "sigma/modifiers.hpp"

#include <algorithm>
#include <array>

#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

constexpr std::size_t kMaxModifiers = 16;

enum class Class { transform, comparison, regex_flag, number, time, all, cased, negated };

struct Modifier {
  std::string_view name;
  Class kind;
  int value;  // the enumerator of its class
};

template <typename Enum>
constexpr int number_of(Enum value) {
  return static_cast<int>(value);
}

using model::MatchOp;
using model::TimePart;

constexpr std::array<Modifier, 34> kModifiers = {{
    {"contains", Class::transform, number_of(Transform::contains)},
    {"endswith", Class::transform, number_of(Transform::ends_with)},
    {"startswith", Class::transform, number_of(Transform::starts_with)},
    {"all", Class::all, 0},
    {"re", Class::comparison, number_of(Comparison::regex)},
    {"windash", Class::transform, number_of(Transform::windash)},
    {"cidr", Class::comparison, number_of(Comparison::cidr)},
    {"expand", Class::transform, number_of(Transform::expand)},
    {"cased", Class::cased, 0},
    {"neq", Class::negated, 0},
    {"exists", Class::comparison, number_of(Comparison::exists)},
    {"fieldref", Class::comparison, number_of(Comparison::field)},
    {"base64", Class::transform, number_of(Transform::base64)},
    {"base64offset", Class::transform, number_of(Transform::base64_offset)},
    {"wide", Class::transform, number_of(Transform::utf16le)},
    {"utf16le", Class::transform, number_of(Transform::utf16le)},
    {"utf16be", Class::transform, number_of(Transform::utf16be)},
    {"utf16", Class::transform, number_of(Transform::utf16)},
    {"gt", Class::number, number_of(MatchOp::greater)},
    {"gte", Class::number, number_of(MatchOp::greater_equal)},
    {"lt", Class::number, number_of(MatchOp::less)},
    {"lte", Class::number, number_of(MatchOp::less_equal)},
    {"minute", Class::time, number_of(TimePart::minute)},
    {"hour", Class::time, number_of(TimePart::hour)},
    {"day", Class::time, number_of(TimePart::day)},
    {"week", Class::time, number_of(TimePart::week)},
    {"month", Class::time, number_of(TimePart::month)},
    {"year", Class::time, number_of(TimePart::year)},
    {"i", Class::regex_flag, 'i'},
    {"ignorecase", Class::regex_flag, 'i'},
    {"m", Class::regex_flag, 'm'},
    {"multiline", Class::regex_flag, 'm'},
    {"s", Class::regex_flag, 's'},
    {"dotall", Class::regex_flag, 's'},
}};

const Modifier* find_modifier(std::string_view name) {
  for (const Modifier& modifier : kModifiers) {
    if (modifier.name == name) return &modifier;
  }
  return nullptr;
}

constexpr bool is_affix(Transform transform) {
  return transform == Transform::contains || transform == Transform::starts_with ||
         transform == Transform::ends_with;
}

constexpr bool is_base64(Transform transform) {
  return transform == Transform::base64 || transform == Transform::base64_offset;
}

// Applies the modifiers one by one; each answers with what is wrong, or empty.
class ChainBuilder {
 public:
  explicit ChainBuilder(ModifierChain& chain) : chain_(chain) {}

  std::string_view add(const Modifier& modifier) {
    const bool first = count_++ == 0;
    switch (modifier.kind) {
      case Class::transform:
        return add_transform(static_cast<Transform>(modifier.value));
      case Class::comparison:
        return add_comparison(static_cast<Comparison>(modifier.value), first);
      case Class::regex_flag:
        return add_flag(modifier.value);
      case Class::number:
        return add_number(static_cast<MatchOp>(modifier.value));
      case Class::time:
        return add_time(static_cast<TimePart>(modifier.value));
      case Class::all:
        chain_.all = true;
        return {};
      case Class::negated:
        chain_.negated = true;
        return {};
      case Class::cased:
        return add_cased();
    }
    return {};
  }

 private:
  std::string_view add_transform(Transform transform) {
    const bool affix = is_affix(transform);
    if (chain_.comparison != Comparison::pattern) {
      if (chain_.comparison == Comparison::regex && (affix || transform == Transform::expand)) {
        if (affix && affixed_) return "only one of contains, startswith and endswith can apply";
      } else if (!(chain_.comparison == Comparison::field && affix && !affixed_)) {
        return "it cannot follow the modifiers before it";
      }
    }
    if (affix) {
      if (affixed_) return "only one of contains, startswith and endswith can apply";
      affixed_ = true;
    }
    if (is_base64(transform) && affixed_) return "wildcards cannot be encoded: write contains after it";
    chain_.transforms.push_back(transform);
    return {};
  }

  std::string_view add_comparison(Comparison comparison, bool first) {
    if (comparison == Comparison::field) {
      if (chain_.comparison != Comparison::pattern || !chain_.transforms.empty()) {
        return "it must come before the modifiers that change it";
      }
    } else if (!first) {
      return "it must be the first modifier";
    }
    chain_.comparison = comparison;
    return {};
  }

  std::string_view add_flag(int flag) {
    if (chain_.comparison != Comparison::regex) return "it only follows re";
    if (flag == 'i') chain_.regex.ignore_case = true;
    if (flag == 'm') chain_.regex.multi_line = true;
    if (flag == 's') chain_.regex.dot_all = true;
    return {};
  }

  std::string_view add_number(MatchOp op) {
    const bool time = chain_.comparison == Comparison::time && chain_.number_op == MatchOp::equals;
    if (!time && (chain_.comparison != Comparison::pattern || !chain_.transforms.empty() || chain_.cased)) {
      return "a number comparison cannot follow the modifiers before it";
    }
    if (!time) chain_.comparison = Comparison::number;
    chain_.number_op = op;
    return {};
  }

  std::string_view add_time(TimePart part) {
    if (chain_.comparison != Comparison::pattern || !chain_.transforms.empty() || chain_.cased) {
      return "a time part cannot follow the modifiers before it";
    }
    chain_.comparison = Comparison::time;
    chain_.part = part;
    return {};
  }

  std::string_view add_cased() {
    if (chain_.comparison != Comparison::pattern && chain_.comparison != Comparison::field) {
      return "only text can be compared case-sensitively";
    }
    chain_.cased = true;
    return {};
  }

  ModifierChain& chain_;
  std::size_t count_ = 0;
  bool affixed_ = false;
};

void report_unknown(std::string_view name, base::SourceSpan at, Reporter& report) {
  std::vector<std::string_view> names;
  for (const Modifier& modifier : kModifiers) names.push_back(modifier.name);
  const std::string lower = base::to_lower_ascii(name);
  std::string_view nearest =
      find_modifier(lower) != nullptr ? std::string_view(lower) : base::nearest_name(lower, names);
  report.error(at, "unknown-modifier", "there is no modifier \"" + std::string(name) + "\"",
               nearest.empty() ? "docs/sigma.md lists the modifiers"
                               : "did you mean \"" + std::string(nearest) + "\"?");
}

void lint_chain(const ModifierChain& chain, base::SourceSpan at, Reporter& report) {
  if (chain.all && !chain.written.ends_with("all")) {
    report.lint(at, "modifier-order",
                "the modifier all is not the last of \"" + std::string(chain.written) + "\"",
                "write all last; it concerns the list, not the values");
  }
  if (chain.has(Transform::base64_offset) && !chain.has(Transform::contains)) {
    report.lint(at, "base64offset-without-contains",
                "base64offset finds a part of a longer text, but the whole value must be equal",
                "write base64offset|contains");
  }
}

}  // namespace

bool ModifierChain::has(Transform transform) const {
  return std::find(transforms.begin(), transforms.end(), transform) != transforms.end();
}

std::optional<ModifierChain> parse_key(const base::YamlNode& key, Reporter& report) {
  ModifierChain chain;
  if (!key.is_scalar()) {
    report.error(key.span, "bad-selection", "a field name must be plain text");
    return std::nullopt;
  }
  const std::string_view text = key.scalar;
  const std::size_t bar = text.find('|');
  chain.field = text.substr(0, bar);
  if (bar == std::string_view::npos) return chain;
  chain.written = text.substr(bar + 1);

  const std::vector<std::string_view> names = base::split(chain.written, '|');
  if (names.size() > kMaxModifiers) {
    report.error(key.span, "modifier-combination", "a field has more than 16 modifiers");
    return std::nullopt;
  }
  ChainBuilder builder(chain);
  std::size_t offset = bar + 1;
  for (std::string_view name : names) {
    base::SourceSpan at = key.span;
    at.column += static_cast<std::uint32_t>(offset + (key.quoted ? 1 : 0));
    offset += name.size() + 1;
    const Modifier* modifier = find_modifier(name);
    if (modifier == nullptr) {
      report_unknown(name, at, report);
      return std::nullopt;
    }
    if (const std::string_view wrong = builder.add(*modifier); !wrong.empty()) {
      report.error(at, "modifier-combination",
                   "modifier \"" + std::string(name) + "\" has no meaning here: " + std::string(wrong));
      return std::nullopt;
    }
  }
  if (chain.cased && chain.comparison != Comparison::pattern && chain.comparison != Comparison::field) {
    report.error(key.span, "modifier-combination", "only text can be compared case-sensitively");
    return std::nullopt;
  }
  if (chain.field.empty() &&
      (chain.comparison == Comparison::exists || chain.comparison == Comparison::field ||
       chain.comparison == Comparison::number || chain.comparison == Comparison::time)) {
    report.error(key.span, "modifier-needs-field", "\"" + std::string(text) + "\" names no field to compare",
                 "write the field's name before the first |");
    return std::nullopt;
  }
  if (report.linting()) lint_chain(chain, key.span, report);
  return chain;
}

}  // namespace vedette::detect::sigma
