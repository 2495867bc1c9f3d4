#include "operators.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <optional>

#include <re2/re2.h>

#include "../functions/functions.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"

namespace vedette::query {

using model::Value;
using model::ValueKind;

namespace {

constexpr std::int64_t kRegexMemory = 8 << 20;
constexpr std::size_t kDateTimeBytes = 19;  // "2026-01-01T00:00:00"

using Children = std::vector<Evaluate>;
using Comparison = bool (*)(std::partial_ordering);

std::optional<base::TimeNs> date_time(std::string_view text) {
  if (text.size() < kDateTimeBytes || text[4] != '-' || text[10] != 'T') return std::nullopt;
  return base::parse_iso8601(text);
}

std::partial_ordering order_of_texts(std::string_view a, std::string_view b) {
  const auto time_a = date_time(a);
  const auto time_b = time_a ? date_time(b) : std::nullopt;
  if (time_b) return *time_a <=> *time_b;
  return a.compare(b) <=> 0;
}

// Unordered where the kinds cannot be compared.
std::partial_ordering compare(const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) return order_of_texts(a.as_string(), b.as_string());
  if (a.kind() == ValueKind::boolean || b.kind() == ValueKind::boolean) {
    const Truth left = truth_of(a), right = truth_of(b);
    if (left == Truth::unknown || right == Truth::unknown) return std::partial_ordering::unordered;
    return static_cast<int>(left) <=> static_cast<int>(right);
  }
  if (a.kind() == ValueKind::integer && b.kind() == ValueKind::integer)
    return a.as_integer() <=> b.as_integer();
  double real_a = 0, real_b = 0;
  if (!model::number_of(a, real_a) || !model::number_of(b, real_b)) return std::partial_ordering::unordered;
  return real_a <=> real_b;
}

Comparison comparison_of(std::string_view name) {
  if (name == "==" || name == "!=") return [](std::partial_ordering order) { return order == 0; };
  if (name == "<") return [](std::partial_ordering order) { return order < 0; };
  if (name == "<=") return [](std::partial_ordering order) { return order <= 0; };
  if (name == ">") return [](std::partial_ordering order) { return order > 0; };
  if (name == ">=") return [](std::partial_ordering order) { return order >= 0; };
  return nullptr;
}

// True if an element of one holds against an element of the other. != is the negation of ==.
Evaluate compile_comparison(const Expr& e, Children children, Fault& fault) {
  const bool negated = e.name == "!=", ordered = e.name != "==" && !negated;
  return [holds = comparison_of(e.name), negated, ordered, children = std::move(children),
          &fault](EvalRow& row) {
    const Value a = children[0](row), b = children[1](row);
    if (a.is_null() || b.is_null()) return Value::null();
    bool comparable = false;
    for (const Value& x : a.elements()) {
      for (const Value& y : b.elements()) {
        if (x.is_null() || y.is_null()) continue;
        const std::partial_ordering order = compare(x, y);
        if (holds(order)) return Value::boolean(!negated);
        comparable |= order != std::partial_ordering::unordered;
      }
    }
    if (ordered && !comparable) {
      fault.add("a text and a number cannot be ordered");
      return Value::null();
    }
    return Value::boolean(negated);
  };
}

Value integer_result(char op, std::int64_t a, std::int64_t b, bool& done) {
  std::int64_t out = 0;
  done = true;
  if (op == '+' && !__builtin_add_overflow(a, b, &out)) return Value::integer(out);
  if (op == '-' && !__builtin_sub_overflow(a, b, &out)) return Value::integer(out);
  if (op == '*' && !__builtin_mul_overflow(a, b, &out)) return Value::integer(out);
  const bool safe = b != 0 && !(a == INT64_MIN && b == -1);
  if (op == '%' && safe) return Value::integer(a % b);
  if (op == '/' && safe && a % b == 0) return Value::integer(a / b);
  done = false;
  return Value::null();
}

Value real_result(char op, double a, double b) {
  double out = 0;
  switch (op) {
    case '+':
      out = a + b;
      break;
    case '-':
      out = a - b;
      break;
    case '*':
      out = a * b;
      break;
    case '/':
      out = a / b;
      break;
    default:
      out = std::fmod(a, b);
  }
  return std::isfinite(out) ? Value::real(out) : Value::null();
}

Value arithmetic(char op, const Value& a, const Value& b, Fault& fault) {
  if (a.is_null() || b.is_null()) return Value::null();
  const auto whole = [](const Value& value) -> std::optional<std::int64_t> {
    if (value.kind() == ValueKind::integer) return value.as_integer();
    return value.is_string() ? base::parse_int(value.as_string()) : std::nullopt;
  };
  const auto integer_a = whole(a), integer_b = whole(b);
  if (integer_a && integer_b) {
    bool done = false;
    const Value out = integer_result(op, *integer_a, *integer_b, done);
    if (done) return out;
  }
  const auto real_a = number_in(a), real_b = number_in(b);
  if (real_a && real_b) return real_result(op, *real_a, *real_b);
  fault.add(a.is_list() || b.is_list() ? "a list is not a number" : "a value is not a number");
  return Value::null();
}

// A time moved by a duration that stands in the query.
Evaluate compile_shift(base::TimeNs shift, Evaluate time, Evaluate plain) {
  return [shift, time = std::move(time), plain = std::move(plain)](EvalRow& row) {
    const Value value = time(row);
    const auto at = value.is_string() ? base::parse_iso8601(value.as_string()) : std::nullopt;
    base::TimeNs moved = 0;
    if (!at || __builtin_add_overflow(*at, shift, &moved)) return plain(row);
    return time_value(moved, row.arena);
  };
}

Evaluate compile_arithmetic(const Expr& e, Children children, Fault& fault) {
  const char op = e.name[0];
  Evaluate plain = [op, children, &fault](EvalRow& row) {
    return arithmetic(op, children[0](row), children[1](row), fault);
  };
  const auto &left = e.args[0].duration, &right = e.args[1].duration;
  if (right && !left && (op == '+' || op == '-')) {
    return compile_shift(op == '-' ? -*right : *right, children[0], std::move(plain));
  }
  if (left && !right && op == '+') return compile_shift(*left, children[1], std::move(plain));
  return plain;
}

Evaluate compile_logic(bool conjunction, Children children) {
  return [conjunction, children = std::move(children)](EvalRow& row) {
    bool unknown = false;
    for (const Evaluate& child : children) {
      const Truth truth = truth_of(child(row));
      if (truth == (conjunction ? Truth::no : Truth::yes)) return Value::boolean(!conjunction);
      unknown |= truth == Truth::unknown;
    }
    return unknown ? Value::null() : Value::boolean(conjunction);
  };
}

Evaluate negation(Evaluate child) {
  return [child = std::move(child)](EvalRow& row) {
    const Truth truth = truth_of(child(row));
    return truth == Truth::unknown ? Value::null() : Value::boolean(truth == Truth::no);
  };
}

Evaluate compile_in(Children children) {
  return [children = std::move(children)](EvalRow& row) {
    const Value value = children[0](row);
    if (value.is_null()) return Value::null();
    bool unknown = false;
    for (std::size_t i = 1; i < children.size(); ++i) {
      const Value candidate = children[i](row);
      unknown |= candidate.is_null();
      for (const Value& x : value.elements()) {
        for (const Value& y : candidate.elements()) {
          if (!x.is_null() && !y.is_null() && equal_values(x, y)) return Value::boolean(true);
        }
      }
    }
    return unknown ? Value::null() : Value::boolean(false);
  };
}

// A pattern compiled for the latest value of the right-hand side.
template <typename Pattern>
struct LatestPattern {
  std::string text;
  std::unique_ptr<Pattern> pattern;
};

struct FullMatch {
  explicit FullMatch(std::string_view pattern) : re2({pattern.data(), pattern.size()}, options()) {}
  static RE2::Options options() {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(kRegexMemory);
    options.set_dot_nl(true);
    return options;
  }
  bool ok() const { return re2.ok(); }
  bool matches(std::string_view text) const { return RE2::FullMatch({text.data(), text.size()}, re2); }
  RE2 re2;
};

struct Wildcard {
  explicit Wildcard(std::string_view text) : pattern(text) {}
  bool ok() const { return true; }
  bool matches(std::string_view text) const { return pattern.matches(text); }
  expr::WildcardPattern pattern;
};

template <typename Pattern>
Evaluate compile_pattern(Children children, Fault& fault) {
  return [children = std::move(children), latest = std::make_shared<LatestPattern<Pattern>>(),
          &fault](EvalRow& row) {
    const Value value = children[0](row), pattern = children[1](row);
    if (value.is_null() || pattern.is_null()) return Value::null();
    model::TextBuffer buffer;
    const std::string_view text = text_in(pattern, buffer);
    if (!latest->pattern || latest->text != text) {
      latest->text = text;
      latest->pattern = std::make_unique<Pattern>(text);
    }
    if (!latest->pattern->ok()) {
      fault.add("the regular expression is malformed");
      return Value::null();
    }
    for (const Value& item : value.elements()) {
      model::TextBuffer item_buffer;
      if (!item.is_null() && latest->pattern->matches(text_in(item, item_buffer)))
        return Value::boolean(true);
    }
    return Value::boolean(false);
  };
}

Evaluate minus(Evaluate child, Fault& fault) {
  return [child = std::move(child), &fault](EvalRow& row) {
    return arithmetic('-', Value::integer(0), child(row), fault);
  };
}

base::Status check_regex(const Expr& pattern) {
  const auto* text = std::get_if<std::string>(&pattern.literal);
  if (pattern.kind != Expr::Kind::literal || !text) return base::ok_status();
  const FullMatch regex(*text);
  if (regex.ok()) return base::ok_status();
  return argument_error(pattern, "regular expression: " + regex.re2.error());
}

}  // namespace

bool equal_values(const Value& a, const Value& b) {
  return compare(a, b) == 0;
}

base::Result<Evaluate> compile_operator(const Expr& e, Children children, RunState&, Fault& fault) {
  const auto count = children.size();
  if (count == 0 || (e.kind == Expr::Kind::binary && count < 2 && !e.name.ends_with("in"))) {
    return argument_error(e, "operator without operands: " + e.name);
  }
  if (e.kind == Expr::Kind::unary) {
    if (e.name == "not") return negation(std::move(children[0]));
    if (e.name == "-") return minus(std::move(children[0]), fault);
    if (e.name == "+") return std::move(children[0]);
  }
  if (e.name == "and" || e.name == "or") return compile_logic(e.name == "and", std::move(children));
  if (comparison_of(e.name)) return compile_comparison(e, std::move(children), fault);
  if (e.name.size() == 1 && std::string_view("+-*/%").find(e.name[0]) != std::string_view::npos) {
    return compile_arithmetic(e, std::move(children), fault);
  }
  const bool negated = e.name.starts_with("not ");
  const std::string_view name = std::string_view(e.name).substr(negated ? 4 : 0);
  Evaluate positive;
  if (name == "in") positive = compile_in(std::move(children));
  if (name == "like") positive = compile_pattern<Wildcard>(std::move(children), fault);
  if (name == "rlike") {
    TRY(check_regex(e.args[1]));
    positive = compile_pattern<FullMatch>(std::move(children), fault);
  }
  if (!positive) return argument_error(e, "unknown operator " + e.name);
  return negated ? negation(std::move(positive)) : std::move(positive);
}

}  // namespace vedette::query
